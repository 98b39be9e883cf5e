//! Outages from their first sign to their end.

use super::{GUEST, House, at, secs, until};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use thor_stack::StackHandle;
use thor_stack::ledger::{Alive, CrashKind, Gap, GapReason, Standing};
use thor_stack::supervise::{Clock, Generation, Next, Policy, WorkerError};
use thor_stack::value::{Quote, Symbol};

/// YM at that price is saved.
fn save(house: &House, stack: &StackHandle, last: &str) {
    let ym = Quote { last: last.parse().ok(), ..Quote::absent(Symbol::new("YM").unwrap()) };
    house.save(stack, vec![Arc::new(ym)]);
}

/// What is told of a gap: who, why, from when to when (minutes and seconds), cycles lost.
fn told(gap: &Gap) -> (Option<&str>, GapReason, String, Option<u64>) {
    let time = |at: jiff::Timestamp| at.strftime("%M:%S").to_string();
    let end = gap.ended_at.map_or_else(|| "…".into(), time);
    (gap.supervisor.as_deref(), gap.reason, format!("{}-{end}", time(gap.started_at)), gap.cycles_lost)
}

#[test]
fn a_worker_is_down_from_its_first_failure_to_its_next_success() {
    let house = House::new();
    let fails = Arc::new(AtomicBool::new(true));
    let failing = Arc::clone(&fails);
    let _stack = house.with_guest(move |_| {
        if failing.load(Ordering::Relaxed) { Err(WorkerError::new("no rows")) } else { Ok(Next::OnWake) }
    });
    until("the gap is open", || house.gaps().len() == 1);
    assert_eq!(told(&house.gaps()[0]), (Some(GUEST), GapReason::Error, "00:00-…".into(), None));
    house.clock.advance(secs(3));
    until("it failed again", || house.crashes().first().is_some_and(|it| it.crash.count == 2));
    fails.store(false, Ordering::Relaxed);
    house.clock.advance(secs(9));
    until("the gap is over", || house.gaps()[0].ended_at.is_some());
    assert_eq!(told(&house.gaps()[0]), (Some(GUEST), GapReason::Error, "00:00-00:12".into(), Some(4)));
    assert_eq!(house.gaps()[0].detail.as_deref(), Some("no rows"));
    assert_eq!(house.gaps().len(), 1, "the back-off is part of it");
}

#[test]
fn a_hang_is_recorded_once_and_its_gap_lasts_until_another_thread_has_succeeded() {
    let house = House::new();
    let (release, held) = crossbeam_channel::bounded::<()>(0);
    let policy = Policy { deadline: Some(secs(10)), ..Policy::default() };
    let stack = house.with_guest_of(&policy, move |ctx| {
        ctx.phase("waiting for Excel");
        if ctx.generation().number() == 1 {
            held.recv().ok();
        }
        Ok(Next::OnWake)
    });
    until("it hangs", || {
        let guest = stack.supervisors().into_iter().find(|it| it.name == GUEST).unwrap();
        guest.phase.as_deref() == Some("waiting for Excel")
    });
    until("the verdict", || {
        house.clock.advance(secs(1));
        !house.crashes().is_empty()
    });
    let crash = house.crashes().remove(0).crash;
    assert_eq!((crash.kind, crash.generation, crash.count), (CrashKind::Hang, 1, 1));
    assert!(crash.message.starts_with("no progress for"), "{crash:?}");
    assert_eq!(crash.phase.as_deref(), Some("waiting for Excel"));
    assert!(crash.stack.is_some(), "where its thread is, as far as the system tells");
    until("the replacement works", || {
        house.clock.advance(secs(1));
        house.gaps().first().is_some_and(|gap| gap.ended_at.is_some())
    });
    let gaps = house.gaps();
    assert_eq!((gaps.len(), gaps[0].reason), (1, GapReason::Hang));
    // The clock may move on between the verdict and its time.
    let began = at("2025-11-28T15:00:00Z");
    assert!(began <= gaps[0].started_at && gaps[0].started_at < began + secs(60), "{gaps:?}");
    drop(release);
    assert!(stack.shutdown(secs(5)).is_clean());
}

