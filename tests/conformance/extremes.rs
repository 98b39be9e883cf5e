//! 52-week extremes: domain.md section 9.

use super::spoken::{maybe, price};
use jiff::civil::Date;
use thor_stack::rules::extremes::{DailyRange, Extreme, Extremes, Move, Pair, Sources, first_day};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn day(on: &str, high: &str, low: &str) -> DailyRange {
    DailyRange { date: date(on), high: price(high), low: price(low) }
}

/// A seed written as `high@date` and `low@date`, or `-`.
fn seed(high: &str, low: &str) -> Pair {
    let extreme = |text: &str| {
        let (text, on) = text.split_once('@')?;
        Some(Extreme { price: price(text), date: Some(date(on)) })
    };
    Pair { high: extreme(high), low: extreme(low) }
}

/// Written as `120@2025-06-02`, `120@-` without a date, `-` for none.
fn spoken(extreme: Option<Extreme>) -> String {
    extreme.map_or("-".into(), |it| {
        format!("{}@{}", it.price, it.date.map_or("-".into(), |date| date.to_string()))
    })
}

const TODAY: &str = "2025-11-28";

fn of(days: &[DailyRange], seeds: &[Pair], sheet: (&str, &str), today: &str) -> Extremes {
    let sheet = (maybe(sheet.0), maybe(sheet.1));
    Extremes::of(&Sources { days, seeds, sheet, ..Sources::default() }, date(today))
}

#[test]
fn the_sources_are_merged() {
    let days = [day("2025-06-02", "120", "100"), day("2025-11-27", "110", "90")];
    for (name, days, seeds, sheet, high, low) in [
        ("the ledger's days", &days[..], &[][..], ("-", "-"), "120@2025-06-02", "90@2025-11-27"),
        (
            "a seed further out",
            &days,
            &[seed("130@2025-01-15", "80@2025-04-07")],
            ("-", "-"),
            "130@2025-01-15",
            "80@2025-04-07",
        ),
        (
            "a seed further in",
            &days,
            &[seed("115@2025-01-15", "95@2025-04-07")],
            ("-", "-"),
            "120@2025-06-02",
            "90@2025-11-27",
        ),
        ("half a seed", &days, &[seed("130@2025-01-15", "-")], ("-", "-"), "130@2025-01-15", "90@2025-11-27"),
        ("the sheet's columns of today", &days, &[], ("125", "85"), "125@-", "85@-"),
        ("a dated one before an equal undated", &days, &[], ("120", "90"), "120@2025-06-02", "90@2025-11-27"),
        ("the sheet alone", &[], &[], ("125", "85"), "125@-", "85@-"),
        ("nothing", &[], &[], ("-", "-"), "-", "-"),
    ] {
        let extremes = of(days, seeds, sheet, TODAY);
        assert_eq!(spoken(extremes.high), high, "{name}");
        assert_eq!(spoken(extremes.low), low, "{name}");
    }
}

/// "daily highs and lows that the ledger keeps (364 days back, New York dates)" (defect of the original: never rolled
/// off).
#[test]
fn a_day_counts_for_364_days_and_then_rolls_off() {
    assert_eq!(first_day(date("2025-11-28")), date("2024-11-29"));
    let days = [day("2024-11-29", "200", "50"), day("2025-06-02", "120", "100")];
    for (today, high, low) in [
        ("2025-11-28", "200@2024-11-29", "50@2024-11-29"),
        ("2025-11-29", "120@2025-06-02", "100@2025-06-02"),
        ("2026-06-01", "120@2025-06-02", "100@2025-06-02"),
        ("2026-06-02", "-", "-"),
    ] {
        let extremes = of(&days, &[], ("-", "-"), today);
        assert_eq!((spoken(extremes.high), spoken(extremes.low)), (high.into(), low.into()), "{today}");
        assert_eq!(spoken(extremes.all_time_high), "200@2024-11-29", "all-time never rolls off");
        assert_eq!(spoken(extremes.all_time_low), "50@2024-11-29");
    }
    let seeded = of(&[], &[seed("130@2024-11-29", "80@2024-11-28")], ("-", "-"), TODAY);
    assert_eq!((spoken(seeded.high), spoken(seeded.low)), ("130@2024-11-29".into(), "-".into()), "seeds too");
}

/// "strictly higher (lower) moves it": of equal highs the first stands as long as it counts.
#[test]
fn an_equal_high_does_not_move_the_date() {
    let days = [day("2025-01-02", "120", "90"), day("2025-06-02", "120", "90")];
    let extremes = of(&days, &[], ("-", "-"), TODAY);
    assert_eq!(
        (spoken(extremes.high), spoken(extremes.low)),
        ("120@2025-01-02".into(), "90@2025-01-02".into())
    );
    assert_eq!(spoken(of(&days, &[], ("-", "-"), "2026-01-02").high), "120@2025-06-02");
}

