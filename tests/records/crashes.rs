//! Crashes on their way into the ledger.

use super::{GUEST, House, Play, secs, until};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use thor_stack::Stack;
use thor_stack::ledger::{CrashKind, Ledger, SqliteLedger};
use thor_stack::supervise::{Context, Next, Policy, State, WorkerError};

/// Panics, from the first cycle to the `n`-th.
fn panics(n: u64) -> impl Fn(&Context) -> Result<Next, WorkerError> + Send + Sync + Clone + 'static {
    let cycles = Arc::new(AtomicU64::new(0));
    move |ctx| {
        ctx.phase("reading row 812");
        if cycles.fetch_add(1, Ordering::Relaxed) < n {
            panics_here();
        }
        Ok(Next::OnWake)
    }
}

#[inline(never)]
fn panics_here() {
    panic!("index out of bounds");
}

#[test]
fn a_panic_is_recorded_with_place_stack_phase_generation_and_events() {
    thor_stack::record_panics();
    let house = House::new();
    let stack = house.with_guest(panics(1));
    until("the crash is recorded", || !house.crashes().is_empty());
    let crash = house.crashes().remove(0).crash;
    assert_eq!((crash.supervisor.as_str(), crash.kind), (GUEST, CrashKind::Panic));
    assert_eq!(crash.message, "index out of bounds");
    assert!(crash.location.as_ref().unwrap().contains("records/crashes.rs:"), "{:?}", crash.location);
    assert_eq!(crash.phase.as_deref(), Some("reading row 812"));
    assert_eq!((crash.generation, crash.count, crash.last_at), (1, 1, super::at("2025-11-28T15:00:00Z")));
    assert_eq!(crash.events, ["2025-11-28T15:00:00.000Z started"]);
    let frames = crash.stack.unwrap();
    let first = frames.lines().next().unwrap();
    assert!(first.contains("panics_here"), "the panic's own machinery is left out: {frames}");
    assert!(!frames.contains("catch_unwind"), "so is the supervisor's: {frames}");
    let status = stack.supervisors().into_iter().find(|it| it.name == GUEST).unwrap();
    let shown = serde_json::to_value(status.last_error.unwrap()).unwrap();
    assert_eq!(shown["location"].as_str(), crash.location.as_deref());
}

#[test]
fn a_crash_loop_is_one_record_that_counts() {
    thor_stack::record_panics(); // another test may do it amid the loop, and then the place is known from there on
    let house = House::new();
    let _stack = house.with_guest(panics(20));
    until("twenty crashes and a recovery", || {
        house.clock.advance(secs(60));
        house.crashes().first().is_some_and(|it| it.crash.count == 20)
    });
    assert_eq!(house.crashes().len(), 1, "{:#?}", house.crashes());
    let crash = house.crashes().remove(0).crash;
    assert!(crash.first_at < crash.last_at);
    assert_eq!(crash.generation, 20, "the last time");
    assert!(
        crash.events.len() <= 8 && crash.events.last().unwrap().contains("restarted"),
        "{:?}",
        crash.events
    );
}

/// Regression: the second message at a place was another record, without the stack that was looked up for the first.
#[test]
fn two_messages_at_one_place_are_two_records_with_its_stack() {
    thor_stack::record_panics();
    let house = House::new();
    let cycles = Arc::new(AtomicU64::new(0));
    let _stack = house.with_guest(move |_: &Context| match cycles.fetch_add(1, Ordering::Relaxed) {
        index @ 0..2 => panics_at(index),
        _ => Ok(Next::OnWake),
    });
    until("both are recorded", || {
        house.clock.advance(secs(60));
        house.crashes().len() == 2
    });
    let crashes: Vec<_> = house.crashes().into_iter().map(|it| it.crash).collect();
    assert_eq!(crashes[0].location, crashes[1].location);
    for crash in crashes {
        assert!(crash.stack.as_ref().is_some_and(|it| it.contains("panics_at")), "{crash:#?}");
    }
}

#[inline(never)]
fn panics_at(index: u64) -> ! {
    panic!("index {index} is out of bounds");
}

/// Another process holds the ledger for longer than a call waits.
#[test]
fn a_ledger_that_is_held_delays_no_restart_and_gets_the_record_later() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::new();
    let path = folder.path().join("ledger.db");
    let ledger = Arc::new(SqliteLedger::open(&path, Arc::new(house.clock.clone())).unwrap());
    let house = House { ledger, ..house };
    let holder = rusqlite::Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let stack = house.with_guest(panics(1));
    until("it failed", || stack.supervisors().iter().any(|it| it.name == GUEST && it.last_error.is_some()));
    house.clock.advance(secs(3));
    until("it was restarted", || {
        stack
            .supervisors()
            .iter()
            .any(|it| it.name == GUEST && it.state == State::Waiting && it.restarts == 1)
    });
    until("the refusal is counted and shown", || {
        let records = stack.status().records;
        records.failures > 0
            && records.waiting > 0
            && records.last_error.unwrap_or_default().contains("held by")
    });
    assert!(stack.status().records.crashes >= 1);
    holder.execute_batch("COMMIT").unwrap();
    until("it is written later", || {
        house.clock.advance(secs(60));
        !house.crashes().is_empty()
    });
    until("all is well", || stack.status().records.last_error.is_none());
    assert_eq!((house.crashes()[0].crash.count, stack.status().records.waiting), (1, 0));
}

/// Where no worker needs the ledger, none is made for signs of life; a crash is worth one.
#[test]
fn a_stack_without_market_workers_opens_the_ledger_for_its_first_crash() {
    let folder = tempfile::tempdir().unwrap();
    let config = thor_stack::config::Config::at_home(folder.path().into());
    let only = |fails: bool| {
        let factory = move |_: &Context| -> Result<Box<dyn thor_stack::supervise::Worker>, WorkerError> {
            let outcome = move || if fails { Err(WorkerError::new("no rows")) } else { Ok(Next::OnWake) };
            Ok(Box::new(Play(move |_: &Context| outcome())))
        };
        let builder = Stack::builder(config.clone()).worker(GUEST, Policy::default(), factory);
        builder.only([GUEST]).start().unwrap()
    };
    let stack = only(false);
    until("it runs", || stack.supervisors().iter().any(|it| it.name == GUEST && it.cycles == 1));
    assert!(stack.shutdown(secs(5)).is_clean());
    assert!(!config.ledger_path().exists());
    let stack = only(true);
    until("it failed", || stack.status().records.crashes > 0);
    assert!(stack.shutdown(secs(5)).is_clean());
    let ledger = SqliteLedger::open_read_only(
        &config.ledger_path(),
        Arc::new(thor_stack::supervise::SystemClock::new()),
    );
    assert_eq!(ledger.unwrap().crash(1).unwrap().unwrap().crash.message, "no rows");
}
