//! The clock of a driver: it stands still but for the driver, and for a worker that pauses.

use crate::supervise::{Clock, ManualClock, Mono};
use crossbeam_channel::Receiver;
use jiff::Timestamp;
use std::time::{Duration, Instant};

/// A manual clock whose timers come at once, by moving it: the only thread there is would wait for itself otherwise.
#[derive(Clone)]
pub(super) struct DrivenClock(ManualClock);

impl DrivenClock {
    pub(super) fn starting_at(now: Timestamp) -> DrivenClock {
        DrivenClock(ManualClock::starting_at(now))
    }

    /// Moves on to `instant`; stays where it is when that is past.
    pub(super) fn advance_to(&self, instant: Timestamp) {
        let ahead = Duration::try_from(instant.duration_since(self.0.now())).unwrap_or_default();
        self.0.advance(ahead);
    }
}

impl Clock for DrivenClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn mono(&self) -> Mono {
        self.0.mono()
    }

    fn timer(&self, deadline: Mono) -> Receiver<Instant> {
        self.0.advance(deadline.since(self.0.mono()));
        self.0.timer(deadline)
    }
}
