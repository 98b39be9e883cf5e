//! The global composite index: how much of the world's market is open, and which part of the day it is.

use super::market_clock::MarketReading;
use crate::value::Market;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// The index at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Composite {
    /// The shares of the open markets, in percent: 0 to 100 with the default shares.
    #[serde(serialize_with = "as_text")]
    pub score: Decimal,
    /// The part of the day.
    pub phase: Phase,
    /// The open markets, in their order.
    pub open: Vec<Market>,
}

/// The part of the day, by the hour in UTC (domain.md section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Phase {
    /// From 0 to 8.
    Asian,
    /// From 8 to 14.
    European,
    /// From 14 to 21.
    American,
    /// From 21 to 24.
    Overlap,
}

/// The index over `markets`, each with its share: Σ share × 100 over those that are open.
pub fn composite<'a>(
    markets: impl IntoIterator<Item = (&'a MarketReading, Decimal)>,
    now: Timestamp,
) -> Composite {
    let open: Vec<(Market, Decimal)> = markets
        .into_iter()
        .filter(|(reading, _)| reading.state.is_open())
        .map(|(reading, weight)| (reading.market, weight))
        .collect();
    let share = open.iter().fold(Decimal::ZERO, |sum, (_, weight)| sum.saturating_add(*weight));
    Composite {
        score: share.saturating_mul(Decimal::ONE_HUNDRED).normalize(),
        phase: Phase::at(now),
        open: open.into_iter().map(|(market, _)| market).collect(),
    }
}

impl Phase {
    /// The phase at `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Phase {
        match TimeZone::UTC.to_datetime(now).hour() {
            ..8 => Phase::Asian,
            8..14 => Phase::European,
            14..21 => Phase::American,
            21.. => Phase::Overlap,
        }
    }

    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Phase::Asian => "ASIAN",
            Phase::European => "EUROPEAN",
            Phase::American => "AMERICAN",
            Phase::Overlap => "OVERLAP",
        }
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

fn as_text<S: Serializer>(score: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(score)
}
