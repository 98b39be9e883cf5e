//! What is recorded while a market is open: a row's way from open to close, and the minutes of the VWAP.

use super::RowId;
use crate::rules::vwap::Minute;
use crate::value::OpenToClose;
use jiff::Timestamp;

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

/// What one look at open markets brought.
#[derive(Debug, Clone, Copy, Default)]
pub struct MarketLook<'a> {
    /// Last prices and cumulative volumes.
    pub minutes: &'a [FutureMinute],
    /// Rows as they are from now on.
    pub updates: &'a [MarketUpdate],
    /// Until when the rows of open markets were followed, also where the instant noted before is later: then the clock was
    /// ahead. `None`: none are followed.
    pub until: Option<Timestamp>,
}

/// A future's minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FutureMinute {
    /// The future.
    pub future: String,
    /// Its last price and cumulative volume; of its start, seconds and less are cut off.
    pub minute: Minute,
}
