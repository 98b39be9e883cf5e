//! What the ledger keeps for the 52-week extremes: days, seeds, and the state computed from them.

use crate::value::Price;
use jiff::Timestamp;
use jiff::civil::Date;

/// A price and the New York date that it was reached on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// The price.
    pub price: Price,
    /// The day.
    pub on: Date,
}

/// A future's high and low of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRange {
    /// The future.
    pub future: String,
    /// The New York date.
    pub day: Date,
    /// The highest last price seen.
    pub high: Price,
    /// The lowest last price seen.
    pub low: Price,
}

/// What the user says of a future's 52 weeks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The future.
    pub future: String,
    /// The high.
    pub high: Option<Dated>,
    /// The low.
    pub low: Option<Dated>,
}

/// A future's extremes as last computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtremesState {
    /// The future.
    pub future: String,
    /// The 52-week high.
    pub high: Option<Dated>,
    /// The 52-week low.
    pub low: Option<Dated>,
    /// The highest price known.
    pub all_time_high: Option<Dated>,
    /// The lowest price known.
    pub all_time_low: Option<Dated>,
    /// The last price that was checked.
    pub last_price: Option<Price>,
    /// When it was.
    pub checked_at: Timestamp,
}
