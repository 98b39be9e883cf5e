//! A market's trading session, and what is known of it around an instant.

use super::Market;
use jiff::Timestamp;
use jiff::civil::Date;

/// One session of one market. Half-open: open at its open instant, closed at its close instant. Lunch breaks do not
/// close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TradingSession {
    /// The market.
    pub market: Market,
    /// The market-local trading date.
    pub date: Date,
    /// The first instant of trading.
    pub open: Timestamp,
    /// The first instant after trading.
    pub close: Timestamp,
}

impl TradingSession {
    /// Whether the market is open at `instant`.
    #[must_use]
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.open <= instant && instant < self.close
    }
}

/// A day about which the calendar of a market says nothing: not published when this program was built. Never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the calendar of {market} knows {valid_from} to {valid_through}, not {date}; install a newer version, or add \
     [[calendar.override]] for that day"
)]
pub struct Unpublished {
    /// The market.
    pub market: Market,
    /// The day asked about.
    pub date: Date,
    /// The first day that is known.
    pub valid_from: Date,
    /// The last day that is known.
    pub valid_through: Date,
}

/// What a calendar knows of a market around an instant: all that the market clock needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// The market.
    pub market: Market,
    /// The session that is open.
    pub current: Option<TradingSession>,
    /// The first session that opens later; `None`: unknown.
    pub next: Option<TradingSession>,
    /// Whether the market-local date is a holiday: a weekday without a session, or a closure by override. `None`:
    /// unknown.
    pub is_holiday_today: Option<bool>,
}
