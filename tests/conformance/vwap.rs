//! VWAP minutes: domain.md section 9.

use super::spoken::{at, maybe, price, quote};
use std::time::Duration;
use thor_stack::rules::vwap::{DEFAULT_WINDOW, Minute, minute_of, rolling, vwap};

fn minutes(rows: &[(&str, &str, i64)]) -> Vec<Minute> {
    let minute = |(time, last, volume): &(&str, &str, i64)| Minute {
        at: at(&format!("{time}:00")),
        last: price(last),
        volume: *volume,
    };
    rows.iter().map(minute).collect()
}

/// "Σ price × Δvolume / Σ Δvolume over minutes with Δvolume > 0, 4 decimals; a fall of the volume sets a new base and
/// adds nothing".
#[test]
fn over_all_minutes() {
    for (name, rows, expected) in [
        ("nothing recorded", &[][..], "-"),
        ("a base alone", &[("14:00", "100", 50)], "-"),
        ("nothing traded", &[("14:00", "100", 50), ("14:01", "101", 50)], "-"),
        ("one minute", &[("14:00", "100", 50), ("14:01", "101", 60)], "101"),
        ("weighted", &[("14:00", "90", 0), ("14:01", "100", 30), ("14:02", "104", 40)], "101"),
        ("four decimals", &[("14:00", "9", 0), ("14:01", "1", 1), ("14:02", "2", 3)], "1.6667"),
        ("half to even", &[("14:00", "9", 0), ("14:01", "0.0001", 1), ("14:02", "0.0002", 2)], "0.0002"), // 0.00015
        (
            "a new session's volume is a new base",
            &[("14:00", "90", 1000), ("14:01", "100", 1010), ("14:02", "500", 3), ("14:03", "110", 13)],
            "105",
        ),
        ("only a fall", &[("14:00", "90", 1000), ("14:01", "100", 5)], "-"),
        ("below zero", &[("14:00", "1", 0), ("14:01", "-37.63", 2)], "-37.63"),
    ] {
        assert_eq!(vwap(&minutes(rows)), maybe(expected), "{name}");
    }
}

/// "Rolling window 30 minutes, based on the row before it."
#[test]
fn over_the_rolling_window() {
    assert_eq!(DEFAULT_WINDOW, Duration::from_secs(1800));
    let rows = minutes(&[
        ("13:50", "90", 100),
        ("13:59", "95", 200),  // the base of a window from 14:00
        ("14:00", "100", 210), // 10
        ("14:20", "110", 220), // 10
        ("14:30", "120", 240), // 20
        ("14:31", "500", 900),
    ]);
    for (as_of, expected) in [
        ("14:30:00", "112.5"),    // (100·10 + 110·10 + 120·20) / 40
        ("14:30:59", "116.6667"), // from 14:00:59: the 14:00 row is the base
        ("14:29:59", "105"),      // from 13:59:59 to 14:20: (100·10 + 110·10) / 20
    ] {
        assert_eq!(rolling(&rows, at(as_of), DEFAULT_WINDOW), maybe(expected), "{as_of}");
    }
    assert_eq!(
        rolling(&rows, at("13:55:00"), DEFAULT_WINDOW),
        None,
        "a window that starts with its only row"
    );
    assert_eq!(rolling(&rows, at("18:00:00"), DEFAULT_WINDOW), None, "nothing was recorded in it");
    assert_eq!(rolling(&[], at("18:00:00"), DEFAULT_WINDOW), None);
}

#[test]
fn a_minute_needs_a_last_price_and_a_volume() {
    let minute = |fields| Minute::of(&quote("YM", fields), at("14:30:59"));
    let recorded = Minute { at: at("14:30:00"), last: price("47476"), volume: 10_999 };
    assert_eq!(minute("last=47476 volume=10999"), Some(recorded));
    assert_eq!(minute("last=47476"), None);
    assert_eq!(minute("volume=10999 bid=47475"), None);
}

#[test]
fn minutes_begin_at_second_zero() {
    assert_eq!(minute_of(at("14:30:59.999")), at("14:30:00"));
    assert_eq!(minute_of(at("14:30:00")), at("14:30:00"));
    assert_eq!(minute_of("1969-12-31T23:59:30Z".parse().unwrap()).to_string(), "1969-12-31T23:59:00Z");
}
