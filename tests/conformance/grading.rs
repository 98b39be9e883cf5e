//! First touch: domain.md section 8.

use super::spoken::{at, price, row, rules, seen};
use std::time::Duration;
use thor_stack::rules::Observation;
use thor_stack::rules::grading::{Decision, EvaluationWindow, Sight, grade, graded_on};
use thor_stack::value::{HitType, Outcome, SessionRow};

const LONG: &str = "bhs=BUY entry_price=47477 target_high=47497 target_low=47457";
const SHORT: &str = "bhs=SELL entry_price=47475 target_high=47495 target_low=47455";

/// Captured at 14:30:01 in a session that closes at 21:00.
fn decide(row: &SessionRow, observation: Option<&Observation>, now: &str) -> Option<Decision> {
    let rules = rules(graded_on(&row.id.future));
    grade(
        row,
        &Sight {
            observation,
            rules: &rules,
            window_end: EvaluationWindow::Session.end(row.id.captured_at, Some(at("21:00:00"))),
            may_end: true,
            max_quote_age: Duration::from_secs(30),
            now: at(now),
        },
    )
}

/// The decision written as `WORKED TARGET 47497`, or `PENDING`.
fn spoken(decision: Option<Decision>) -> String {
    match decision {
        None => "PENDING".into(),
        Some(Decision { outcome, hit: None }) => outcome.to_string(),
        Some(Decision { outcome, hit: Some(hit) }) => format!("{outcome} {} {}", hit.kind, hit.price),
    }
}

/// "Longs exit at the bid: bid >= target_high → WORKED (TARGET), bid <= target_low → DIDNT_WORK (STOP). Shorts exit at
/// the ask: ask <= target_low → WORKED, ask >= target_high → DIDNT_WORK."
#[test]
fn the_exit_side_decides() {
    for (trade, fields, expected) in [
        (LONG, "bid=47497 ask=47499", "WORKED TARGET 47497"),
        (LONG, "bid=47510 ask=47512", "WORKED TARGET 47510"), // through it: the price at which it could exit
        (LONG, "bid=47496 ask=47498", "PENDING"),             // the ask is there, but a long exits at the bid
        (LONG, "bid=47457 ask=47459", "DIDNT_WORK STOP 47457"),
        (LONG, "bid=47400 ask=47402", "DIDNT_WORK STOP 47400"),
        (LONG, "bid=47458 ask=47460", "PENDING"),
        (SHORT, "bid=47453 ask=47455", "WORKED TARGET 47455"),
        (SHORT, "bid=47400 ask=47402", "WORKED TARGET 47402"),
        (SHORT, "bid=47454 ask=47456", "PENDING"), // the bid is there, but a short exits at the ask
        (SHORT, "bid=47493 ask=47495", "DIDNT_WORK STOP 47495"),
        (SHORT, "bid=47492 ask=47494", "PENDING"),
        (LONG, "ask=47497 last=47497", "PENDING"), // no bid: last does not stand for it
        (SHORT, "bid=47455 last=47455", "PENDING"),
        (LONG, "", "PENDING"),
    ] {
        for strength in ["", "STRONG_"] {
            let trade = trade.replace("bhs=", &format!("bhs={strength}"));
            let decision =
                decide(&row("YM", "14:30:01", &trade), Some(&seen("YM", "14:31:00", fields)), "14:31:00");
            assert_eq!(spoken(decision), expected, "{trade}: {fields}");
        }
    }
}

/// `book = "optional"`: last where the side is absent (defect of the original: DX could never be graded).
#[test]
fn the_dollar_index_exits_at_last() {
    for (trade, fields, expected) in [
        ("bhs=BUY entry_price=99.4 target_high=99.5 target_low=99.3", "last=99.5", "WORKED TARGET 99.5"),
        ("bhs=BUY entry_price=99.4 target_high=99.5 target_low=99.3", "last=99.3", "DIDNT_WORK STOP 99.3"),
        ("bhs=SELL entry_price=99.4 target_high=99.5 target_low=99.3", "last=99.3", "WORKED TARGET 99.3"),
        ("bhs=BUY entry_price=99.4 target_high=99.5 target_low=99.3", "last=99.5 bid=99.4", "PENDING"),
    ] {
        let decision =
            decide(&row("DX", "14:30:01", trade), Some(&seen("$DXY", "14:31:00", fields)), "14:31:00");
        assert_eq!(spoken(decision), expected, "{trade}: {fields}");
    }
}

#[test]
fn total_is_graded_on_ym() {
    assert_eq!(graded_on("TOTAL"), "YM");
    assert_eq!(graded_on("ES"), "ES");
    let decision =
        decide(&row("TOTAL", "14:30:01", LONG), Some(&seen("YM", "14:31:00", "bid=47497")), "14:31:00");
    assert_eq!(spoken(decision), "WORKED TARGET 47497");
}

/// "a row without an entry → NEUTRAL", with or without a quote.
#[test]
fn without_an_entry_it_is_neutral_at_once() {
    for columns in
        ["bhs=HOLD no_entry_reason=hold", "no_entry_reason=no_signal", "bhs=BUY no_entry_reason=late"]
    {
        let row = row("YM", "14:30:01", columns);
        assert_eq!(spoken(decide(&row, None, "14:30:01")), "NEUTRAL", "{columns}");
        let quote = seen("YM", "14:31:00", "bid=47497 ask=47499");
        assert_eq!(spoken(decide(&row, Some(&quote), "14:31:00")), "NEUTRAL", "{columns}");
    }
}

