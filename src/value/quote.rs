//! One row of the sheet: the quote of one symbol.

use super::{Price, Signal, Symbol};
use std::sync::Arc;

/// What a verified save said about one symbol. Absent is absent: `None`, never zero.
///
/// Two quotes are equal when no field of the row differs; times and sequence numbers belong to the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The feed symbol.
    pub symbol: Symbol,
    /// The sheet's Type column as written (`Futures`, `Index`), where the sheet has one.
    pub instrument_type: Option<Arc<str>>,
    /// Last trade, points.
    pub last: Option<Price>,
    /// Best bid, points.
    pub bid: Option<Price>,
    /// Best ask, points.
    pub ask: Option<Price>,
    /// The session's open, points.
    pub open: Option<Price>,
    /// 24-hour high, points.
    pub high: Option<Price>,
    /// 24-hour low, points.
    pub low: Option<Price>,
    /// The previous close, points.
    pub close: Option<Price>,
    /// Net change since the previous close, points; zero is a value.
    pub change: Option<Price>,
    /// 52-week high, points.
    pub high_52w: Option<Price>,
    /// 52-week low, points.
    pub low_52w: Option<Price>,
    /// Cumulative volume, contracts.
    pub volume: Option<i64>,
    /// Contracts bid for at the best bid.
    pub bid_size: Option<i64>,
    /// Contracts offered at the best ask.
    pub ask_size: Option<i64>,
    /// The sheet's Weight column.
    pub weight: Option<Price>,
    /// The sheet's Signal column.
    pub signal: Option<Signal>,
}

impl Quote {
    /// A quote of `symbol` with every field absent.
    #[must_use]
    pub fn absent(symbol: Symbol) -> Quote {
        Quote {
            symbol,
            instrument_type: None,
            last: None,
            bid: None,
            ask: None,
            open: None,
            high: None,
            low: None,
            close: None,
            change: None,
            high_52w: None,
            low_52w: None,
            volume: None,
            bid_size: None,
            ask_size: None,
            weight: None,
            signal: None,
        }
    }

    /// Whether RTD has delivered anything: some price other than the net change is present (domain.md section 3).
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        [
            self.last,
            self.bid,
            self.ask,
            self.open,
            self.high,
            self.low,
            self.close,
            self.high_52w,
            self.low_52w,
        ]
        .iter()
        .any(Option::is_some)
    }
}
