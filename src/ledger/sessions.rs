//! Reading session rows: which, and from where on.

use crate::value::{Outcome, SessionRow};
use jiff::civil::Date;

/// A row's place in the ledger; never used for another row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub i64);

/// Which rows; a field that is `None` lets all pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// The control market.
    pub market: Option<String>,
    /// The future, or TOTAL.
    pub future: Option<String>,
    /// What the grader says.
    pub outcome: Option<Outcome>,
    /// The first session date.
    pub from: Option<Date>,
    /// The last session date, included.
    pub to: Option<Date>,
}

/// A row and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Its place.
    pub id: RowId,
    /// The row.
    pub row: SessionRow,
}

/// A place in the order of [`Ledger::sessions`](super::Ledger::sessions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(super) date: (i64, i64, i64),
    pub(super) session_number: i64,
    pub(super) id: RowId,
}

impl StoredSession {
    /// Where the next page starts after this row.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        let id = &self.row.id;
        Cursor {
            date: (id.year, id.month, id.date),
            session_number: id.session_number.unwrap_or_default(),
            id: self.id,
        }
    }
}
