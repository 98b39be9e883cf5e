//! What one verified save of the workbook says: quotes, rows that are not loaded, cells that were rejected.

use super::{Quote, Symbol};
use jiff::Timestamp;
use std::sync::Arc;

/// The whole content of one verified save, never part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// When the workbook was saved: the file's modification time, never later than when it was seen.
    pub saved_at: Timestamp,
    /// The loaded rows, in sheet order, each symbol once.
    pub quotes: Vec<Arc<Quote>>,
    /// Symbols that are on the sheet without any price but the net change.
    pub not_loaded: Vec<Symbol>,
    /// Cells that became absent because they could not be read.
    pub rejected: Vec<RejectedCell>,
}

/// A cell that could not be read and became absent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct RejectedCell {
    /// The sheet's row as Excel numbers it, from 1.
    pub row: u32,
    /// The column's header as the sheet writes it.
    pub column: String,
    /// The cell's address (`C7`).
    pub cell: String,
    /// The cell's content as text, shortened to 64 characters, control characters escaped.
    pub value: String,
    /// What is wrong with it.
    pub reason: String,
}
