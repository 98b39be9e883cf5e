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

    /// How far to wait as the clocks stand now; `None` without an end. Past for what is due.
    fn end(self, clock: &dyn Clock) -> Option<Mono> {
        match self {
            Until::Mono(deadline) => Some(deadline),
            Until::Wall(instant) => Some(clock.mono().plus(remaining(instant, clock.now()))),
            Until::Told => None,
        }
    }

    /// When a wait for an instant is over at the latest: a clock that is set back meanwhile would make it longer by as
    /// much, and with it every other instant that the worker would have found if it had been asked.
    fn latest(self, clock: &dyn Clock) -> Option<Mono> {
        let Until::Wall(instant) = self else { return None };
        Some(clock.mono().plus(remaining(instant, clock.now())).plus(GRACE))
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
/// command, wake-up, deadline wins. An instant of the wall clock is aimed at anew when that clock moves.
pub(super) fn wait(cell: &Cell, until: Until, wakes: bool) -> Waited {
    let Surroundings { clock, stop, .. } = &cell.surroundings;
    let never = sync::never();
    let wakes = if wakes { &cell.wakes } else { &never };
    let latest = until.latest(clock.as_ref());
    let waiting = matches!(until, Until::Wall(_)).then(|| cell.vigil.begin());
    let moved = waiting.as_ref().map_or(&never, Waiting::moved);
    loop {
        let due = until.end(clock.as_ref()).map(|end| latest.map_or(end, |latest| end.min(latest)));
        let timer = due.map_or_else(sync::never, |at| clock.timer(at));
        if stop.is_set() {
            return Waited::Stop;
        }
        sync::select_biased! {
            recv(stop.disconnect()) -> _ => return Waited::Stop,
            recv(cell.restarts.1) -> asker => return asker.map_or(Waited::Stop, Waited::Restart),
            recv(wakes) -> _ => return Waited::Woken,
            recv(moved) -> _ => {},
            recv(timer) -> _ => {
                cell.vigil.glance();
                if let Some(due) = due {
                    cell.beat(due);
                }
                if until.is_due(clock.as_ref()) || latest.is_some_and(|latest| clock.mono() >= latest) {
                    return Waited::Due;
                }
            },
        }
    }
}
