//! A market's open on its way into the ledger: captured once, or recorded as missed.

use crate::value::SessionRow;
use jiff::Timestamp;
use jiff::civil::Date;

/// The rows of one market's open.
#[derive(Debug, Clone)]
pub struct Capture {
    /// The control market (`USA`); the `country` of every row.
    pub market: String,
    /// The market's local date; that of every row.
    pub session_date: Date,
    /// The open; what `capture_delay_ms` is counted from.
    pub open_at: Timestamp,
    /// The rows in the order shown, each future once. What the ledger assigns (numbers, delay) is overwritten.
    pub rows: Vec<SessionRow>,
}

/// What became of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptureOutcome {
    /// Stored.
    Captured {
        /// The number it got.
        session_number: i64,
        /// From the open to the commit, milliseconds; 0 if the clock says that the open is still to come.
        capture_delay_ms: i64,
    },
    /// The market's open of that date is in the ledger already.
    AlreadyCaptured {
        /// The number it has.
        session_number: i64,
    },
    /// The market's open of that date was recorded as missed, which is only done once the market has closed.
    RecordedAsMissed,
}

/// An open that was not captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedCapture {
    /// The control market.
    pub market: String,
    /// The market's local date.
    pub session_date: Date,
    /// Why, for people.
    pub reason: String,
    /// When it was known.
    pub recorded_at: Timestamp,
}

/// What became of the record of a missed capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissedOutcome {
    /// Stored.
    Recorded,
    /// It was recorded before; the first reason stays.
    AlreadyRecorded,
    /// The open was captured after all.
    WasCaptured {
        /// The number it has.
        session_number: i64,
    },
}
