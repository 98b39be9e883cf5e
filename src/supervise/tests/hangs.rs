//! What happens to a worker that makes no progress.

use super::*;
use crossbeam_channel::RecvTimeoutError;
use std::sync::Mutex;

/// What a worker that is stuck in its first incarnations waits for; dropping it lets them all go on.
struct Stuck {
    _release: Sender<()>,
    tokens: Receiver<Generation>,
}

/// A house whose worker "Poller" is stuck in each cycle of its first `incarnations`.
fn stuck(incarnations: u64, policy: Policy) -> (House, Stuck) {
    stuck_in(House::new(), incarnations, policy)
}

fn stuck_in(house: House, incarnations: u64, policy: Policy) -> (House, Stuck) {
    let (release, held) = crossbeam_channel::bounded::<()>(0);
    let (told, tokens) = crossbeam_channel::unbounded();
    let factory = move |_: &Context| {
        let (held, told) = (held.clone(), told.clone());
        play(move |ctx| {
            ctx.phase("reading row 812");
            told.send(ctx.generation().clone()).ok();
            if ctx.generation().number() <= incarnations {
                held.recv().ok();
                ctx.generation().check().ok(); // a late write
            }
            Ok(Next::OnWake)
        })
    };
    (house.with("Poller", policy, factory), Stuck { _release: release, tokens })
}

fn ten_seconds() -> Policy {
    Policy { deadline: Some(secs(10)), ..Policy::default() }
}

fn hung(house: &Lived) -> (Option<String>, String, Duration, Option<Duration>) {
    house.event(|event| match &event.kind {
        EventKind::Hung { phase, stack, lasted, retry_in } => {
            Some((phase.clone(), stack.clone(), *lasted, *retry_in))
        }
        _ => None,
    })
}

#[test]
fn a_hung_worker_is_fenced_and_replaced_and_its_late_writes_are_refused() {
    let (house, stuck) = stuck(1, ten_seconds());
    let house = house.start();
    let first = stuck.tokens.recv_timeout(PATIENCE).unwrap();
    house.clock.advance(secs(11));
    let (phase, stack, lasted, retry_in) = hung(&house);
    assert_eq!(phase.as_deref(), Some("reading row 812"));
    assert_eq!((lasted, retry_in), (secs(11), Some(secs(3))));
    assert!(cfg!(not(target_os = "linux")) || stack.contains("state "), "{stack}");
    let status = house.in_state("Poller", State::BackingOff);
    assert_eq!(status.zombies, 1);
    let error = status.last_error.unwrap();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (FailureKind::Hang, "no progress for 11.0s, the deadline is 10s")
    );
    assert!(first.is_revoked());
    house.clock.advance(secs(3));
    assert_eq!(house.restarted(), RestartReason::Failure);
    assert_eq!(stuck.tokens.recv_timeout(PATIENCE).unwrap().number(), 2);
    let status = house.in_state("Poller", State::Waiting);
    assert_eq!((status.generation, status.restarts, status.refused_writes), (2, 1, 0));
    drop(stuck);
    let status = house.status_when("Poller", |status| status.zombies == 0);
    assert_eq!((status.generation, status.state), (2, State::Waiting), "the zombie ended without a word");
    assert_eq!(status.refused_writes, 1);
    assert!(house.running.shutdown(PATIENCE).is_clean());
}

#[test]
fn a_cycle_within_its_deadline_is_left_alone_however_often_it_is_looked_at() {
    let (house, stuck) = stuck(1, ten_seconds());
    let house = house.start();
    stuck.tokens.recv_timeout(PATIENCE).unwrap();
    for _ in 0..10 {
        house.clock.advance(secs(1));
        a_moment();
    }
    assert_eq!(house.status("Poller").state, State::Running);
    drop(stuck);
    let status = house.in_state("Poller", State::Waiting);
    assert_eq!((status.generation, status.cycles, status.last_error), (1, 1, None));
}

#[test]
fn a_process_that_stood_still_condemns_nobody() {
    let (house, stuck) = stuck(1, ten_seconds());
    let house = house.start();
    stuck.tokens.recv_timeout(PATIENCE).unwrap();
    house.clock.stand_still(secs(60)); // SIGSTOP, and CONT a minute later
    let (late, jumped) = house.event(|event| match event.kind {
        EventKind::StoodStill { late, jumped } => Some((late, jumped)),
        _ => None,
    });
    assert!(late >= secs(50) && jumped == secs(0), "{late:?} {jumped:?}");
    assert_eq!(house.status("Poller").state, State::Running);
    house.clock.advance(secs(10)); // the fresh deadline is not over
    a_moment();
    assert_eq!((house.status("Poller").state, house.status("Poller").zombies), (State::Running, 0));
    house.clock.advance(secs(1));
    hung(&house);
    drop(stuck);
}

