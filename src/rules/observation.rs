//! A quote with the times that say how far it can be trusted.

use crate::value::Quote;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// What one save said about one symbol, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The row.
    pub quote: Arc<Quote>,
    /// The last verified save in which the row was loaded, changed or not.
    pub saved_at: Timestamp,
    /// When the stack saw that save.
    pub seen_at: Timestamp,
    /// The save since which no field of the row has changed.
    pub unchanged_since: Timestamp,
}

impl Observation {
    /// The age at `now`: the time since the save (domain.md section 4).
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        age(self.saved_at, now)
    }

    /// For how long no field of the row has changed.
    #[must_use]
    pub fn unchanged_for(&self, now: Timestamp) -> Duration {
        age(self.unchanged_since, now)
    }
}

/// The time from `from` to `to`; zero when `to` is earlier, as after a step of the wall clock.
#[must_use]
pub fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    let elapsed = to.duration_since(from);
    if elapsed < SignedDuration::ZERO { Duration::ZERO } else { elapsed.unsigned_abs() }
}

/// How old at `now` is what was saved at `saved_at`. No save is later than the moment at which it is seen: where it is later
/// than `now`, the wall clock was set back meanwhile, and it counts as old as that is much. With an age of zero, a feed that
/// has stopped would be fresh until the clock is where it was before.
#[must_use]
pub fn age(saved_at: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(saved_at).unsigned_abs()
}
