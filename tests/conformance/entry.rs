//! Entries, and each reason for none: domain.md section 7.

use super::spoken::{at, price, rules, seen};
use std::time::Duration;
use thor_stack::rules::entry::{Attempt, Entry, enter};
use thor_stack::rules::targets::Targets;
use thor_stack::rules::{CaptureLimits, InstrumentRules};
use thor_stack::value::NoEntryReason::{
    self, Hold, Late, NoBook, NoSignal, NoTargets, QuoteUnchanged, SpreadExceedsStop,
};
use thor_stack::value::Signal;

struct Case {
    signal: Option<Signal>,
    fields: &'static str,
    rules: InstrumentRules,
    unchanged_since: &'static str,
    now: &'static str,
}

/// A buy of YM at 47477, captured a second after the open from a row that changed then.
fn good() -> Case {
    Case {
        signal: Some(Signal::Buy),
        fields: "bid=47475 ask=47477",
        rules: rules("YM"),
        unchanged_since: "14:30:00",
        now: "14:30:01",
    }
}

fn decide(case: &Case) -> Result<Entry, NoEntryReason> {
    let mut observation = seen("YM", "14:30:00", case.fields);
    observation.unchanged_since = at(case.unchanged_since);
    enter(&Attempt {
        signal: case.signal,
        observation: Some(&observation),
        rules: &case.rules,
        opened_at: at("14:30:00"),
        now: at(case.now),
        limits: &CaptureLimits::default(),
    })
}

fn entered(case: &Case) -> Result<[String; 3], NoEntryReason> {
    decide(case).map(|it| [it.price, it.exits.high, it.exits.low].map(|price| price.to_string()))
}

/// "ask for (strong) buy, bid for (strong) sell".
#[test]
fn buys_enter_at_the_ask_and_sells_at_the_bid() {
    for (signal, expected) in [
        (Signal::StrongBuy, ["47477", "47497", "47457"]),
        (Signal::Buy, ["47477", "47497", "47457"]),
        (Signal::Sell, ["47475", "47495", "47455"]),
        (Signal::StrongSell, ["47475", "47495", "47455"]),
    ] {
        let case = Case { signal: Some(signal), ..good() };
        assert_eq!(entered(&case), Ok(expected.map(String::from)), "{signal}");
    }
}

#[test]
fn each_reason_for_no_entry() {
    let disabled = InstrumentRules { targets: Targets::Disabled, ..rules("YM") };
    let imprecise = InstrumentRules { precision: None, ..rules("YM") };
    for (name, case, reason) in [
        ("a hold", Case { signal: Some(Signal::Hold), ..good() }, Hold),
        ("no signal", Case { signal: None, ..good() }, NoSignal),
        ("no bid, to exit at", Case { fields: "ask=47477 last=47476", ..good() }, NoBook),
        ("no ask, to enter at", Case { fields: "bid=47475 last=47476", ..good() }, NoBook),
        ("neither", Case { fields: "last=47476", ..good() }, NoBook),
        ("as wide as the stop", Case { fields: "bid=47457 ask=47477", ..good() }, SpreadExceedsStop),
        ("wider", Case { fields: "bid=47400 ask=47477", ..good() }, SpreadExceedsStop),
        ("unchanged for 10 min", Case { unchanged_since: "14:20:01", ..good() }, QuoteUnchanged),
        ("5 min and a hair late", Case { unchanged_since: "14:30:00", now: "14:35:00.001", ..good() }, Late),
        ("no targets", Case { rules: disabled, ..good() }, NoTargets),
        ("targets without a precision", Case { rules: imprecise, ..good() }, NoTargets),
    ] {
        assert_eq!(decide(&case), Err(reason), "{name}");
    }
}

#[test]
fn just_inside_each_limit_is_an_entry() {
    for (name, case) in [
        ("a point narrower than the stop", Case { fields: "bid=47458 ask=47477", ..good() }),
        ("locked", Case { fields: "bid=47477 ask=47477", ..good() }),
        ("crossed", Case { fields: "bid=47478 ask=47477", ..good() }),
        ("unchanged for almost 10 min", Case { unchanged_since: "14:20:01.001", ..good() }),
        ("5 min late", Case { now: "14:35:00", ..good() }),
    ] {
        assert!(decide(&case).is_ok(), "{name}");
    }
}

