//! When the next cycle comes.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn a_cadence_counts_from_the_start_of_the_cycle() {
    let (cycles, seen) = crossbeam_channel::unbounded();
    let house = House::new();
    let clock = house.clock.clone();
    let factory = move |_: &Context| {
        let (cycles, clock) = (cycles.clone(), clock.clone());
        play(move |ctx| {
            cycles.send(ctx.clock().mono().0).unwrap();
            clock.advance(secs(2)); // the cycle takes 2 s
            Ok(Next::After(secs(3)))
        })
    };
    let house = house.with("Poller", Policy::default(), factory).start();
    for begins in [0, 3, 6, 9] {
        assert_eq!(seen.recv_timeout(PATIENCE), Ok(secs(begins)));
        house.status_when("Poller", |status| status.cycles > begins / 3 && status.next_at.is_some());
        house.clock.advance(secs(1));
    }
}

#[test]
fn a_wall_clock_instant_comes_within_a_second_of_a_clock_step() {
    let open = "2025-11-28T20:00:00Z".parse().unwrap();
    let (factory, seen) = counted(Next::At(open));
    let house = House::new().with("Capture", Policy::default(), factory).start();
    next_cycle(&seen);
    assert_eq!(house.in_state("Capture", State::Waiting).next_at, Some(open));
    house.clock.step_wall_clock(open); // the end of a suspend: 5.5 h at once, no time on the monotonic clock
    house.clock.advance(secs(1));
    assert_eq!(next_cycle(&seen), 2);
}

#[test]
fn a_clock_set_back_does_not_bring_an_instant_early_and_lets_no_worker_sleep_for_as_long() {
    let open: jiff::Timestamp = "2025-11-28T14:30:02Z".parse().unwrap();
    let (factory, seen) = counted(Next::At(open));
    let house = House::new().with("Capture", Policy::default(), factory).start();
    next_cycle(&seen);
    house.in_state("Capture", State::Waiting);
    house.clock.step_wall_clock("2025-11-28T14:00:00Z".parse().unwrap());
    house.clock.advance(secs(2));
    for _ in 0..20 {
        a_moment();
    }
    assert!(seen.is_empty());
    for _ in 0..1000 {
        if !seen.is_empty() {
            break;
        }
        house.clock.advance(secs(1));
        a_moment();
    }
    assert_eq!(next_cycle(&seen), 2);
}

/// Counts the timers that are set: each is a wake-up to come.
struct Counted(ManualClock, Arc<AtomicUsize>);

impl Clock for Counted {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    fn mono(&self) -> Mono {
        self.0.mono()
    }

    fn timer(&self, deadline: Mono) -> Receiver<Instant> {
        let timer = self.0.timer(deadline);
        self.1.fetch_add(1, Ordering::SeqCst);
        timer
    }
}

/// The timers that supervisors who wait as `nexts` say, and their keeper, set in six seconds; at least so many each.
fn timers_in_six_seconds(nexts: &[Next], each: usize) -> usize {
    timers_in_six_seconds_of(&Policy::default(), nexts, each)
}

fn timers_in_six_seconds_of(policy: &Policy, nexts: &[Next], each: usize) -> usize {
    let (manual, timers) = (House::new().clock, Arc::new(AtomicUsize::new(0)));
    let clock = Counted(manual.clone(), Arc::clone(&timers));
    let mut supervisors = Supervisors::new(Arc::new(clock));
    let cycles: Vec<_> = nexts
        .iter()
        .enumerate()
        .map(|(number, next)| {
            let (factory, seen) = counted(*next);
            supervisors.add(&number.to_string(), policy.clone(), factory).unwrap();
            seen
        })
        .collect();
    let running = supervisors.start().unwrap();
    cycles.iter().for_each(|seen| assert_eq!(next_cycle(seen), 1));
    let is_at_rest = || running.status().iter().all(|one| one.state == State::Waiting);
    let deadline = Instant::now() + PATIENCE;
    while !is_at_rest() {
        assert!(Instant::now() < deadline, "somebody does not come to rest");
        a_moment();
    }
    let settled = || {
        let mut before = usize::MAX;
        while std::mem::replace(&mut before, timers.load(Ordering::SeqCst)) != before {
            (0..200).for_each(|_| a_moment());
        }
        before
    };
    let begun = settled();
    let deadline = Instant::now() + PATIENCE;
    for second in 1..=6 {
        manual.advance(secs(1));
        while timers.load(Ordering::SeqCst) < begun + second * each {
            assert!(Instant::now() < deadline, "a look is missing in second {second}");
            a_moment();
        }
    }
    settled() - begun
}

