//! `[week52]`, `[preopen]`, `[intraday]`: the workers around the capture.

use std::time::Duration;

/// `[week52]`: the monitor of 52-week extremes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week52Config {
    /// Whether it runs.
    pub enabled: bool,
    /// How often it looks at quotes while a control market is open.
    pub interval: Duration,
    /// How often it looks whether a control market is open.
    pub check_interval: Duration,
}

impl Default for Week52Config {
    fn default() -> Week52Config {
        let (interval, check_interval) = (Duration::from_secs(1), Duration::from_secs(60));
        Week52Config { enabled: true, interval, check_interval }
    }
}

/// `[preopen]`: the backtest before each open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreopenConfig {
    /// Whether it runs.
    pub enabled: bool,
    /// How often it looks whether an open is near.
    pub interval: Duration,
}

impl Default for PreopenConfig {
    fn default() -> PreopenConfig {
        PreopenConfig { enabled: true, interval: Duration::from_secs(30) }
    }
}

/// `[intraday]`: open, high, low and close of captured rows, and the VWAP minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntradayConfig {
    /// Whether it runs.
    pub enabled: bool,
    /// How often it looks at quotes.
    pub interval: Duration,
    /// How far back the rolling VWAP reaches: whole minutes.
    pub vwap_window: Duration,
}

impl Default for IntradayConfig {
    fn default() -> IntradayConfig {
        let (interval, vwap_window) = (Duration::from_secs(10), Duration::from_secs(30 * 60));
        IntradayConfig { enabled: true, interval, vwap_window }
    }
}
