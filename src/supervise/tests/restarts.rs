//! When a worker is built again, and when not.

use super::*;
use std::sync::atomic::{AtomicU32, Ordering};

fn always_failing(_: &Context) -> Built {
    play(|_| Err(WorkerError::new("no book")))
}

#[test]
fn delays_double_from_the_first_to_the_cap() {
    let policy = Policy { first: secs(3), cap: secs(20), ..Policy::default() };
    let house = House::new().with("Grader", policy, always_failing).start();
    for whole in [3, 6, 12, 20, 20].map(secs) {
        let (_, _, delay) = house.failed();
        assert!(whole / 2 <= delay && delay <= whole, "{delay:?} of {whole:?}");
        assert_eq!(house.status("Grader").state, State::BackingOff);
        house.clock.advance(delay);
    }
}

#[test]
fn the_restart_comes_at_the_shown_instant_and_not_before() {
    let house = House::new().with("Grader", Policy::default(), always_failing).start();
    house.failed();
    let next_at = house.status("Grader").next_at.unwrap();
    assert_eq!(next_at, house.clock.now() + secs(3));
    house.clock.advance(secs(3) - Duration::from_millis(1));
    for _ in 0..20 {
        a_moment();
        assert_eq!(house.status("Grader").generation, 1);
    }
    house.clock.advance(Duration::from_millis(1));
    house.status_when("Grader", |status| status.generation == 2);
}

#[test]
fn a_stable_run_forgives_the_failures_before_it() {
    let fail = Arc::new(AtomicU32::new(2));
    let left = Arc::clone(&fail);
    let factory = move |_: &Context| {
        let left = Arc::clone(&left);
        play(move |_| match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)) {
            Ok(_) => Err(WorkerError::new("no book")),
            Err(_) => Ok(Next::After(secs(10))),
        })
    };
    let house = House::new().with("Grader", Policy::default(), factory).start();
    for _ in 0..2 {
        house.clock.advance(house.failed().2);
    }
    let failures = house.event(|event| match event.kind {
        EventKind::Recovered { failures } => Some(failures),
        _ => None,
    });
    assert_eq!(failures, 2);
    for cycles in 1..=4 {
        house.status_when("Grader", |status| status.cycles == cycles && status.state == State::Waiting);
        if cycles == 4 {
            fail.store(1, Ordering::SeqCst);
        }
        house.clock.advance(secs(10));
    }
    assert_eq!(house.failed().2, secs(3));
}

#[test]
fn a_worker_that_fails_too_often_is_failed_until_somebody_restarts_it() {
    let limit = Some(Limit { failures: 3, within: secs(60) });
    let policy = Policy { first: secs(1), limit, ..Policy::default() };
    let house = House::new().with("Capture", policy, always_failing).start();
    for _ in 0..2 {
        house.clock.advance(house.failed().2);
    }
    assert_eq!(house.gave_up(), "3 failures within 60s, the last: error: no book");
    let status = house.status("Capture");
    assert_eq!((status.state, status.next_at), (State::Failed, None));
    assert_eq!(status.last_error.unwrap().message, "no book");
    let answer = house.running.restart("Capture").unwrap();
    assert_eq!(answer.recv_timeout(PATIENCE), Ok(4));
    assert_eq!(house.failed().2, secs(1)); // forgiven
}

#[test]
fn a_restart_by_command_does_not_wait_for_the_back_off() {
    let house = House::new().with("Grader", Policy::default(), always_failing).start();
    house.failed();
    house.running.restart("Grader").unwrap();
    assert_eq!(house.restarted(), RestartReason::Command);
}

#[test]
fn a_restart_by_command_rebuilds_a_healthy_worker() {
    let house = House::new().with("Grader", Policy::default(), |_| play(|_| Ok(Next::OnWake))).start();
    house.in_state("Grader", State::Waiting);
    assert_eq!(house.running.restart("Grader").unwrap().recv_timeout(PATIENCE), Ok(2));
    assert_eq!(house.status("Grader").restarts, 1);
}

#[test]
fn a_restart_of_nobody_names_those_there_are() {
    let mut house = House::new().with("Grader", Policy::default(), always_failing);
    house.supervisors.add_disabled("Poller", "no workbook configured").unwrap();
    let house = house.start();
    let error = house.running.restart("Gradr").unwrap_err();
    assert_eq!(error.to_string(), "no supervisor \"Gradr\"; there are: Grader, Poller");
    let error = house.running.restart("Poller").unwrap_err();
    assert_eq!(error.to_string(), "supervisor \"Poller\" is disabled: no workbook configured");
    house.running.shutdown(PATIENCE);
    assert_eq!(house.running.restart("Grader").unwrap_err(), RestartError::Stopping);
}

