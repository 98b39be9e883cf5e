//! How long a snapshot stays as it is without a write: until its next quote turns stale.

use super::BoardSnapshot;
use jiff::Timestamp;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// After when and through when no quote of one snapshot turns stale, or back where the clock is set back.
pub(super) struct Steady {
    of: Weak<BoardSnapshot>,
    after: Timestamp,
    through: Timestamp,
}

impl Default for Steady {
    fn default() -> Steady {
        Steady { of: Weak::new(), after: Timestamp::MAX, through: Timestamp::MIN }
    }
}

impl Steady {
    /// For a `snapshot` whose quotes are marked as of `now`.
    pub(super) fn of(snapshot: &Arc<BoardSnapshot>, stale_after: Duration, now: Timestamp) -> Steady {
        let mut steady =
            Steady { of: Arc::downgrade(snapshot), after: Timestamp::MIN, through: Timestamp::MAX };
        // What its publisher marked stale stays so at any time.
        for known in snapshot.quotes.iter().filter(|known| known.foreign != Some(true)) {
            let Some(loaded) = known.last_loaded.or(snapshot.saved_at) else { continue };
            let turns = loaded.checked_add(stale_after).unwrap_or(Timestamp::MAX);
            if turns < now {
                steady.after = steady.after.max(turns);
            } else {
                steady.through = steady.through.min(turns);
            }
        }
        steady
    }

    /// Whether `snapshot` is marked as it should be at `now`.
    pub(super) fn holds(&self, snapshot: &Arc<BoardSnapshot>, now: Timestamp) -> bool {
        std::ptr::eq(self.of.as_ptr(), Arc::as_ptr(snapshot)) && self.after < now && now <= self.through
    }
}