#[test]
fn the_end_of_a_suspend_gives_every_worker_a_fresh_deadline() {
    let (house, stuck) = stuck(1, ten_seconds());
    let house = house.start();
    stuck.tokens.recv_timeout(PATIENCE).unwrap();
    house.clock.advance(secs(8));
    a_moment();
    // A night at once on the wall clock, no time on the monotonic one.
    house.clock.step_wall_clock("2025-12-01T06:00:00Z".parse().unwrap());
    house.clock.advance(secs(3));
    house.event(|event| matches!(event.kind, EventKind::StoodStill { .. }).then_some(()));
    assert_eq!((house.status("Poller").state, house.status("Poller").zombies), (State::Running, 0));
    drop(stuck);
    house.in_state("Poller", State::Waiting);
}

#[test]
fn a_build_that_hangs_is_replaced_and_the_restart_that_waits_for_it_is_answered() {
    let (release, held) = crossbeam_channel::bounded::<()>(0);
    let (builds, built) = crossbeam_channel::unbounded();
    let factory = move |ctx: &Context| {
        builds.send(()).unwrap();
        if ctx.generation().number() == 1 {
            held.recv().ok();
        }
        play(|_| Ok(Next::OnWake))
    };
    let house = House::new().with("Capture", ten_seconds(), factory).start();
    built.recv_timeout(PATIENCE).unwrap();
    let answer = house.running.restart("Capture").unwrap();
    house.clock.advance(secs(11));
    assert_eq!(hung(&house).3, Some(secs(0)), "somebody waits for it: no back-off");
    assert_eq!(answer.recv_timeout(PATIENCE), Ok(2));
    drop(release);
    house.status_when("Capture", |status| status.zombies == 0);
}

#[test]
fn a_restart_by_command_does_not_wait_for_the_back_off_of_a_hung_worker() {
    let (house, stuck) = stuck(1, ten_seconds());
    let house = house.start();
    stuck.tokens.recv_timeout(PATIENCE).unwrap();
    house.clock.advance(secs(11));
    hung(&house);
    assert_eq!(house.running.restart("Poller").unwrap().recv_timeout(PATIENCE), Ok(2));
    assert_eq!(house.restarted(), RestartReason::Command);
    drop(stuck);
}

#[test]
fn a_drop_that_hangs_is_replaced_after_the_crash_before_it_was_told() {
    struct SlowEnd(Receiver<()>, Sender<()>, bool);
    impl Worker for SlowEnd {
        fn cycle(&mut self, _: &Context) -> Result<Next, WorkerError> {
            if self.2 { Err(WorkerError::new("no rows")) } else { Ok(Next::OnWake) }
        }
    }
    impl Drop for SlowEnd {
        fn drop(&mut self) {
            self.1.send(()).ok();
            self.0.recv().ok();
        }
    }
    let (release, held) = crossbeam_channel::bounded::<()>(0);
    let (ending, ends) = crossbeam_channel::unbounded();
    let factory = move |ctx: &Context| -> Built {
        Ok(Box::new(SlowEnd(held.clone(), ending.clone(), ctx.generation().number() == 1)))
    };
    let house = House::new().with("Poller", ten_seconds(), factory).start();
    assert_eq!(house.failed().1, "no rows");
    ends.recv_timeout(PATIENCE).unwrap();
    house.clock.advance(secs(11));
    let retry_in = hung(&house).3.unwrap();
    assert!(retry_in >= secs(3), "the second failure in a row: {retry_in:?}");
    house.clock.advance(retry_in);
    house.restarted();
    drop(release);
    house.status_when("Poller", |status| status.zombies == 0);
}

