//! What is recorded while a market is open: a row's way from open to close, and the minutes of the VWAP.

use super::RowId;
use crate::rules::vwap::Minute;
use crate::value::OpenToClose;

/// The open-to-close columns of a row, as they are from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketUpdate {
    /// The row.
    pub id: RowId,
    /// All eleven columns.
    pub market: OpenToClose,
    /// What was missing when they were computed, added to what the row says of it; `None` adds nothing.
    pub data_gap: Option<String>,
}

/// A future's minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FutureMinute {
    /// The future.
    pub future: String,
    /// Its last price and cumulative volume; of its start, seconds and less are cut off.
    pub minute: Minute,
}