/// "A quote that reached the stack before the row's capture, or comes from a save before it, never decides it." "No
/// price, or one older than max_quote_age: stays PENDING."
#[test]
fn early_and_old_quotes_do_not_decide() {
    for (name, saved_at, seen_at, now, expected) in [
        ("after the capture", "14:30:01.5", "14:30:02", "14:30:02", "WORKED TARGET 47497"),
        ("in its very instant", "14:30:01", "14:30:01", "14:30:01", "WORKED TARGET 47497"),
        ("seen before", "14:30:00.9", "14:30:00.9", "14:30:02", "PENDING"),
        ("saved before, seen after", "14:30:00.9", "14:30:02", "14:30:02", "PENDING"),
        ("seen before, with the file's clock ahead", "14:30:05", "14:30:00.9", "14:30:05", "PENDING"),
        ("30 s old", "14:31:00", "14:31:00", "14:31:30", "WORKED TARGET 47497"),
        ("older", "14:31:00", "14:31:00", "14:31:30.001", "PENDING"),
    ] {
        let mut quote = seen("YM", saved_at, "bid=47497 ask=47499");
        quote.seen_at = at(seen_at);
        let decision = decide(&row("YM", "14:30:01", LONG), Some(&quote), now);
        assert_eq!(spoken(decision), expected, "{name}");
    }
    assert_eq!(decide(&row("YM", "14:30:01", LONG), None, "14:31:00"), None, "no quote at all");
}

/// `evaluation_window`: "still pending at the market's close → NEUTRAL"; a market is closed at its close instant.
#[test]
fn the_close_makes_what_is_pending_neutral() {
    let trade = row("YM", "14:30:01", LONG);
    for (name, quote, now, expected) in [
        ("a moment before", None, "20:59:59.999", "PENDING"),
        ("at the close", None, "21:00:00", "NEUTRAL"),
        ("long after", None, "23:00:00", "NEUTRAL"),
        ("no touch", Some(("20:59:59", "bid=47480")), "21:00:00", "NEUTRAL"),
        ("a touch at the close is too late", Some(("21:00:00", "bid=47497")), "21:00:00", "NEUTRAL"),
        (
            "a touch before it, graded after",
            Some(("20:59:59", "bid=47497")),
            "21:00:00.2",
            "WORKED TARGET 47497",
        ),
        ("a touch before it, but too old by now", Some(("20:59:00", "bid=47497")), "21:00:00", "NEUTRAL"),
    ] {
        let quote = quote.map(|(time, fields)| seen("YM", time, fields));
        assert_eq!(spoken(decide(&trade, quote.as_ref(), now)), expected, "{name}");
    }
}

#[test]
fn the_window_is_the_session_a_duration_or_off() {
    let (captured_at, close) = (at("14:30:01"), Some(at("21:00:00")));
    let hour = EvaluationWindow::For(Duration::from_secs(3600));
    assert_eq!(EvaluationWindow::default(), EvaluationWindow::Session);
    assert_eq!(EvaluationWindow::Session.end(captured_at, close), close);
    assert_eq!(EvaluationWindow::Session.end(captured_at, None), None, "an unknown close ends nothing");
    assert_eq!(hour.end(captured_at, close), Some(at("15:30:01")));
    assert_eq!(EvaluationWindow::Off.end(captured_at, close), None);
}

/// "The first decision stamps target_hit_at, target_hit_price, target_hit_type and is final; NEUTRAL leaves the three
/// absent."
#[test]
fn the_first_decision_is_final() {
    let mut trade = row("YM", "14:30:01", LONG);
    let stop = seen("YM", "14:31:00", "bid=47457");
    decide(&trade, Some(&stop), "14:31:00.5").unwrap().stamp(&mut trade);
    assert_eq!(trade.id.wndw, Outcome::DidntWork);
    assert_eq!(trade.trade.target_hit_at, Some(at("14:31:00")), "when the quote was seen");
    assert_eq!(trade.trade.target_hit_price, Some(price("47457")));
    assert_eq!(trade.trade.target_hit_type, Some(HitType::Stop));

    let target = seen("YM", "14:32:00", "bid=47497");
    assert_eq!(decide(&trade, Some(&target), "14:32:00"), None);
    let before = trade.clone();
    let late = decide(&row("YM", "14:30:01", LONG), Some(&target), "14:32:00").unwrap();
    late.stamp(&mut trade);
    assert_eq!(trade, before);
}

#[test]
fn neutral_leaves_the_hit_absent() {
    let mut trade = row("YM", "14:30:01", LONG);
    decide(&trade, None, "21:00:00").unwrap().stamp(&mut trade);
    assert_eq!(trade.id.wndw, Outcome::Neutral);
    assert_eq!(trade.trade.target_hit_at, None);
    assert_eq!(trade.trade.target_hit_price, None);
    assert_eq!(trade.trade.target_hit_type, None);
}
