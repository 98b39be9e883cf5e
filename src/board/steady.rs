//! How long a snapshot stays as it is without a write: until its next quote turns stale.

use super::BoardSnapshot;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// From when through when no quote of one snapshot turns stale, or back; earlier than now where the clock is set back.
pub(super) struct Steady {
    of: Weak<BoardSnapshot>,
    from: Timestamp,
    through: Timestamp,
}

/// The step of a time stamp.
const TICK: SignedDuration = SignedDuration::from_nanos(1);

impl Default for Steady {
    fn default() -> Steady {
        Steady { of: Weak::new(), from: Timestamp::MAX, through: Timestamp::MIN }
    }
}

impl Steady {
    /// For a `snapshot` whose quotes are marked as of `now`.
    pub(super) fn of(snapshot: &Arc<BoardSnapshot>, stale_after: Duration, now: Timestamp) -> Steady {
        let mut steady =
            Steady { of: Arc::downgrade(snapshot), from: Timestamp::MIN, through: Timestamp::MAX };
        let stale_after = SignedDuration::try_from(stale_after).unwrap_or(SignedDuration::MAX);
        // What its publisher marked stale stays so at any time.
        for known in snapshot.quotes.iter().filter(|known| known.foreign != Some(true)) {
            let Some(loaded) = known.last_loaded.or(snapshot.saved_at) else { continue };
            // Fresh from the one through the other; see `rules::age`.
            let first = loaded.checked_sub(stale_after).unwrap_or(Timestamp::MIN);
            let last = loaded.checked_add(stale_after).unwrap_or(Timestamp::MAX);
            let (from, through) = if now < first {
                (Timestamp::MIN, first - TICK)
            } else if now <= last {
                (first, last)
            } else {
                (last + TICK, Timestamp::MAX)
            };
            (steady.from, steady.through) = (steady.from.max(from), steady.through.min(through));
        }
        steady
    }

    /// Whether `snapshot` is marked as it should be at `now`.
    pub(super) fn holds(&self, snapshot: &Arc<BoardSnapshot>, now: Timestamp) -> bool {
        std::ptr::eq(self.of.as_ptr(), Arc::as_ptr(snapshot)) && self.from <= now && now <= self.through
    }
}
