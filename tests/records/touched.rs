//! Session rows that miss data say so.

use super::{GRADER, House, at, secs, until};
use crate::ledger::rows::{capture, captured, first, worked};
use std::sync::Arc;
use thor_stack::config::{EXCEL_POLLER, INTRADAY_METRICS, QUOTE_SUBSCRIBER};
use thor_stack::ledger::{Alive, Gap, GapReason, Ledger};
use thor_stack::rules::grading::EvaluationWindow;
use thor_stack::supervise::Clock;

/// A house whose ledger has the USA's open of 14:30: YM worked at 14:31, the others wait.
fn house() -> House {
    let house = House::new();
    captured(&*house.ledger, &capture("USA", "2025-11-28"));
    let ym = house.ledger.pending(None).unwrap().into_iter().find(|it| &*it.future == "YM").unwrap();
    house.ledger.decide(&first(), &[worked(ym.id)]).unwrap();
    house
}

/// What the rows of these futures say was missing.
fn missing(house: &House, futures: [&str; 2]) -> [Option<String>; 2] {
    let rows = house.ledger.session(1).unwrap();
    futures
        .map(|future| rows.iter().find(|it| it.row.id.future == future).unwrap().row.record.data_gap.clone())
}

#[test]
fn a_process_that_was_down_is_told_by_the_rows_that_waited_then() {
    let house = house();
    house
        .ledger
        .mark_alive(&first(), &Alive { at: at("2025-11-28T14:40:00Z"), stopped: false }, &[])
        .unwrap();
    let _stack = house.stack();
    let down = "process down from 2025-11-28T14:40:00Z to 2025-11-28T15:00:00Z";
    until("the rows say so", || missing(&house, ["ES", "YM"])[0].is_some());
    assert_eq!(missing(&house, ["ES", "YM"]), [Some(down.into()), None], "YM was decided before");
    assert_eq!(missing(&house, ["TOTAL", "YM"])[0].as_deref(), Some(down));
}

/// Regression: rows went on saying of such a gap that it goes on.
#[test]
fn the_end_of_a_gap_that_a_dead_process_left_open_is_told_to_the_rows() {
    let house = house();
    left_open(&house, EXCEL_POLLER, GapReason::Hang);
    let _stack = house.stack();
    let hung = "ExcelPollerSupervisor down (hang) from 2025-11-28T14:40:00Z to 2025-11-28T14:50:00Z";
    let down = "process down from 2025-11-28T14:50:00Z to 2025-11-28T15:00:00Z";
    until("both are told", || missing(&house, ["ES", "YM"])[0] == Some(format!("{hung}; {down}")));
    assert_eq!(missing(&house, ["ES", "YM"])[1], None, "YM was decided before");
}

/// Highs and lows are followed to the close, graded or not.
#[test]
fn a_gap_of_the_worker_that_follows_rows_touches_those_that_are_graded_too() {
    let house = house();
    left_open(&house, INTRADAY_METRICS, GapReason::Panic);
    let _stack = house.stack();
    let gap = "IntradayMetricsSupervisor down (panic) from 2025-11-28T14:40:00Z to 2025-11-28T14:50:00Z";
    until("the rows are told", || missing(&house, ["ES", "YM"])[1].is_some());
    assert_eq!(missing(&house, ["ES", "YM"])[1].as_deref(), Some(gap));
}

#[test]
fn a_bus_that_was_down_is_told_by_rows_only_where_it_fills_the_board() {
    let down = "process down from 2025-11-28T14:50:00Z to 2025-11-28T15:00:00Z";
    let bus = "bus down from 2025-11-28T14:40:00Z to 2025-11-28T14:50:00Z";
    for (who, said) in [(QUOTE_SUBSCRIBER, format!("{bus}; {down}")), (EXCEL_POLLER, down.to_owned())] {
        let house = house();
        left_open(&house, who, GapReason::BusDown);
        let _stack = house.stack();
        until("all is told", || missing(&house, ["ES", "YM"])[0].as_ref() == Some(&said));
        assert_eq!(missing(&house, ["ES", "YM"])[1], None, "YM was decided before a gap of {who}");
    }
}

