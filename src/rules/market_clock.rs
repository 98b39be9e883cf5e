//! The market clock: a market's state, its next event, and the time to it.

use crate::value::{Market, Outlook, TradingSession};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// How long before an open a market is [`MarketState::Preopen`] (domain.md section 6).
pub const PREOPEN: SignedDuration = SignedDuration::from_mins(60);

/// How long before its close a market is [`MarketState::Preclose`] (domain.md section 6).
pub const PRECLOSE: SignedDuration = SignedDuration::from_mins(15);

/// What a market is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MarketState {
    /// Closed, and opens within [`PREOPEN`].
    Preopen,
    /// In session.
    Open,
    /// In session, and closes within [`PRECLOSE`].
    Preclose,
    /// Not in session: before or after the hours of a session day, or on a weekend.
    Closed,
    /// Not in session on a weekday without one, or on a day closed by override, from midnight to midnight local
    /// time.
    HolidayClosed,
    /// The calendar does not know this day.
    Unknown,
}

impl MarketState {
    /// Whether the market trades: [`MarketState::Open`] or [`MarketState::Preclose`].
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, MarketState::Open | MarketState::Preclose)
    }

    /// The name in JSON: `PREOPEN`, `HOLIDAY_CLOSED`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            MarketState::Preopen => "PREOPEN",
            MarketState::Open => "OPEN",
            MarketState::Preclose => "PRECLOSE",
            MarketState::Closed => "CLOSED",
            MarketState::HolidayClosed => "HOLIDAY_CLOSED",
            MarketState::Unknown => "UNKNOWN",
        }
    }
}

impl std::fmt::Display for MarketState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// What happens next to a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MarketEvent {
    /// A session begins.
    Open,
    /// The session ends.
    Close,
}

/// A market's clock, read at one instant. What is unknown is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MarketReading {
    /// The market.
    pub market: Market,
    /// What it is doing.
    pub state: MarketState,
    /// Which of the two instants below comes first.
    pub next_event: Option<MarketEvent>,
    /// When the next session opens; while one is open, the one after it.
    pub next_open_at: Option<Timestamp>,
    /// When the open session closes, or the next one.
    pub next_close_at: Option<Timestamp>,
    /// Whole seconds to the next event, rounded up: 0 is never shown before it has come.
    pub seconds_to_next_event: Option<i64>,
    /// Whether the market-local date is a holiday: a weekday without a session, or a day closed by override.
    pub is_holiday_today: Option<bool>,
}

/// Reads the clock of the market of `outlook`, which is its outlook at `now`.
#[must_use]
pub fn market_reading(outlook: &Outlook, now: Timestamp) -> MarketReading {
    let next_event = match (outlook.current, outlook.next) {
        (Some(_), _) => Some(MarketEvent::Close),
        (None, Some(_)) => Some(MarketEvent::Open),
        (None, None) => None,
    };
    let next_open_at = outlook.next.map(|session| session.open);
    let next_close_at = outlook.current.or(outlook.next).map(|session| session.close);
    let next_event_at = match outlook.current {
        Some(session) => Some(session.close),
        None => next_open_at,
    };
    MarketReading {
        market: outlook.market,
        state: state(outlook, now),
        next_event,
        next_open_at,
        next_close_at,
        seconds_to_next_event: next_event_at.map(|at| seconds_until(at, now)),
        is_holiday_today: outlook.is_holiday_today,
    }
}

fn state(outlook: &Outlook, now: Timestamp) -> MarketState {
    let opens_soon = |session: TradingSession| session.open.duration_since(now) <= PREOPEN;
    match (outlook.current, outlook.is_holiday_today) {
        (Some(session), _) if session.close.duration_since(now) <= PRECLOSE => MarketState::Preclose,
        (Some(_), _) => MarketState::Open,
        (None, None) => MarketState::Unknown,
        (None, Some(_)) if outlook.next.is_some_and(opens_soon) => MarketState::Preopen,
        (None, Some(true)) => MarketState::HolidayClosed,
        (None, Some(false)) => MarketState::Closed,
    }
}

fn seconds_until(at: Timestamp, now: Timestamp) -> i64 {
    let left = at.duration_since(now);
    left.as_secs() + i64::from(left.subsec_nanos() > 0)
}
