//! A row that waits for its grade.

use super::RowId;
use crate::rules::grading::Waiting;
use jiff::civil::Date;
use std::sync::Arc;

/// As of when rows wait; see [`Ledger::revision`](super::Ledger::revision).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// Of what was written through this ledger.
    pub(super) here: u64,
    /// Of what anybody else wrote.
    pub(super) elsewhere: i64,
}

impl Revision {
    /// Whether all that happened until `later` is that rows came to wait: none was graded by somebody else.
    pub(crate) fn only_more_came(&self, later: &Revision) -> bool {
        self.elsewhere == later.elsewhere
    }
}

/// What the grader needs of a row that waits for its grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRow {
    /// The row.
    pub id: RowId,
    /// The control market.
    pub market: Arc<str>,
    /// The future, or TOTAL.
    pub future: Arc<str>,
    /// The market's local date.
    pub session_date: Date,
    /// Its trade, as the rules grade it.
    pub waiting: Waiting,
}
