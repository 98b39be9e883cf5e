//! A place in the list of supervisors.

use super::cell::Cell;
use super::status::{State, StatusBoard, SupervisorStatus};
use std::sync::Arc;

/// A supervisor that runs, or one that only shows why it does not.
pub(super) enum Entry {
    Enabled { cell: Arc<Cell>, number: usize },
    Disabled { name: String, reason: String, status: StatusBoard },
}

pub(super) fn cells(entries: &[Entry]) -> impl DoubleEndedIterator<Item = &Arc<Cell>> {
    entries.iter().filter_map(|entry| match entry {
        Entry::Enabled { cell, .. } => Some(cell),
        Entry::Disabled { .. } => None,
    })
}

impl Entry {
    pub(super) fn name(&self) -> &str {
        match self {
            Entry::Enabled { cell, .. } => cell.name(),
            Entry::Disabled { name, .. } => name,
        }
    }

    pub(super) fn report(&self) -> SupervisorStatus {
        match self {
            Entry::Enabled { cell, .. } => cell.report(),
            Entry::Disabled { name, status, .. } => status.report(name, &status.facts(), State::Disabled),
        }
    }
}
