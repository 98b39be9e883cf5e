//! A row on its way from pending to its final outcome.

use super::RowId;
use crate::value::{HitType, Outcome, Price, Signal};
use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::Arc;

/// What the grader needs of a row that waits for its grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRow {
    /// The row.
    pub id: RowId,
    /// The control market.
    pub market: Arc<str>,
    /// The future, or TOTAL.
    pub future: Arc<str>,
    /// The market's local date.
    pub session_date: Date,
    /// When it was captured.
    pub captured_at: Timestamp,
    /// Its signal.
    pub signal: Option<Signal>,
    /// Its entry; without one it is neutral.
    pub entry_price: Option<Price>,
    /// The upper exit.
    pub target_high: Option<Price>,
    /// The lower exit.
    pub target_low: Option<Price>,
}

/// The grade of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The row.
    pub id: RowId,
    /// Its final outcome; `PENDING` is refused.
    pub outcome: Outcome,
    /// What decided it: given for `WORKED` and `DIDNT_WORK`, absent for `NEUTRAL`.
    pub hit: Option<Hit>,
}

/// The quote that touched an exit first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// When it was seen.
    pub at: Timestamp,
    /// The side's price.
    pub price: Price,
    /// The exit.
    pub kind: HitType,
}