#[test]
fn one_look_a_second_serves_all_who_wait_for_the_wall_clock() {
    let open = Next::At("2025-11-28T20:00:00Z".parse().unwrap());
    assert_eq!(timers_in_six_seconds(&[open, open, open, open], 1), 6);
}

#[test]
fn who_wakes_anyway_looks_at_the_wall_clock_for_the_keeper() {
    let open = Next::At("2025-11-28T20:00:00Z".parse().unwrap());
    // Of three looks the poller's own wake-up is one.
    assert_eq!(timers_in_six_seconds(&[open, Next::After(secs(3))], 1), 2 + 4);
}

/// Regression: the look whether a worker hangs came between two looks at the wall clock, a wake-up of its own.
#[test]
fn the_look_for_hangs_is_one_with_that_at_the_wall_clock() {
    let open = Next::At("2025-11-28T20:00:00Z".parse().unwrap());
    let watched = Policy { deadline: Some(secs(10)), ..Policy::default() };
    assert_eq!(timers_in_six_seconds_of(&watched, &[open, Next::After(secs(3))], 1), 2 + 4);
}

#[test]
fn nobody_looks_at_the_wall_clock_where_nobody_waits_for_it() {
    assert_eq!(timers_in_six_seconds(&[Next::OnWake, Next::After(secs(60))], 0), 0);
}

#[test]
fn a_wake_up_during_a_cycle_is_not_lost() {
    let (cycles, seen) = crossbeam_channel::unbounded();
    let factory = move |_: &Context| {
        let (cycles, mut n) = (cycles.clone(), 0);
        play(move |ctx| {
            n += 1;
            cycles.send(n).unwrap();
            if n == 1 {
                ctx.waker().wake();
            }
            Ok(Next::OnWake)
        })
    };
    let _house = House::new().with("Grader", Policy::default(), factory).start();
    assert_eq!(next_cycle(&seen), 1);
    assert_eq!(next_cycle(&seen), 2);
}

#[test]
fn many_wake_ups_are_one_cycle() {
    let (factory, seen) = counted(Next::OnWake);
    let mut house = House::new();
    let waker = house.supervisors.add("Grader", Policy::default(), factory).unwrap();
    for _ in 0..1_000 {
        waker.wake();
    }
    let house = house.start();
    next_cycle(&seen);
    house.in_state("Grader", State::Waiting);
    for _ in 0..20 {
        a_moment();
    }
    assert!(seen.is_empty(), "the first cycle answers every wake-up before it");
    waker.wake();
    assert_eq!(next_cycle(&seen), 2);
}

#[test]
fn wake_ups_do_not_cut_a_back_off_short() {
    let mut house = House::new();
    let factory = |_: &Context| play(|_| Err(WorkerError::new("no book")));
    let waker = house.supervisors.add("Grader", Policy::default(), factory).unwrap();
    let house = house.start();
    house.failed();
    for _ in 0..20 {
        waker.wake();
        a_moment();
    }
    assert_eq!(house.status("Grader").generation, 1);
}

#[test]
fn running_and_waiting_count_as_one_time() {
    let (factory, seen) = counted(Next::After(secs(3)));
    let house = House::new().with("Poller", Policy::default(), factory).start();
    next_cycle(&seen);
    let since = house.in_state("Poller", State::Waiting).since;
    house.clock.advance(secs(3));
    next_cycle(&seen);
    let status = house.status_when("Poller", |status| status.cycles == 2);
    assert_eq!((status.since, status.last_ok_at), (since, Some(house.clock.now())));
}

#[test]
fn the_status_serialises_under_the_names_that_scripts_rely_on() {
    let factory = |_: &Context| {
        play(|ctx| {
            ctx.detail(serde_json::json!({ "pending": 11 }));
            Ok(Next::After(secs(3)))
        })
    };
    let mut house = House::new().with("Grader", Policy::default(), factory);
    house.supervisors.add_disabled("Poller", "no workbook configured").unwrap();
    let house = house.start();
    let status = house.in_state("Grader", State::Waiting);
    let at = "2025-11-28T14:30:00Z";
    assert_eq!(
        serde_json::to_value(status).unwrap(),
        serde_json::json!({
            "name": "Grader", "state": "waiting", "since": at, "generation": 1, "cycles": 1, "restarts": 0,
            "last_cycle_ms": 0, "last_ok_at": at, "next_at": "2025-11-28T14:30:03Z", "last_error": null,
            "phase": null, "zombies": 0, "refused_writes": 0, "detail": { "pending": 11 },
        })
    );
    let disabled = serde_json::to_value(house.status("Poller")).unwrap();
    assert_eq!(disabled["state"], "disabled");
    assert_eq!(disabled["detail"]["reason"], "no workbook configured");
}
