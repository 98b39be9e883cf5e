//! `[markets.NAME]`: the control markets.

use crate::value::Price;
use jiff::civil::Time;
use rust_decimal::Decimal;

/// The control markets with their weight in the global composite, in hundredths, east to west (domain.md
/// section 6).
const MARKETS: [(&str, i64); 9] = [
    ("Japan", 25),
    ("China", 10),
    ("India", 5),
    ("Germany", 20),
    ("United Kingdom", 5),
    ("Pre_USA", 5),
    ("USA", 25),
    ("Canada", 3),
    ("Mexico", 2),
];

/// `[markets.NAME]`: one control market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketConfig {
    /// The market's name.
    pub name: String,
    /// Whether it is watched at all.
    pub enabled: bool,
    /// Off: nothing of this market is recorded.
    pub enable_futures_capture: bool,
    /// Off: its open is not captured.
    pub enable_open_capture: bool,
    /// Off: its close metrics are not recorded.
    pub enable_close_capture: bool,
    /// Local hours in place of the calendar's; `None`: the calendar's.
    pub hours: Option<MarketHours>,
    /// Its share in the global composite.
    pub weight: Price,
}

/// Local hours of a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketHours {
    /// The first instant of a session.
    pub open: Time,
    /// The first instant after it.
    pub close: Time,
}

impl MarketConfig {
    /// The nine control markets of the default stack.
    #[must_use]
    pub fn defaults() -> Vec<MarketConfig> {
        MARKETS.map(|(name, hundredths)| MarketConfig::new(name, hundredths)).to_vec()
    }

    fn new(name: &str, hundredths: i64) -> MarketConfig {
        MarketConfig {
            name: name.to_string(),
            enabled: true,
            enable_futures_capture: true,
            enable_open_capture: true,
            enable_close_capture: true,
            hours: None,
            weight: Price::new(Decimal::new(hundredths, 2)).unwrap_or_default(),
        }
    }
}