#[test]
fn a_gap_that_is_open_at_a_stop_ends_with_it() {
    let house = House::new();
    let stack = house.with_guest(|_| Err(WorkerError::new("no rows")));
    until("the gap is open", || house.gaps().len() == 1);
    assert!(stack.shutdown(secs(5)).is_clean());
    assert_eq!(told(&house.gaps()[0]), (Some(GUEST), GapReason::Error, "00:00-00:00".into(), Some(1)));
    assert!(house.ledger.alive().unwrap().unwrap().stopped);
}

#[test]
fn saves_that_are_far_apart_are_a_gap_from_the_last_to_the_next() {
    let house = House::new();
    let stack = house.stack();
    save(&house, &stack, "47476");
    house.a_minute();
    assert_eq!(house.gaps(), [], "a save a minute old is fresh");
    house.a_minute();
    let who = Some("ExcelPollerSupervisor");
    assert_eq!(told(&house.gaps()[0]), (who, GapReason::WorkbookStale, "00:00-…".into(), None));
    house.clock.advance(secs(6));
    save(&house, &stack, "47477");
    house.a_minute();
    assert_eq!(told(&house.gaps()[0]), (who, GapReason::WorkbookStale, "00:00-02:06".into(), Some(42)));
    assert_eq!(house.gaps().len(), 1);
}

/// Regression: no pause of the saves ended it, and every row captured until the stop was told of it.
#[test]
fn a_workbook_that_was_stale_by_a_wrong_clock_alone_is_not_for_ever() {
    let house = House::new();
    let stack = house.stack();
    save(&house, &stack, "47476");
    house.clock.step_wall_clock(at("2025-11-29T15:00:00Z"));
    house.a_minute();
    assert_eq!(house.gaps().last().unwrap().ended_at, None);
    house.clock.step_wall_clock(at("2025-11-28T14:59:10Z"));
    house.a_minute();
    assert_eq!(house.gaps().last().unwrap().ended_at, None, "no save has ended it");
    save(&house, &stack, "47477");
    house.a_minute();
    let who = Some("ExcelPollerSupervisor");
    assert_eq!(
        told(house.gaps().last().unwrap()),
        (who, GapReason::WorkbookStale, "00:00-00:10".into(), Some(3))
    );
}

/// The saves stop and come back between two looks: the board has noted both ends.
#[test]
fn a_short_pause_between_two_looks_is_known_to_the_second() {
    let mut house = House::new();
    house.config.workbook.stale_after = secs(10);
    let stack = house.stack();
    save(&house, &stack, "1");
    house.clock.advance(secs(21));
    save(&house, &stack, "2");
    house.clock.advance(secs(5));
    save(&house, &stack, "3");
    house.a_minute();
    let gaps: Vec<_> = house.gaps().iter().map(|gap| told(gap).2).collect();
    assert_eq!(gaps, ["00:26-…", "00:00-00:21"]);
}

#[test]
fn a_machine_that_slept_is_a_gap_and_a_clock_that_was_set_is_none() {
    let house = House::new();
    let _stack = house.stack();
    house.a_minute();
    house.clock.step_wall_clock(at("2025-11-28T16:00:00Z"));
    house.a_minute();
    assert_eq!(house.gaps(), []);
    house.clock.suspend(secs(1_800));
    house.a_minute();
    let gaps = house.gaps();
    assert_eq!(told(&gaps[0]), (None, GapReason::Suspend, "01:00-32:00".into(), Some(620)));
    assert_eq!(gaps[0].detail.as_deref(), Some("the machine slept for 1800s"));
    house.clock.stand_still(secs(90));
    // Each timer that was due in it tells of it, and they wake in any order: the later ones tell what is missing.
    let stopped = || {
        let gaps = house.gaps().into_iter();
        gaps.filter(|gap| gap.detail.as_ref().is_some_and(|why| why.starts_with("the process was stopped")))
    };
    let end = at("2025-11-28T16:33:30Z");
    until("a standstill is told", || stopped().any(|gap| gap.ended_at == Some(end)));
    assert!(stopped().all(|gap| gap.started_at < end && gap.ended_at <= Some(end)));
}