#[test]
fn a_worker_that_returns_is_built_again_after_its_interval_and_not_in_a_busy_loop() {
    let policy = Policy { interval: secs(30), ..Policy::default() };
    let (factory, seen) = counted(Next::Done);
    let house = House::new().with("PreOpen", policy, factory).start();
    next_cycle(&seen);
    let status = house.status_when("PreOpen", |status| status.next_at.is_some());
    assert_eq!((status.state, status.next_at), (State::Waiting, Some(house.clock.now() + secs(30))));
    house.clock.advance(secs(29));
    a_moment();
    assert!(seen.is_empty());
    house.clock.advance(secs(1));
    assert_eq!(house.restarted(), RestartReason::Returned);
    assert_eq!(next_cycle(&seen), 1); // a fresh worker
    assert_eq!(house.status("PreOpen").restarts, 0); // no failure, no command
}

#[test]
fn an_interval_of_zero_is_no_busy_loop() {
    let (factory, seen) = counted(Next::Done);
    let house =
        House::new().with("PreOpen", Policy { interval: secs(0), ..Policy::default() }, factory).start();
    next_cycle(&seen);
    house.status_when("PreOpen", |status| status.next_at.is_some());
    assert!(seen.is_empty());
    house.clock.advance(Duration::from_millis(10));
    next_cycle(&seen);
}

#[test]
fn an_old_incarnation_may_not_write() {
    let (tokens, seen) = crossbeam_channel::unbounded();
    let factory = move |ctx: &Context| {
        tokens.send(ctx.generation().clone()).unwrap();
        play(|_| Ok(Next::OnWake))
    };
    let house = House::new().with("Poller", Policy::default(), factory).start();
    let first: Generation = seen.recv_timeout(PATIENCE).unwrap();
    assert_eq!(first.check(), Ok(()));
    house.running.restart("Poller").unwrap().recv_timeout(PATIENCE).unwrap();
    assert_eq!(first.check(), Err(Revoked(1)));
    assert_eq!(seen.recv_timeout(PATIENCE).unwrap().check(), Ok(()));
}

#[test]
fn what_a_failed_build_left_behind_may_not_write() {
    let (tokens, seen) = crossbeam_channel::unbounded();
    let factory = move |ctx: &Context| {
        tokens.send(ctx.generation().clone()).unwrap();
        Err(WorkerError::new("no ledger"))
    };
    let house = House::new().with("Capture", Policy::default(), factory).start();
    let first: Generation = seen.recv_timeout(PATIENCE).unwrap();
    house.clock.advance(house.failed().2);
    seen.recv_timeout(PATIENCE).unwrap();
    assert_eq!(first.check(), Err(Revoked(1)));
}

#[test]
fn a_host_that_never_reads_its_events_does_not_stall_a_restart() {
    let policy = Policy { first: secs(0), ..Policy::default() };
    let house = House::new().with("Grader", policy, always_failing).start();
    house.status_when("Grader", |status| status.restarts > 5_000);
    assert!(house.running.lost_events() > 0);
}

#[test]
fn a_listener_that_went_away_costs_nothing() {
    let house = House::new().with("Grader", Policy::default(), always_failing).start();
    drop(house.running.events());
    for _ in 0..3 {
        house.clock.advance(house.failed().2);
    }
    assert_eq!(house.running.lost_events(), 0);
}

#[test]
fn a_worker_that_returns_each_time_has_its_failures_forgiven_too() {
    let factory = |ctx: &Context| {
        let number = ctx.generation().number();
        play(
            move |_| {
                if number == 1 || number == 5 { Err(WorkerError::new("no book")) } else { Ok(Next::Done) }
            },
        )
    };
    let policy = Policy { interval: secs(15), ..Policy::default() };
    let house = House::new().with("PreOpen", policy, factory).start();
    house.clock.advance(house.failed().2);
    for cycles in 1..=3 {
        house.status_when("PreOpen", |status| status.cycles == cycles && status.next_at.is_some());
        house.clock.advance(secs(15));
    }
    assert_eq!(house.failed().2, secs(3), "45 s of success lie between the failures");
}