/// Section 7: "real sheets show NQ 42 points wide against a stop of 5".
#[test]
fn a_weekend_book_of_nq_loses_at_once() {
    for (signal, stop_side) in [(Signal::Buy, "long"), (Signal::Sell, "short")] {
        let case = Case { signal: Some(signal), fields: "bid=25400 ask=25442", rules: rules("NQ"), ..good() };
        assert_eq!(decide(&case), Err(SpreadExceedsStop), "{stop_side}");
    }
}

/// The stop of a long is `low` points away, that of a short `high`.
#[test]
fn the_spread_is_held_against_the_stop_of_the_own_direction() {
    let targets = Targets::Points { high: price("30"), low: price("10") };
    let rules = InstrumentRules { targets, ..rules("YM") };
    let wide =
        |signal| Case { signal: Some(signal), fields: "bid=47457 ask=47477", rules: rules.clone(), ..good() };
    assert_eq!(decide(&wide(Signal::Buy)), Err(SpreadExceedsStop));
    assert!(decide(&wide(Signal::Sell)).is_ok());
}

/// `book = "optional"`: last where a side is absent (defect of the original: DX could never be entered).
#[test]
fn the_dollar_index_trades_at_last_where_a_side_is_absent() {
    for (signal, fields, expected) in [
        (Signal::Buy, "last=99.436", Ok(["99.436", "99.536", "99.336"])),
        (Signal::Sell, "last=99.436", Ok(["99.436", "99.536", "99.336"])),
        (Signal::Buy, "last=99.436 ask=99.44", Ok(["99.44", "99.54", "99.34"])),
        (Signal::Sell, "last=99.436 ask=99.44", Ok(["99.436", "99.536", "99.336"])),
        (Signal::Buy, "last=99.436 ask=99.536", Err(SpreadExceedsStop)),
        (Signal::Buy, "open=99.4", Err(NoBook)),
    ] {
        let case = Case { signal: Some(signal), fields, rules: rules("DX"), ..good() };
        assert_eq!(entered(&case), expected.map(|it| it.map(String::from)), "{signal} {fields}");
    }
}

/// Of several reasons the first in the specification's order is told.
#[test]
fn reasons_have_an_order() {
    let disabled = InstrumentRules { targets: Targets::Disabled, ..rules("YM") };
    let all_wrong = || Case {
        signal: Some(Signal::Hold),
        fields: "last=47476",
        rules: disabled.clone(),
        unchanged_since: "14:00:00",
        now: "15:00:00",
    };
    let buy = Some(Signal::Buy);
    let wide = "bid=47400 ask=47477";
    for (case, reason) in [
        (all_wrong(), Hold),
        (Case { signal: None, ..all_wrong() }, NoSignal),
        (Case { signal: buy, ..all_wrong() }, NoBook),
        (Case { signal: buy, fields: wide, rules: rules("YM"), ..all_wrong() }, SpreadExceedsStop),
        (Case { signal: buy, fields: wide, ..all_wrong() }, QuoteUnchanged),
        (Case { signal: buy, fields: wide, unchanged_since: "14:59:00", ..all_wrong() }, Late),
        (Case { signal: buy, rules: disabled.clone(), ..good() }, NoTargets),
    ] {
        assert_eq!(decide(&case), Err(reason));
    }
}

#[test]
fn without_a_fresh_quote_there_is_no_book() {
    let rules = rules("YM");
    let attempt = Attempt {
        signal: Some(Signal::Buy),
        observation: None,
        rules: &rules,
        opened_at: at("14:30:00"),
        now: at("14:30:01"),
        limits: &CaptureLimits::default(),
    };
    assert_eq!(enter(&attempt), Err(NoBook));
}

/// Section 7 and `[capture]` of the configuration.
#[test]
fn the_limits_are_those_specified() {
    let limits = CaptureLimits::default();
    assert_eq!(limits.max_quote_age, Duration::from_secs(30));
    assert_eq!(limits.wait_for_all, Duration::from_secs(10));
    assert_eq!(limits.min_quotes, 1);
    assert_eq!(limits.total_min_signals, 8);
    assert_eq!(limits.max_unchanged, Duration::from_secs(600));
    assert_eq!(limits.max_delay, Duration::from_secs(300));
}
