//! When saves were further apart than quotes stay fresh, for whoever keeps a record of it.

use jiff::Timestamp;
use parking_lot::Mutex;
use std::collections::VecDeque;

/// How many are kept for a reader that does not come.
const KEPT: usize = 64;

/// A time without a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// The last save before it.
    pub from: Timestamp,
    /// When the next one was seen.
    pub to: Timestamp,
}

/// The pauses that nobody has taken yet.
#[derive(Debug, Default)]
pub(super) struct Pauses(Mutex<VecDeque<Pause>>);

impl Pauses {
    pub(super) fn add(&self, pause: Pause) {
        let mut pauses = self.0.lock();
        if pauses.len() == KEPT {
            pauses.pop_front();
        }
        pauses.push_back(pause);
    }

    pub(super) fn take(&self) -> Vec<Pause> {
        self.0.lock().drain(..).collect()
    }
}
