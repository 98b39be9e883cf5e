//! How everything stops.

use super::*;

fn sleeper(_: &Context) -> Built {
    play(|_| Ok(Next::After(secs(3_600))))
}

#[test]
fn sleepers_and_those_in_back_off_stop_at_once_in_reverse_order() {
    let house = House::new()
        .with("Poller", Policy::default(), sleeper)
        .with("Grader", Policy::default(), |_| play(|_| Err(WorkerError::new("no book"))))
        .with("Capture", Policy::default(), |_| {
            play(|_| Ok(Next::At("2025-12-01T14:30:00Z".parse().unwrap())))
        })
        .with("Week52", Policy::default(), |_| play(|_| Ok(Next::OnWake)))
        .with("PreOpen", Policy::default(), |_| play(|_| Ok(Next::Done)))
        .start();
    house.failed();
    for name in ["Poller", "Capture", "Week52", "PreOpen"] {
        house.in_state(name, State::Waiting);
    }
    let report = house.running.shutdown(PATIENCE);
    assert_eq!(report.stopped, ["PreOpen", "Week52", "Capture", "Grader", "Poller"]);
    assert!(report.is_clean() && report.took < secs(10), "{report}");
    assert!(house.running.status().iter().all(|status| status.state == State::Stopped));
}

#[test]
fn one_that_is_stuck_is_named_and_does_not_keep_the_others() {
    let (release, held) = crossbeam_channel::bounded::<()>(0);
    let (tokens, token) = crossbeam_channel::unbounded();
    let stuck = move |_: &Context| {
        let (held, tokens) = (held.clone(), tokens.clone());
        play(move |ctx| {
            ctx.phase("talking to a frozen Excel");
            tokens.send(ctx.generation().clone()).unwrap();
            held.recv().ok();
            Ok(Next::OnWake)
        })
    };
    let house = House::new()
        .with("Grader", Policy::default(), sleeper)
        .with("Poller", Policy::default(), stuck)
        .with("Capture", Policy::default(), sleeper)
        .start();
    let token: Generation = token.recv_timeout(PATIENCE).unwrap();
    let answer = house.running.restart("Poller").unwrap();
    for name in ["Capture", "Grader"] {
        house.in_state(name, State::Waiting);
    }
    let report = house.running.shutdown(secs(1));
    assert_eq!(report.stopped, ["Capture", "Grader"]);
    assert!(
        report.to_string().ends_with("; did not stop: Poller (while talking to a frozen Excel)"),
        "{report}"
    );
    assert_eq!(house.status("Poller").state, State::Stopping);
    assert_eq!(token.check(), Err(Revoked(1)), "it may write no more");
    let unanswered = Err(crossbeam_channel::RecvTimeoutError::Disconnected);
    assert_eq!(answer.recv_timeout(PATIENCE), unanswered, "it will not restart either");
    house.event(|event| matches!(event.kind, EventKind::DidNotStop { .. }).then_some(()));
    drop(release);
    assert!(house.running.shutdown(PATIENCE).is_clean(), "asked again, it has ended");
}

#[test]
fn a_cycle_in_a_pause_ends_it_and_stops() {
    let (ends, ended) = crossbeam_channel::unbounded();
    let pausing = move |_: &Context| {
        let ends = ends.clone();
        play(move |ctx| {
            ctx.phase("waiting for the file to be whole");
            ends.send(ctx.pause(secs(60))).unwrap();
            assert!(ctx.stopping());
            Ok(Next::OnWake)
        })
    };
    let house = House::new().with("Poller", Policy::default(), pausing).start();
    house.status_when("Poller", |status| status.phase.is_some());
    assert!(house.running.shutdown(PATIENCE).is_clean());
    assert_eq!(ended.recv_timeout(PATIENCE), Ok(false));
}

