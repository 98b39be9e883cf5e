//! `[markets.NAME]`: the control markets.

use crate::value::{LocalHours, Market, Price};

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
    pub hours: Option<LocalHours>,
    /// Its share in the global composite.
    pub weight: Price,
}

impl MarketConfig {
    /// The nine control markets of the default stack.
    #[must_use]
    pub fn defaults() -> Vec<MarketConfig> {
        Market::all().map(MarketConfig::default_of).collect()
    }

    fn default_of(market: Market) -> MarketConfig {
        MarketConfig {
            name: market.name().to_string(),
            enabled: true,
            enable_futures_capture: true,
            enable_open_capture: true,
            enable_close_capture: true,
            hours: None,
            weight: Price::new(market.default_weight()).unwrap_or_default(),
        }
    }
}
