//! What the ledger keeps of a future's extremes: days, seeds, and the state computed from them.

use crate::rules::extremes::{DailyRange, Pair};
use crate::value::Price;
use jiff::Timestamp;

/// A future's high and low of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRange {
    /// The future.
    pub future: String,
    /// Its New York date, high and low.
    pub range: DailyRange,
}

/// What the user says of a future's 52 weeks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The future.
    pub future: String,
    /// Its high and low, with dates.
    pub pair: Pair,
}

/// A future's extremes as last computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtremesState {
    /// The future.
    pub future: String,
    /// The high and low of 52 weeks.
    pub weeks52: Pair,
    /// The highest and lowest known.
    pub all_time: Pair,
    /// The last price that was checked, and when.
    pub last: Option<(Price, Timestamp)>,
}
