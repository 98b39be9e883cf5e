//! The stack's own threads around an open, under a manual clock: who wakes whom.

use super::{SHEET, at, quote};
use std::sync::Arc;
use std::time::{Duration, Instant};
use thor_stack::config::{Config, MARKET_OPEN_CAPTURE, MARKET_OPEN_GRADER};
use thor_stack::ledger::{Ledger, SqliteLedger};
use thor_stack::supervise::{Clock, Generation, ManualClock, State};
use thor_stack::value::{Outcome, Sheet};
use thor_stack::{Stack, StackHandle};

const PATIENCE: Duration = Duration::from_secs(20);

#[track_caller]
fn until(what: &str, mut found: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !found() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

fn state(stack: &StackHandle, name: &str) -> (State, Option<String>) {
    let status = stack.supervisors().into_iter().find(|status| status.name == name).unwrap();
    (status.state, status.last_error.map(|error| error.message))
}

fn save(stack: &StackHandle, clock: &ManualClock) {
    let quotes = SHEET.map(quote).map(Arc::new).to_vec();
    let sheet = Sheet { saved_at: clock.now(), quotes, not_loaded: Vec::new(), rejected: Vec::new() };
    stack.board().apply(&Generation::new(1), &sheet, clock.now()).unwrap();
}

#[test]
fn the_open_wakes_the_capture_and_the_capture_wakes_the_grader() {
    let clock = ManualClock::starting_at(at("2025-11-28T14:29:58Z"));
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::in_memory(Arc::new(clock.clone())).unwrap());
    let mut config = Config::at_home("no such folder".into());
    config.markets.retain(|market| market.name == "USA");
    let builder = Stack::builder(config).clock(Arc::new(clock.clone())).ledger(Arc::clone(&ledger));
    let stack = builder.only([MARKET_OPEN_CAPTURE, MARKET_OPEN_GRADER]).start().unwrap();
    for name in [MARKET_OPEN_CAPTURE, MARKET_OPEN_GRADER] {
        until("both wait for the open", || state(&stack, name).0 == State::Waiting);
    }
    save(&stack, &clock);
    // Waits for an instant look again every second: step by step, as time goes.
    let step = || clock.advance(Duration::from_millis(500));
    step();
    assert_eq!(ledger.captured("USA", "2025-11-28".parse().unwrap()).unwrap(), None);
    until("the capture, and the rows without an entry made neutral", || {
        if clock.now() < at("2025-11-28T14:30:00Z") {
            step();
        }
        let graded = ledger.stats(Some("USA"), None).unwrap();
        graded.count(Some(thor_stack::value::Signal::Hold), Outcome::Neutral) >= 1
    });
    assert!(!ledger.pending(None).unwrap().is_empty());
    assert!(stack.shutdown(Duration::from_secs(5)).is_clean());
}

#[test]
fn a_save_wakes_a_capture_that_waits() {
    let clock = ManualClock::starting_at(at("2025-11-28T14:31:00Z"));
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::in_memory(Arc::new(clock.clone())).unwrap());
    let mut config = Config::at_home("no such folder".into());
    config.markets.retain(|market| market.name == "USA");
    let builder = Stack::builder(config).clock(Arc::new(clock.clone())).ledger(Arc::clone(&ledger));
    let stack = builder.only([MARKET_OPEN_CAPTURE]).start().unwrap();
    until("it waits", || state(&stack, MARKET_OPEN_CAPTURE).0 == State::Waiting);
    save(&stack, &clock);
    until("the capture", || ledger.captured("USA", "2025-11-28".parse().unwrap()).unwrap() == Some(1));
}

#[test]
fn a_ledger_that_cannot_be_opened_costs_only_those_who_need_it() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("ledger.db"), "a shopping list").unwrap();
    let mut config = Config::at_home(home.path().into());
    config.workbook.path = Some("tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx".into());
    let stack = Stack::builder(config).start().unwrap();
    until("the poller reads", || stack.board().snapshot().quotes().len() == 11);
    for name in [MARKET_OPEN_CAPTURE, MARKET_OPEN_GRADER] {
        until("it backs off", || state(&stack, name).0 == State::BackingOff);
        let reason = state(&stack, name).1.unwrap();
        assert!(reason.contains("ledger.db"), "{reason}");
    }
    assert_eq!(std::fs::read_to_string(home.path().join("ledger.db")).unwrap(), "a shopping list");
}
