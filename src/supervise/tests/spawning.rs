//! A system that refuses threads.

use super::thread::{Door, spawn_named};
use super::*;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

/// A door that refuses the thread called `name` so often.
fn refusing(name: &'static str, times: u32) -> Door {
    let left = AtomicU32::new(times);
    Arc::new(move |wanted, stack_size, body| {
        let refused = wanted == name
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        if refused { Err(io::ErrorKind::WouldBlock.into()) } else { spawn_named(wanted, stack_size, body) }
    })
}

fn house(door: Door, policy: Policy) -> House {
    let House { clock, supervisors } = House::new();
    House { clock, supervisors: supervisors.with_door(door) }
        .with("Poller", policy, |_| play(|_| Ok(Next::OnWake)))
        .with("Grader", Policy::default(), |_| play(|_| Ok(Next::OnWake)))
}

fn refused(house: &Lived) -> Duration {
    house.event(|event| match event.kind {
        EventKind::SpawnFailed { retry_in, .. } => Some(retry_in),
        _ => None,
    })
}

#[test]
fn a_refused_thread_is_asked_for_again_while_the_others_run() {
    let house = house(refusing("Poller", 2), Policy::default()).start();
    let first = refused(&house);
    assert_eq!(first, secs(3));
    house.in_state("Grader", State::Waiting);
    let status = house.status("Poller");
    assert_eq!((status.state, status.generation), (State::BackingOff, 0));
    assert!(status.last_error.unwrap().message.starts_with("starting thread \"Poller\": "));
    house.clock.advance(first);
    house.clock.advance(refused(&house));
    assert_eq!(house.in_state("Poller", State::Waiting).generation, 1);
}

#[test]
fn a_thread_refused_too_often_is_failed_until_somebody_restarts_it() {
    let limit = Some(Limit { failures: 2, within: secs(60) });
    let house = house(refusing("Poller", 2), Policy { limit, ..Policy::default() }).start();
    house.clock.advance(refused(&house));
    assert!(house.gave_up().starts_with("2 failures within 60s, the last: error: starting thread"));
    assert_eq!(house.running.restart("Poller").unwrap().recv_timeout(PATIENCE), Ok(1));
    assert_eq!(house.in_state("Poller", State::Waiting).generation, 1);
}

#[test]
fn shutdown_does_not_wait_for_a_thread_that_never_came() {
    let house = house(refusing("Poller", 1), Policy::default()).start();
    refused(&house);
    let report = house.running.shutdown(PATIENCE);
    assert!(report.is_clean() && report.took < secs(10), "{report}");
    assert_eq!(house.status("Poller").state, State::Stopped);
}

#[test]
fn no_listener_is_no_reason_not_to_run() {
    let house = house(refusing("thor-events", 1), Policy::default()).start();
    house.in_state("Poller", State::Waiting);
    assert!(house.running.shutdown(PATIENCE).is_clean());
}

#[test]
fn a_system_without_a_single_thread_is_said_at_the_start() {
    let House { supervisors, .. } = house(refusing("thor-keeper", 1), Policy::default());
    assert_eq!(supervisors.start().map(drop).unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn threads_bear_the_names_of_their_supervisors() {
    let (names, named) = crossbeam_channel::unbounded();
    let factory = move |_: &Context| {
        names.send(std::thread::current().name().map(str::to_owned)).unwrap();
        play(|_| Ok(Next::OnWake))
    };
    let _house = House::new().with("MarketOpenGraderSupervisor", Policy::default(), factory).start();
    assert_eq!(named.recv_timeout(PATIENCE).unwrap().as_deref(), Some("MarketOpenGraderSupervisor"));
}

#[test]
fn a_name_no_thread_can_bear_is_refused_and_not_a_panic() {
    let mut supervisors =
        House::new().with("Poller", Policy::default(), |_| play(|_| Ok(Next::Done))).supervisors;
    for name in ["", "a\0b", "Poller"] {
        assert_eq!(supervisors.add_disabled(name, "never"), Err(BadName(name.to_owned())));
    }
    let refused = spawn_named("a\0b", 64 * 1024, || {}).map(drop).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
}

#[cfg(unix)]
#[test]
fn a_thread_of_ours_takes_no_signal_and_its_starter_keeps_its_own() {
    use nix::sys::signal::{SigSet, Signal};
    let before = SigSet::thread_get_mask().unwrap();
    let (sender, mask) = crossbeam_channel::bounded(1);
    let body = move || sender.send(SigSet::thread_get_mask().unwrap()).unwrap();
    crate::supervise::thread::spawn_named("masked", 128 * 1024, body).unwrap().join().unwrap();
    let mask = mask.recv().unwrap();
    assert!([Signal::SIGINT, Signal::SIGTERM, Signal::SIGXFSZ].iter().all(|it| mask.contains(*it)));
    assert!(!mask.contains(Signal::SIGSEGV), "a stack overflow says so");
    assert_eq!(SigSet::thread_get_mask().unwrap(), before);
}
