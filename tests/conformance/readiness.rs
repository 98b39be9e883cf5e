//! When a capture is made: domain.md section 7.

use super::spoken::{at, seen};
use thor_stack::rules::readiness::{Readiness, Waiting, readiness};
use thor_stack::rules::{CaptureLimits, Observation};
use thor_stack::value::Symbol;

/// The market opens at 14:30 and closes at 21:00; `saves` are symbols with the time of their last save.
fn decide(saves: &[(&str, &str)], not_loaded: &[&str], since: &str, now: &str, min_quotes: usize) -> String {
    let quotes: Vec<Observation> = saves.iter().map(|(symbol, time)| seen(symbol, time, "last=1")).collect();
    let not_loaded: Vec<Symbol> = not_loaded.iter().map(|symbol| Symbol::new(symbol).unwrap()).collect();
    let waiting =
        Waiting { quotes: &quotes, not_loaded: &not_loaded, since: at(since), closes_at: at("21:00:00") };
    let limits = CaptureLimits { min_quotes, ..CaptureLimits::default() };
    match readiness(&waiting, &limits, at(now)) {
        Readiness::Ready(quotes) => {
            let symbols: Vec<&str> = quotes.iter().map(|it| it.quote.symbol.as_str()).collect();
            format!("ready {}", symbols.join(" "))
        }
        Readiness::Wait { until, stale } => {
            let stale: Vec<&str> = stale.iter().map(Symbol::as_str).collect();
            format!("wait until {until} for {}", stale.join(" "))
        }
        Readiness::TooFew { fresh, needed } => format!("{fresh} of {needed}"),
        Readiness::Missed(reason) => format!("missed: {reason}"),
    }
}

#[test]
fn a_capture_takes_what_is_fresh() {
    let open = "14:30:00";
    for (name, saves, not_loaded, now, expected) in [
        ("all fresh", &[("YM", open), ("ES", open)][..], &[][..], open, "ready YM ES"),
        ("a save of before the open is fresh", &[("YM", "14:29:31")], &[], open, "ready YM"),
        ("30 s are fresh", &[("YM", "14:29:30")], &[], open, "ready YM"),
        (
            "older than 30 s is not",
            &[("YM", "14:29:29.999")],
            &[],
            open,
            "wait until 2025-11-28T14:30:10Z for YM",
        ),
        (
            "one is stale: wait for it",
            &[("YM", open), ("ES", "14:00:00")],
            &[],
            "14:30:09.999",
            "wait until 2025-11-28T14:30:10Z for ES",
        ),
        ("10 s later go without it", &[("YM", open), ("ES", "14:00:00")], &[], "14:30:10", "ready YM"),
        ("it came in time", &[("YM", "14:30:04"), ("ES", "14:30:04")], &[], "14:30:05", "ready YM ES"),
        (
            "not loaded is not waited for",
            &[("YM", open), ("ES", "14:00:00")],
            &["ES", "NQ"],
            open,
            "ready YM",
        ),
        ("not loaded any more, but fresh", &[("YM", open), ("ES", "14:29:59")], &["ES"], open, "ready YM ES"),
        ("all stale", &[("YM", "14:00:00")], &[], "14:30:10", "0 of 1"),
        ("nothing read yet", &[], &[], open, "0 of 1"),
        ("it keeps trying to the close", &[("YM", "14:00:00")], &[], "20:59:59", "0 of 1"),
        ("fresh again in mid-session", &[("YM", "18:00:00")], &[], "18:00:01", "ready YM"),
    ] {
        assert_eq!(decide(saves, not_loaded, open, now, 1), expected, "{name}");
    }
}

#[test]
fn a_process_that_starts_late_waits_from_its_start() {
    let saves = [("YM", "18:00:00"), ("ES", "14:00:00")];
    assert_eq!(decide(&saves, &[], "18:00:00", "18:00:05", 1), "wait until 2025-11-28T18:00:10Z for ES");
    assert_eq!(decide(&saves, &[], "18:00:00", "18:00:10", 1), "ready YM");
    let last_moment = [("YM", "20:59:55"), ("ES", "14:00:00")];
    assert_eq!(decide(&last_moment, &[], "20:59:55", "20:59:55", 1), "ready YM", "no time left to wait");
}

#[test]
fn a_capture_needs_its_minimum() {
    let saves = [("YM", "14:30:00"), ("ES", "14:30:00")];
    assert_eq!(decide(&saves, &[], "14:30:00", "14:30:00", 2), "ready YM ES");
    assert_eq!(decide(&saves, &[], "14:30:00", "14:30:00", 3), "2 of 3");
    assert_eq!(decide(&[], &[], "14:30:00", "14:30:00", 0), "0 of 1", "a capture of nothing is none");
}

/// "if the market closes first, records a missed capture with the reason"; closed at the close instant.
#[test]
fn the_close_ends_the_waiting() {
    for (saves, reason) in [
        (
            &[("YM", "14:00:00")][..],
            "fewer than 1 fresh quotes before the market closed; at its close 0 of 1",
        ),
        (&[("YM", "21:00:00")], "fewer than 1 fresh quotes before the market closed; at its close 1 of 1"),
        (&[], "the market closed before any quote was read"),
    ] {
        assert_eq!(decide(saves, &[], "14:30:00", "21:00:00", 1), format!("missed: {reason}"));
    }
}
