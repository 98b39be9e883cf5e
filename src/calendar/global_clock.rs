//! All markets at one instant: what `markets` shows.

use super::Calendar;
use crate::rules::global_composite::{Composite, composite};
use crate::rules::market_clock::{MarketReading, market_reading};
use crate::value::Market;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

/// The markets and their composite at one instant; serialises as `markets --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GlobalClock {
    /// The version of this shape.
    pub schema: u32,
    /// The instant.
    pub at: Timestamp,
    /// The global composite index.
    pub composite: Composite,
    /// The markets, in the order in which they were asked about.
    pub markets: Vec<MarketReading>,
}

/// Reads the clock of each of `markets`, which come with their shares (`Market::default_weight`, or config's).
pub fn global_clock(
    calendar: &Calendar,
    markets: impl IntoIterator<Item = (Market, Decimal)>,
    now: Timestamp,
) -> GlobalClock {
    let (markets, weights): (Vec<MarketReading>, Vec<Decimal>) = markets
        .into_iter()
        .map(|(market, weight)| (market_reading(&calendar.outlook(market, now), now), weight))
        .unzip();
    let composite = composite(markets.iter().zip(weights), now);
    GlobalClock { schema: 1, at: now, composite, markets }
}