#[test]
fn what_a_dead_process_left_open_ends_with_its_last_sign_of_life_and_the_rest_is_process_down() {
    let house = House::new();
    let first = Generation::new(1);
    let open = Gap {
        supervisor: Some("ExcelPollerSupervisor".into()),
        reason: GapReason::Panic,
        started_at: at("2025-11-28T14:20:00Z"),
        ended_at: None,
        cycles_lost: None,
        detail: Some("boom".into()),
    };
    house.ledger.record_gaps(&first, &[open]).unwrap();
    house.ledger.mark_alive(&first, &Alive { at: at("2025-11-28T14:21:00Z"), stopped: false }, &[]).unwrap();
    let stack = house.stack();
    until("it was taken over", || house.gaps().len() == 2);
    let gaps = house.gaps();
    assert_eq!(
        told(&gaps[1]),
        (Some("ExcelPollerSupervisor"), GapReason::Panic, "20:00-21:00".into(), Some(20))
    );
    assert_eq!(told(&gaps[0]), (None, GapReason::ProcessDown, "21:00-00:00".into(), Some(780)));
    assert!(gaps[0].detail.as_ref().unwrap().starts_with("it died"), "{gaps:?}");
    assert!(stack.shutdown(secs(5)).is_clean());
    house.clock.advance(secs(1));
    let stack = house.stack();
    until("the next start", || house.ledger.alive().unwrap().is_some_and(|alive| !alive.stopped));
    assert!(stack.shutdown(secs(5)).is_clean());
    assert_eq!(house.gaps().len(), 2, "a restart within one cycle costs none");
}

/// A ledger that never saw a sign of life has no past.
#[test]
fn the_first_start_of_all_is_no_gap() {
    let house = House::new();
    let _stack = house.stack();
    house.a_minute();
    assert_eq!(house.gaps(), []);
}

#[test]
fn a_frozen_feed_is_known_as_one_after_a_restart() {
    let house = House::new();
    let stack = house.stack();
    until("the ledger is at hand", || house.ledger.alive().unwrap().is_some());
    save(&house, &stack, "47476");
    assert!(stack.shutdown(secs(5)).is_clean());
    house.clock.advance(secs(600));
    let since = |stack: &StackHandle| stack.board().snapshot().quotes()[0].unchanged_since;
    let stack = house.stack();
    save(&house, &stack, "47476");
    until("it is remembered", || since(&stack) == at("2025-11-28T15:00:00Z"));
    save(&house, &stack, "47477");
    assert_eq!(since(&stack), at("2025-11-28T15:10:00Z"));
    assert!(stack.shutdown(secs(5)).is_clean());
    let [Standing { symbol, since: stored, .. }] = &house.ledger.standing().unwrap()[..] else { panic!() };
    assert_eq!((symbol.as_str(), *stored), ("YM", at("2025-11-28T15:10:00Z")));
    let stack = house.stack();
    house.a_minute();
    save(&house, &stack, "47478");
    assert_eq!(since(&stack), house.clock.now(), "what says something else has moved");
}

/// Regression: of two absences after the same sign of life only the first had its gap.
#[test]
fn a_process_that_died_before_it_left_a_sign_of_life_was_there_when_the_absence_before_it_ended() {
    let house = House::new();
    let first = Generation::new(1);
    let alive = Alive { at: at("2025-11-28T14:20:00Z"), stopped: false };
    house.ledger.mark_alive(&first, &alive, &[]).unwrap();
    let down = Gap {
        supervisor: None,
        reason: GapReason::ProcessDown,
        started_at: alive.at,
        ended_at: Some(at("2025-11-28T14:50:00Z")),
        cycles_lost: None,
        detail: None,
    };
    house.ledger.record_gaps(&first, &[down]).unwrap();
    let _stack = house.stack();
    until("both are told", || house.gaps().len() == 2);
    assert_eq!(told(&house.gaps()[0]), (None, GapReason::ProcessDown, "50:00-00:00".into(), Some(200)));
}
