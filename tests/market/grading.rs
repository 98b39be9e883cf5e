//! The grader: what may decide a row, and when.

use super::{Desk, at, only};
use std::time::Duration;
use thor_stack::config::Config;
use thor_stack::rules::grading::EvaluationWindow;
use thor_stack::supervise::Next;
use thor_stack::value::{HitType, Outcome};

/// A desk where USA was captured at its open with YM bought at 47477: 47497 is the target, 47457 the stop.
fn opened() -> Desk {
    opened_with(|_| {})
}

fn opened_with(set: impl FnOnce(&mut Config)) -> Desk {
    let desk = Desk::with("2025-11-28T14:29:59Z", |config| {
        only(&["USA"])(config);
        set(config);
    });
    desk.save();
    desk.until("2025-11-28T14:30:00Z");
    desk.run(&mut desk.capture());
    assert_eq!(desk.row("USA", "YM").trade.target_high, "47497".parse().ok());
    desk
}

fn after(desk: &Desk, seconds: u64) {
    desk.clock.advance(Duration::from_secs(seconds));
}

#[test]
fn rows_without_an_entry_are_neutral_at_once_and_the_others_wait() {
    let desk = opened();
    let mut grader = desk.grader();
    assert_eq!(desk.run(&mut grader), Next::After(Duration::from_millis(500)));
    assert_eq!((desk.outcome("DX"), desk.outcome("ZB")), (Outcome::Neutral, Outcome::Neutral));
    assert_eq!((desk.outcome("YM"), desk.outcome("TOTAL")), (Outcome::Pending, Outcome::Pending));
}

#[test]
fn the_first_touch_decides_and_is_final() {
    let mut desk = opened();
    let mut grader = desk.grader();
    desk.run(&mut grader);
    desk.quoted("YM", "47498", "47499");
    after(&desk, 3);
    desk.save();
    desk.run(&mut grader);
    desk.quoted("YM", "47400", "47401");
    after(&desk, 3);
    desk.save();
    desk.run(&mut grader);
    for future in ["YM", "TOTAL"] {
        let row = desk.row("USA", future);
        assert_eq!(row.id.wndw, Outcome::Worked, "{future}");
        assert_eq!(row.trade.target_hit_type, Some(HitType::Target));
        assert_eq!(row.trade.target_hit_price, "47498".parse().ok());
        assert_eq!(row.trade.target_hit_at, Some(at("2025-11-28T14:30:03Z")));
    }
}

/// Two saves between two looks: the first decides, although the board shows only the second.
#[test]
fn saves_that_came_together_are_graded_in_their_order() {
    let mut desk = opened();
    let mut grader = desk.grader();
    desk.run(&mut grader);
    for (bid, ask) in [("47450", "47451"), ("47498", "47499")] {
        desk.quoted("YM", bid, ask);
        after(&desk, 1);
        desk.save();
    }
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::DidntWork);
    assert_eq!(desk.row("USA", "YM").trade.target_hit_at, Some(at("2025-11-28T14:30:01Z")));
}

#[test]
fn a_quote_saved_before_the_capture_never_decides() {
    let mut desk = opened();
    let mut grader = desk.grader();
    desk.quoted("YM", "47498", "47499");
    after(&desk, 1);
    desk.save_of(at("2025-11-28T14:29:59.999Z"));
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Pending);
    after(&desk, 1);
    desk.save();
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Worked);
}

/// A file server's clock that runs ahead dates a save after the capture that was seen before it.
#[test]
fn a_quote_seen_before_the_capture_never_decides() {
    let mut desk = opened();
    let mut grader = desk.grader();
    desk.clock.step_wall_clock(at("2025-11-28T14:29:59.5Z"));
    desk.quoted("YM", "47498", "47499");
    desk.save_of(at("2025-11-28T14:30:02Z"));
    desk.clock.step_wall_clock(at("2025-11-28T14:30:03Z"));
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Pending);
    desk.save(); // the same prices, seen anew
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Worked);
}

#[test]
fn a_stale_quote_decides_nothing() {
    let mut desk = opened();
    let mut grader = desk.grader();
    desk.run(&mut grader);
    desk.quoted("YM", "47498", "47499");
    after(&desk, 40);
    desk.save_of(at("2025-11-28T14:30:09Z")); // 31 s old
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Pending);
}

#[test]
fn the_market_close_makes_the_rest_neutral() {
    let mut desk = opened();
    let mut grader = desk.grader();
    desk.run(&mut grader);
    desk.until("2025-11-28T17:59:59.5Z");
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Pending);
    desk.quoted("YM", "47498", "47499");
    desk.until("2025-11-28T18:00:00Z");
    desk.save(); // at the close: too late to touch
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Neutral);
    assert_eq!(desk.row("USA", "YM").trade.target_hit_at, None);
    assert_eq!(desk.ledger.pending(None).unwrap(), []);
}

