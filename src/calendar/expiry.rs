//! The warning that a calendar ends: exchanges publish a year or two ahead, and nobody may guess the rest.

use crate::value::Market;
use jiff::civil::Date;
use std::fmt;

/// The calendar of a market ends soon, or has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// The market.
    pub market: Market,
    /// The last day that is known.
    pub valid_through: Date,
    /// Days from today to the last known day, in the market's zone; negative once it is past.
    pub days_left: i64,
}

impl Expiry {
    /// How many days before the last known day the warning starts (domain.md section 6).
    pub const NOTICE_DAYS: i64 = 30;
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Expiry { market, valid_through, days_left } = self;
        let tense = if *days_left < 0 { "ended" } else { "ends" };
        write!(
            f,
            "the calendar of {market} {tense} on {valid_through}: later sessions are unknown; install a newer \
             version, or add [[calendar.override]] for the days you need"
        )
    }
}
