//! Rows made elsewhere on their way into the ledger.

use crate::value::SessionRow;

/// A row and the line that it came from.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// The line of the file, from 1; named in the report.
    pub line: u64,
    /// The row. Numbers that it lacks are assigned, those that it has are kept.
    pub row: SessionRow,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Rows stored; none where there are conflicts.
    pub imported: usize,
    /// Rows that were there already, with the same signal, entry and outcome.
    pub unchanged: usize,
    /// Rows that kept the import from being done, by line.
    pub conflicts: Vec<Conflict>,
}

/// A row that cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The line of the file.
    pub line: u64,
    /// Why, for people.
    pub reason: String,
}