#[test]
fn the_window_may_be_a_duration_or_none() {
    for (window, at_hour, next_day) in [
        (EvaluationWindow::For(Duration::from_secs(3600)), Outcome::Neutral, Outcome::Neutral),
        (EvaluationWindow::Off, Outcome::Pending, Outcome::Pending),
    ] {
        let desk = opened_with(|config| config.grader.evaluation_window = window);
        let mut grader = desk.grader();
        desk.until("2025-11-28T15:30:00Z");
        desk.run(&mut grader);
        assert_eq!(desk.outcome("YM"), at_hour);
        desk.until("2025-11-29T15:30:00Z");
        desk.run(&mut grader);
        assert_eq!(desk.outcome("YM"), next_day);
    }
}

#[test]
fn a_restarted_grader_goes_on() {
    let mut desk = opened();
    desk.run(&mut desk.grader());
    desk.quoted("CL", "58.40", "58.41"); // sold at 58.54, target 58.44
    after(&desk, 3);
    desk.save();
    desk.run(&mut desk.grader());
    assert_eq!(desk.outcome("CL"), Outcome::Worked);
    assert_eq!(desk.outcome("YM"), Outcome::Pending);
    desk.quoted("YM", "47457", "47458");
    after(&desk, 3);
    desk.save();
    desk.run(&mut desk.grader());
    assert_eq!(desk.outcome("YM"), Outcome::DidntWork);
}

#[test]
fn without_rows_it_sleeps_until_a_market_is_open() {
    let desk = Desk::with("2025-11-28T02:00:00Z", only(&["USA"]));
    let mut grader = desk.grader();
    assert_eq!(desk.run(&mut grader), Next::At(at("2025-11-28T14:30:00Z")));
    desk.until("2025-11-28T14:30:00Z");
    assert_eq!(desk.run(&mut grader), Next::After(Duration::from_secs(5)));
    let nobody = Desk::with("2025-11-28T02:00:00Z", only(&[]));
    assert_eq!(nobody.run(&mut nobody.grader()), Next::OnWake);
}

/// The index `$DXY` stands for DX on the sheet, and has no book.
#[test]
fn an_alias_grades_its_future_and_last_stands_in_for_an_absent_book() {
    let desk = Desk::with("2025-11-28T14:29:59Z", |config| {
        only(&["USA"])(config);
        let dx = config.instruments.iter_mut().find(|one| one.name == "DX").unwrap();
        let price = |text: &str| text.parse().ok();
        dx.stats.buy = price("0.01");
        dx.stats.strong_buy = price("1");
        dx.stats.sell = price("-0.01");
        dx.stats.strong_sell = price("-1");
    });
    desk.save();
    desk.until("2025-11-28T14:30:00Z");
    desk.run(&mut desk.capture());
    let row = desk.row("USA", "DX");
    assert_eq!(row.trade.entry_price, "99.436".parse().ok());
    let mut desk = desk;
    let index = desk.quotes.iter_mut().find(|quote| quote.symbol.as_str() == "$DXY").unwrap();
    index.last = "99.336".parse().ok();
    after(&desk, 3);
    desk.save();
    desk.run(&mut desk.grader());
    assert_eq!(desk.outcome("DX"), Outcome::Worked);
}

/// Regression: a clock that was ahead of the close for a moment made every row that waited neutral, for ever.
#[test]
fn a_clock_set_wrong_for_a_moment_ends_no_wait() {
    let mut desk = opened();
    let mut grader = desk.grader();
    desk.run(&mut grader);
    desk.clock.step_wall_clock(at("2025-11-28T22:00:00Z"));
    desk.run(&mut grader);
    after(&desk, 5);
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Pending);
    desk.clock.step_wall_clock(at("2025-11-28T14:30:10Z"));
    desk.run(&mut grader);
    desk.quoted("YM", "47498", "47499");
    after(&desk, 1);
    desk.save();
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Worked);
}

#[test]
fn a_close_that_a_stepped_clock_shows_ends_the_wait_once_the_clock_has_proved_right() {
    let desk = opened();
    let mut grader = desk.grader();
    desk.run(&mut grader);
    desk.clock.step_wall_clock(at("2025-11-28T22:00:00Z"));
    for seconds in (0..60).step_by(5) {
        desk.run(&mut grader);
        assert_eq!(desk.outcome("YM"), Outcome::Pending, "after {seconds} s");
        after(&desk, 5);
    }
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Neutral);
}

/// A system that tells how long the machine slept has explained the step.
#[test]
fn a_close_slept_through_ends_the_wait_at_once() {
    let desk = opened();
    let mut grader = desk.grader();
    desk.run(&mut grader);
    desk.clock.suspend(Duration::from_secs(8 * 3600));
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Neutral);
}
