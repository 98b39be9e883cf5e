//! The one wait of a supervisor: for the order to stop, a command, a wake-up or a deadline.

use super::cell::{Cell, Restart};
use super::context::Surroundings;
use super::vigil::Waiting;
use super::{Clock, Mono};
use crate::sync;
use jiff::Timestamp;
use std::time::Duration;

/// How much longer than it looked at first a wait for an instant may take.
const GRACE: Duration = Duration::from_secs(1);

/// What a wait is for, besides being told.
#[derive(Clone, Copy)]
pub(super) enum Until {
    Mono(Mono),
    /// An instant of the wall clock, and when the wait for it is over at the latest.
    Wall(Timestamp, Mono),
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
            Until::Wall(instant, _) => Some(instant),
            Until::Told => None,
        }
    }

    /// How far to wait as the clocks stand now; `None` without an end. Past for what is due.
    fn end(self, clock: &dyn Clock) -> Option<Mono> {
        match self {
            Until::Mono(deadline) => Some(deadline),
            Until::Wall(instant, _) => Some(clock.mono().plus(remaining(instant, clock.now()))),
            Until::Told => None,
        }
    }

    /// For an instant that a cycle asked for which began at these two: it is over at the latest when it would have been by
    /// the clock of then. A clock that is set back, in the cycle or after it, would make the wait longer by as much.
    pub(super) fn instant(instant: Timestamp, began: Mono, now: Timestamp) -> Until {
        Until::Wall(instant, began.plus(remaining(instant, now)).plus(GRACE))
    }

    fn latest(self) -> Option<Mono> {
        let Until::Wall(_, latest) = self else { return None };
        Some(latest)
    }

    fn is_due(self, clock: &dyn Clock) -> bool {
        match self {
            Until::Mono(_) => true, // its timer fired
            Until::Wall(instant, _) => clock.now() >= instant,
            Until::Told => false,
        }
    }
}

/// Zero when it is past.
fn remaining(instant: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(instant.duration_since(now)).unwrap_or_default()
}

/// Waits as the supervisor `cell`; with `wakes` for wake-ups too. Of several that are ready, the first of stop,
/// command, wake-up, deadline wins. An instant of the wall clock is aimed at anew when that clock moves.
pub(super) fn wait(cell: &Cell, until: Until, wakes: bool) -> Waited {
    let Surroundings { clock, stop, .. } = &cell.surroundings;
    let never = sync::never();
    let wakes = if wakes { &cell.wakes } else { &never };
    let latest = until.latest();
    let waiting = matches!(until, Until::Wall(..)).then(|| cell.vigil.begin());
    let moved = waiting.as_ref().map_or(&never, Waiting::moved);
    loop {
        let due = until.end(clock.as_ref()).map(|end| latest.map_or(end, |latest| end.min(latest)));
        // A cycle that took longer than its interval is late by itself: nobody stood still for that.
        let armed = clock.mono();
        let timer = due.map_or_else(sync::never, |at| clock.timer(at));
        if stop.is_set() {
            return Waited::Stop;
        }
        // Whoever is woken for something else when its timer is due as well tells how late that is, too: after a
        // standstill everything comes at once.
        let beat = || {
            if let Some(due) = due.filter(|due| *due <= clock.mono()) {
                cell.beat(due.max(armed));
            }
        };
        sync::select_biased! {
            recv(stop.disconnect()) -> _ => return Waited::Stop,
            recv(cell.restarts.1) -> asker => return asker.map_or(Waited::Stop, Waited::Restart),
            recv(wakes) -> _ => {
                beat();
                return Waited::Woken;
            },
            recv(moved) -> _ => beat(),
            recv(timer) -> _ => {
                cell.vigil.glance();
                beat();
                if until.is_due(clock.as_ref()) || latest.is_some_and(|latest| clock.mono() >= latest) {
                    return Waited::Due;
                }
            },
        }
    }
}