#[test]
fn all_time_extremes_remember_what_the_ledger_forgot() {
    let sources = Sources {
        days: &[day("2025-06-02", "120", "100")],
        all_time: seed("300@2020-02-19", "-"),
        ..Sources::default()
    };
    let extremes = Extremes::of(&sources, date(TODAY));
    assert_eq!(spoken(extremes.all_time_high), "300@2020-02-19");
    assert_eq!(spoken(extremes.all_time_low), "100@2025-06-02");
}

#[test]
fn a_days_range_moves_only_strictly() {
    let today = day(TODAY, "110", "90");
    for (known, last, expected) in [
        (Some(today), "100", None),
        (Some(today), "110", None),
        (Some(today), "90", None),
        (Some(today), "110.01", Some(day(TODAY, "110.01", "90"))),
        (Some(today), "89.99", Some(day(TODAY, "110", "89.99"))),
        (None, "100", Some(day(TODAY, "100", "100"))),
        (Some(day("2025-11-27", "110", "90")), "100", Some(day(TODAY, "100", "100"))),
    ] {
        assert_eq!(DailyRange::moved_by(known.as_ref(), date(TODAY), price(last)), expected, "{last}");
    }
}

/// "coverage_from says since when the ledger has days; less than 52 weeks and neither seed nor sheet: partial" (defect
/// of the original: a first sight made high = low = last a "52-week" value).
#[test]
fn less_than_52_weeks_are_partial() {
    let first_sight = [day(TODAY, "100", "100")];
    let full = [day("2024-11-29", "100", "100"), day(TODAY, "101", "99")];
    for (name, days, seeds, sheet, partial) in [
        ("a first sight", &first_sight[..], &[][..], ("-", "-"), true),
        ("52 weeks of days", &full, &[], ("-", "-"), false),
        ("a day short", &[day("2024-11-30", "100", "100")], &[], ("-", "-"), true),
        (
            "made up for by a seed",
            &first_sight,
            &[seed("130@2025-01-15", "80@2025-04-07")],
            ("-", "-"),
            false,
        ),
        (
            "not by a seed that rolled off",
            &first_sight,
            &[seed("130@2024-01-15", "80@2024-04-07")],
            ("-", "-"),
            true,
        ),
        ("not by half a seed", &first_sight, &[seed("130@2025-01-15", "-")], ("-", "-"), true),
        ("made up for by the sheet", &first_sight, &[], ("130", "80"), false),
        ("by seed and sheet together", &first_sight, &[seed("130@2025-01-15", "-")], ("-", "80"), false),
    ] {
        let extremes = of(days, seeds, sheet, TODAY);
        assert_eq!(extremes.partial, partial, "{name}");
        let known = extremes.full_range() != (None, None);
        assert_eq!(known, !partial, "{name}: what is partial is no 52-week value");
    }
    assert_eq!(of(&full, &[], ("-", "-"), TODAY).coverage_from, Some(date("2024-11-29")));
}

/// The ledger may delete days that rolled off, and the first of 52 weeks may be a Sunday.
#[test]
fn deleted_days_do_not_shorten_the_coverage() {
    let sources = Sources {
        days: &[day("2025-06-02", "120", "100")],
        coverage_from: Some(date("2020-01-02")),
        ..Sources::default()
    };
    let extremes = Extremes::of(&sources, date(TODAY));
    assert_eq!((extremes.partial, extremes.coverage_from), (false, Some(date("2020-01-02"))));
}

#[test]
fn moves_are_strict_and_neither_a_first_sight_nor_a_roll_off() {
    let known = of(&[day("2025-06-02", "120", "100")], &[], ("-", "-"), TODAY);
    let with = |high: &str, low: &str| {
        of(&[day("2025-06-02", "120", "100"), day(TODAY, high, low)], &[], ("-", "-"), TODAY)
    };
    let june = |text| Extreme { price: price(text), date: Some(date("2025-06-02")) };
    let today = |text| Extreme { price: price(text), date: Some(date(TODAY)) };
    for (after, expected) in [
        (with("120", "100"), vec![]),
        (with("121", "110"), vec![Move::High { from: june("120"), to: today("121") }]),
        (with("110", "99"), vec![Move::Low { from: june("100"), to: today("99") }]),
        (of(&[], &[], ("-", "-"), TODAY), vec![]),
    ] {
        assert_eq!(after.moves_since(&known), expected);
    }
    let first_sight = of(&[day(TODAY, "100", "100")], &[], ("-", "-"), TODAY);
    assert_eq!(first_sight.moves_since(&of(&[], &[], ("-", "-"), TODAY)), []);
    let rolled_off =
        of(&[day("2025-06-02", "120", "100"), day(TODAY, "110", "105")], &[], ("-", "-"), "2026-06-03");
    assert_eq!(rolled_off.moves_since(&known), []);
}