#[test]
fn zombies_are_capped_and_the_next_hung_worker_is_failed_with_the_reason() {
    let mut house = House::new();
    house.supervisors = house.supervisors.max_zombies(1);
    let policy = Policy { first: secs(0), ..ten_seconds() };
    let (house, stuck) = stuck_in(house, 9, policy);
    let house = house.with("Grader", ten_seconds(), |_| play(|_| Ok(Next::OnWake))).start();
    stuck.tokens.recv_timeout(PATIENCE).unwrap();
    house.in_state("Grader", State::Waiting); // or it hangs, too: the clock moves while it is being built
    house.clock.advance(secs(11));
    hung(&house);
    assert_eq!(stuck.tokens.recv_timeout(PATIENCE).unwrap().number(), 2);
    assert!(!house.running.is_overrun());
    house.clock.advance(secs(11));
    assert_eq!(hung(&house).3, None);
    let reason = house.gave_up();
    assert!(reason.contains("more than 1 threads hang (supervisors.max_zombies)"), "{reason}");
    assert!(house.running.is_overrun());
    let status = house.status("Poller");
    assert_eq!((status.state, status.zombies), (State::Failed, 2));
    house.in_state("Grader", State::Waiting); // the library ends nothing
    let unanswered = Err(RecvTimeoutError::Disconnected);
    assert_eq!(house.running.restart("Poller").unwrap().recv_timeout(PATIENCE), unanswered);
    drop(stuck);
    house.status_when("Poller", |status| status.zombies == 0);
    assert_eq!(house.running.restart("Poller").unwrap().recv_timeout(PATIENCE), Ok(3), "they came back");
}

#[test]
fn a_worker_that_hangs_too_often_is_failed_until_somebody_restarts_it() {
    let limit = Some(Limit { failures: 1, within: secs(60) });
    let (house, stuck) = stuck(1, Policy { limit, ..ten_seconds() });
    let house = house.start();
    stuck.tokens.recv_timeout(PATIENCE).unwrap();
    house.clock.advance(secs(11));
    assert_eq!(hung(&house).3, None);
    assert!(house.gave_up().starts_with("1 failures within 60s, the last: hang: no progress"));
    assert_eq!(house.running.restart("Poller").unwrap().recv_timeout(PATIENCE), Ok(2));
    drop(stuck);
}

#[test]
fn shutdown_names_a_zombie_at_once_and_one_that_hangs_unseen_at_the_deadline() {
    let (house, stuck) = stuck(2, ten_seconds());
    let house = house.start();
    stuck.tokens.recv_timeout(PATIENCE).unwrap();
    house.clock.advance(secs(11));
    hung(&house);
    house.clock.advance(secs(3));
    let second = stuck.tokens.recv_timeout(PATIENCE).unwrap();
    let report = house.running.shutdown(Duration::from_millis(50));
    let named: Vec<&str> = report.not_stopped.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(named, ["Poller", "Poller"], "the one in the place, and the zombie before it");
    assert!(report.not_stopped.iter().all(|one| one.phase.as_deref() == Some("reading row 812")));
    assert!(report.took < secs(10), "{report}");
    assert!(second.is_revoked());
    drop(stuck);
}

#[test]
fn a_zombie_takes_nothing_from_the_deadline_of_a_shutdown() {
    let (house, stuck) = stuck(1, ten_seconds());
    let house = house.start();
    stuck.tokens.recv_timeout(PATIENCE).unwrap();
    house.clock.advance(secs(11));
    hung(&house);
    house.clock.advance(secs(3));
    house.in_state("Poller", State::Waiting);
    let report = house.running.shutdown(secs(60));
    assert!(!report.is_clean() && report.took < secs(5), "{report}");
    drop(stuck);
}

#[test]
fn a_zombie_that_panics_on_its_way_back_ends_without_a_word() {
    let (release, held) = crossbeam_channel::bounded::<()>(0);
    let factory = move |ctx: &Context| {
        let (held, first) = (held.clone(), ctx.generation().number() == 1);
        play(move |_| {
            if first {
                held.recv().ok();
                panic!("the sheet is gone");
            }
            Ok(Next::OnWake)
        })
    };
    let house = House::new().with("Poller", ten_seconds(), factory).start();
    house.in_state("Poller", State::Running);
    house.clock.advance(secs(11));
    house.clock.advance(hung(&house).3.unwrap());
    house.in_state("Poller", State::Waiting);
    drop(release);
    let status = house.status_when("Poller", |status| status.zombies == 0);
    assert_eq!(status.last_error.unwrap().kind, FailureKind::Hang);
    assert_eq!((status.generation, status.state), (2, State::Waiting));
}

