//! The supervisors of a house as one of their own workers sees them.

use super::SupervisorStatus;
use super::entry::{self, Entry};
use std::sync::{Arc, OnceLock, Weak};

/// Tells the status of every supervisor once they run. Holds none of them: a worker that holds it is theirs.
#[derive(Clone, Default)]
pub(crate) struct Roster(Arc<OnceLock<Weak<[Entry]>>>);

impl Roster {
    pub(super) fn fill(&self, entries: &Arc<[Entry]>) {
        self.0.set(Arc::downgrade(entries)).ok(); // a house starts once
    }

    /// The status of each, in the order in which they were added; empty before the start and after the end.
    pub(crate) fn status(&self) -> Vec<SupervisorStatus> {
        let entries = self.0.get().and_then(Weak::upgrade);
        entries.map_or_else(Vec::new, |entries| entry::reports(&entries))
    }
}