/// A gap that began at 14:40, of a process that was last seen alive at 14:50.
fn left_open(house: &House, supervisor: &str, reason: GapReason) {
    let gap = Gap {
        supervisor: Some(supervisor.into()),
        reason,
        started_at: at("2025-11-28T14:40:00Z"),
        ended_at: None,
        cycles_lost: None,
        detail: None,
    };
    house.ledger.record_gaps(&first(), &[gap]).unwrap();
    let alive = Alive { at: at("2025-11-28T14:50:00Z"), stopped: false };
    house.ledger.mark_alive(&first(), &alive, &[]).unwrap();
}

/// Regression: a gap was told once, and a row of a capture that was on its way then never learnt of it.
#[test]
fn a_row_that_was_being_captured_when_a_gap_was_told_learns_of_it_at_the_next_look() {
    let house = House::new();
    house
        .ledger
        .mark_alive(&first(), &Alive { at: at("2025-11-28T14:20:00Z"), stopped: false }, &[])
        .unwrap();
    let _stack = house.stack();
    until("the gap is recorded", || house.gaps().len() == 1);
    captured(&*house.ledger, &capture("USA", "2025-11-28"));
    house.a_minute();
    let down = "process down from 2025-11-28T14:20:00Z to 2025-11-28T15:00:00Z";
    assert_eq!(missing(&house, ["ES", "YM"])[0].as_deref(), Some(down));
}

#[test]
fn a_gap_before_the_capture_touches_no_row() {
    let house = house();
    house.ledger.mark_alive(&first(), &Alive { at: at("2025-11-28T10:00:00Z"), stopped: true }, &[]).unwrap();
    house.clock.step_wall_clock(at("2025-11-28T14:30:00Z"));
    let _stack = house.stack();
    until("the gap is recorded", || house.gaps().len() == 1);
    house.a_minute();
    assert_eq!(missing(&house, ["ES", "YM"]), [None, None]);
}

/// A gap that goes on is told without an end, which comes later; after the close it touches nothing any more.
#[test]
fn rows_are_told_of_a_gap_that_goes_on_and_of_its_end() {
    let house = house();
    let stack = house.stack();
    house.save(&stack, Vec::new());
    house.a_minute();
    house.a_minute();
    until("an open gap is told", || missing(&house, ["ES", "YM"])[0].is_some());
    let open = "no save from 2025-11-28T15:00:00Z on";
    assert_eq!(missing(&house, ["ES", "YM"]), [Some(open.into()), None]);
    house.save(&stack, Vec::new());
    house.a_minute();
    let over = "no save from 2025-11-28T15:00:00Z to 2025-11-28T15:02:00Z";
    until("its end is told", || missing(&house, ["ES", "YM"])[0].as_deref() == Some(over));
    assert!(stack.shutdown(secs(5)).is_clean());
}

/// Regression: until the next look a gap was told as one that goes on, to rows captured after its end too.
#[test]
fn a_row_captured_after_the_saves_came_back_is_not_told_of_their_pause() {
    let house = House::new();
    let stack = house.stack();
    house.save(&stack, Vec::new());
    house.a_minute();
    house.a_minute();
    until("the pause is known", || house.gaps().len() == 1);
    house.save(&stack, Vec::new());
    house.clock.advance(secs(1));
    let mut opened = capture("USA", "2025-11-28");
    opened.rows.iter_mut().for_each(|row| row.id.captured_at = house.clock.now());
    captured(&*house.ledger, &opened);
    house.save(&stack, Vec::new());
    stack.restart(GRADER).unwrap().recv_timeout(secs(20)).unwrap(); // an event, before the next look
    house.a_minute();
    assert_eq!(missing(&house, ["ES", "YM"]), [None, None]);
    assert!(house.gaps()[0].ended_at.is_some());
}

#[test]
fn a_session_that_was_over_is_not_touched_whatever_became_of_its_rows() {
    let mut house = house();
    house.config.grader.evaluation_window = EvaluationWindow::For(secs(600));
    house
        .ledger
        .mark_alive(&first(), &Alive { at: at("2025-11-28T14:45:00Z"), stopped: false }, &[])
        .unwrap();
    let _stack = house.stack();
    until("the gap is recorded", || house.gaps().len() == 1);
    house.a_minute();
    assert_eq!(missing(&house, ["ES", "YM"]), [None, None], "the window ended at 14:40:01");
    let _: &Arc<dyn Ledger> = &house.ledger;
}
