//! What is recorded while a market is open: a row's way from open to close, and the minutes of the VWAP.

use super::RowId;
use crate::value::{OpenToClose, Price};
use jiff::Timestamp;

/// The open-to-close columns of a row, as they are from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketUpdate {
    /// The row.
    pub id: RowId,
    /// All eleven columns.
    pub market: OpenToClose,
    /// What was missing when they were computed; `None` leaves what the row says.
    pub data_gap: Option<String>,
}

/// A future's last price and cumulative volume at the end of a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minute {
    /// The future.
    pub future: String,
    /// The minute's start; seconds and less are cut off.
    pub minute: Timestamp,
    /// The last price.
    pub last: Price,
    /// The volume of the future's own session so far.
    pub volume: i64,
}
