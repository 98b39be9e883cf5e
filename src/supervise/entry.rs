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

/// The status of each that is listed: an attendant only where it is in trouble.
pub(super) fn reports(entries: &[Entry]) -> Vec<SupervisorStatus> {
    entries.iter().filter_map(Entry::listed).collect()
}

impl Entry {
    fn listed(&self) -> Option<SupervisorStatus> {
        let status = self.report();
        let is_attendant = matches!(self, Entry::Enabled { cell, .. } if cell.is_attendant);
        let in_trouble = matches!(status.state, State::BackingOff | State::Hung | State::Failed);
        (!is_attendant || in_trouble).then_some(status)
    }

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