#[test]
fn status_does_not_wait_for_a_worker_that_hangs() {
    let (house, stuck) = stuck(1, ten_seconds());
    let house = house.start();
    stuck.tokens.recv_timeout(PATIENCE).unwrap();
    let began = Instant::now();
    for _ in 0..1_000 {
        assert_eq!(house.running.status().len(), 1);
    }
    assert!(began.elapsed() < secs(5), "{:?}", began.elapsed());
    drop(stuck);
}

/// Nothing is armed while nobody watched is busy: the manual clock would know of it.
#[test]
fn a_house_at_rest_arms_no_timer() {
    let house = House::new().with("Poller", ten_seconds(), |_| play(|_| Ok(Next::OnWake))).start();
    house.in_state("Poller", State::Waiting);
    // The looks after the one cycle there was: one that sees that it was, and one that sees no other.
    for _ in 0..4 {
        a_moment();
        house.clock.advance(secs(10));
    }
    let deadline = Instant::now() + PATIENCE;
    while house.clock.next_deadline().is_some() {
        assert!(Instant::now() < deadline, "armed for {:?}", house.clock.next_deadline());
        house.clock.advance(secs(10));
        a_moment();
    }
}

/// A worker whose thread is refused after a hang is asked for again, like any other.
#[test]
fn a_refused_thread_after_a_hang_is_asked_for_again() {
    use super::thread::{Door, spawn_named};
    let starts = Mutex::new(0);
    let door: Door = Arc::new(move |name, stack_size, body| {
        let mut starts = starts.lock().unwrap();
        *starts += u32::from(name == "Poller");
        match *starts {
            2 if name == "Poller" => Err(std::io::ErrorKind::WouldBlock.into()),
            _ => spawn_named(name, stack_size, body),
        }
    });
    let House { clock, supervisors } = House::new();
    let (house, stuck) =
        stuck_in(House { clock, supervisors: supervisors.with_door(door) }, 1, ten_seconds());
    let house = house.start();
    stuck.tokens.recv_timeout(PATIENCE).unwrap();
    house.clock.advance(secs(11));
    house.clock.advance(hung(&house).3.unwrap());
    let retry_in = house.event(|event| match event.kind {
        EventKind::SpawnFailed { retry_in, .. } => Some(retry_in),
        _ => None,
    });
    house.clock.advance(retry_in);
    assert_eq!(stuck.tokens.recv_timeout(PATIENCE).unwrap().number(), 2);
    drop(stuck);
}

/// Regression: the keeper had agreed with the others to look in a quarter of their long deadlines, and nobody told it
/// of the one who could not wait for that.
#[test]
fn a_short_deadline_is_kept_beside_long_ones() {
    let busy = |_: &Context| play(|_| Ok(Next::After(secs(1))));
    let patient = Policy { deadline: Some(secs(400)), ..Policy::default() };
    let (house, stuck) = stuck_in(House::new().with("Grader", patient, busy), 2, ten_seconds());
    let house = house.start();
    for incarnation in 1..=2 {
        assert_eq!(stuck.tokens.recv_timeout(PATIENCE).unwrap().number(), incarnation);
        house.clock.advance(secs(11));
        house.clock.advance(hung(&house).3.unwrap());
        assert_eq!(house.restarted(), RestartReason::Failure);
    }
}

/// Regression: cycles longer than their interval were taken for a process that stood still, which gave everybody fresh
/// deadlines, so that nobody was ever found hanging.
#[test]
fn a_slow_worker_keeps_no_other_from_being_found_hanging() {
    let mut supervisors = Supervisors::new(Arc::new(SystemClock::new()));
    let (release, held) = crossbeam_channel::bounded::<()>(0);
    let (never, slow) = crossbeam_channel::bounded::<()>(0);
    let factory = move |_: &Context| {
        let slow = slow.clone();
        play(move |_| {
            slow.recv_timeout(Duration::from_millis(700)).ok();
            Ok(Next::After(Duration::from_millis(1)))
        })
    };
    supervisors.add("Slow", Policy::default(), factory).unwrap();
    let factory = move |_: &Context| {
        let held = held.clone();
        play(move |_| {
            held.recv().ok();
            Ok(Next::OnWake)
        })
    };
    supervisors.add("Stuck", Policy { deadline: Some(secs(1)), ..Policy::default() }, factory).unwrap();
    let events = supervisors.events();
    let running = supervisors.start().unwrap();
    let end = Instant::now() + PATIENCE;
    while !matches!(events.recv_deadline(end).expect("it is found hanging").kind, EventKind::Hung { .. }) {}
    drop((release, never));
    assert!(running.shutdown(PATIENCE).is_clean());
}