#[test]
fn a_worker_that_always_wants_its_next_cycle_now_can_be_stopped() {
    let house =
        House::new().with("Grader", Policy::default(), |_| play(|_| Ok(Next::After(secs(0))))).start();
    house.status_when("Grader", |status| status.cycles > 100);
    assert!(house.running.shutdown(PATIENCE).is_clean());
}

#[test]
fn a_worker_that_always_crashes_at_once_can_be_stopped() {
    let policy = Policy { first: secs(0), ..Policy::default() };
    let house = House::new().with("Grader", policy, |_| play(|_| Err(WorkerError::new("no book")))).start();
    house.status_when("Grader", |status| status.restarts > 100);
    assert!(house.running.shutdown(PATIENCE).is_clean());
}

#[test]
fn dropping_the_handle_stops_every_worker() {
    struct Sleeper(Sender<()>);
    impl Worker for Sleeper {
        fn cycle(&mut self, _: &Context) -> Result<Next, WorkerError> {
            Ok(Next::OnWake)
        }
    }
    impl Drop for Sleeper {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }
    let (drops, dropped) = crossbeam_channel::unbounded();
    let house =
        House::new().with("Poller", Policy::default(), move |_| Ok(Box::new(Sleeper(drops.clone())))).start();
    house.in_state("Poller", State::Waiting);
    let Lived { running, .. } = house;
    drop(running);
    assert_eq!(dropped.try_recv(), Ok(()));
}

#[test]
fn shutdown_right_after_the_start_leaves_nobody_behind() {
    for _ in 0..50 {
        let house = House::new()
            .with("Poller", Policy::default(), sleeper)
            .with("Grader", Policy::default(), sleeper)
            .start();
        let report = house.running.shutdown(PATIENCE);
        assert_eq!(report.stopped, ["Grader", "Poller"]);
        assert!(house.running.status().iter().all(|status| status.state == State::Stopped));
    }
}

#[test]
fn the_events_end_after_the_last_one() {
    let house = House::new().with("Poller", Policy::default(), sleeper).start();
    house.in_state("Poller", State::Waiting);
    house.running.shutdown(PATIENCE);
    let kinds: Vec<_> = house.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Started, EventKind::Stopped]);
}

#[test]
fn a_restart_that_nobody_will_answer_disconnects() {
    let house =
        House::new().with("Poller", Policy::default(), |_| Err(WorkerError::new("no ledger"))).start();
    house.failed();
    let answer = house.running.restart("Poller").unwrap();
    house.running.shutdown(PATIENCE);
    assert_eq!(answer.recv_timeout(PATIENCE), Err(crossbeam_channel::RecvTimeoutError::Disconnected));
}

#[test]
fn two_stacks_in_one_process_do_not_know_each_other() {
    let one = House::new().with("Poller", Policy::default(), sleeper).start();
    let other = House::new().with("Poller", Policy::default(), sleeper).start();
    one.in_state("Poller", State::Waiting);
    other.in_state("Poller", State::Waiting);
    assert!(one.running.shutdown(PATIENCE).is_clean());
    assert_eq!(other.status("Poller").state, State::Waiting);
    assert_eq!(other.running.restart("Poller").unwrap().recv_timeout(PATIENCE), Ok(2));
}

#[test]
fn a_context_without_a_supervisor_pauses_and_never_stops() {
    let clock = ManualClock::starting_at("2025-11-28T14:30:00Z".parse().unwrap());
    let ctx = Context::detached(Arc::new(clock));
    assert!(ctx.pause(secs(0)));
    assert!(!ctx.stopping());
    ctx.waker().wake();
}

/// Regression: who asked for events after the shutdown waited for ever.
#[test]
fn events_of_what_is_over_are_over() {
    let house = House::new().with("Poller", Policy::default(), sleeper).start();
    assert!(house.running.shutdown(PATIENCE).is_clean());
    let disconnected = Err(crossbeam_channel::RecvTimeoutError::Disconnected);
    assert_eq!(house.running.events().recv_timeout(PATIENCE).map(drop), disconnected);
}
