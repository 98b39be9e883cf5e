//! The one wait of a supervisor: for the order to stop, a command, a wake-up or a deadline.

use super::cell::{Cell, Restart};
use super::context::Surroundings;
use super::{Clock, Mono};
use jiff::Timestamp;
use std::time::Duration;

/// How stale the wall clock may get in a wait for one of its instants: monotonic timers know nothing of suspend and
/// of clock steps.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a wait is for, besides being told.
#[derive(Clone, Copy)]
pub(super) enum Until {
    Mono(Mono),
    Wall(Timestamp),
    Told,
}

/// How a wait ended.
pub(super) enum Waited {
    Stop,
    Restart(Restart),
    Woken,
    Due,
}

impl Until {
    /// When that is on the wall clock, as far as can be told now.
    pub(super) fn at(self, mono: Mono, now: Timestamp) -> Option<Timestamp> {
        match self {
            Until::Mono(deadline) => now.checked_add(deadline.since(mono)).ok(),
            Until::Wall(instant) => Some(instant),
            Until::Told => None,
        }
    }

    /// How far to wait before looking again; `None` without an end. Past for what is due.
    fn step(self, clock: &dyn Clock) -> Option<Mono> {
        match self {
            Until::Mono(deadline) => Some(deadline),
            Until::Wall(instant) => Some(clock.mono().plus(remaining(instant, clock.now()).min(LOOK_AGAIN))),
            Until::Told => None,
        }
    }

    /// When a wait for an instant is over at the latest: a clock that is set back meanwhile would make it longer by as
    /// much, and with it every other instant that the worker would have found if it had been asked.
    fn latest(self, clock: &dyn Clock) -> Option<Mono> {
        let Until::Wall(instant) = self else { return None };
        Some(clock.mono().plus(remaining(instant, clock.now())).plus(LOOK_AGAIN))
    }

    fn is_due(self, clock: &dyn Clock) -> bool {
        match self {
            Until::Mono(_) => true, // its timer fired
            Until::Wall(instant) => clock.now() >= instant,
            Until::Told => false,
        }
    }
}

/// Zero when it is past.
fn remaining(instant: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(instant.duration_since(now)).unwrap_or_default()
}

/// Waits as the supervisor `cell`; with `wakes` for wake-ups too. Of several that are ready, the first of stop,
/// command, wake-up, deadline wins.
pub(super) fn wait(cell: &Cell, until: Until, wakes: bool) -> Waited {
    let Surroundings { clock, stop, .. } = &cell.surroundings;
    let never = crossbeam_channel::never();
    let wakes = if wakes { &cell.wakes } else { &never };
    let latest = until.latest(clock.as_ref());
    let is_over = || until.is_due(clock.as_ref()) || latest.is_some_and(|latest| clock.mono() >= latest);
    loop {
        let timer = until.step(clock.as_ref()).map_or_else(crossbeam_channel::never, |at| clock.timer(at));
        if stop.is_set() {
            return Waited::Stop;
        }
        crossbeam_channel::select_biased! {
            recv(stop.disconnect()) -> _ => return Waited::Stop,
            recv(cell.restarts.1) -> asker => return asker.map_or(Waited::Stop, Waited::Restart),
            recv(wakes) -> _ => return Waited::Woken,
            recv(timer) -> _ => if is_over() { return Waited::Due },
        }
    }
}
