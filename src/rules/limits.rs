//! The limits within which an open is captured: `[capture]` of the configuration.

use std::time::Duration;

/// `[capture]`, without the scan's interval. The defaults are those of domain.md section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureLimits {
    /// Up to which age a quote is fresh.
    pub max_quote_age: Duration,
    /// How long to wait until every loaded instrument is fresh.
    pub wait_for_all: Duration,
    /// How many fresh quotes a capture needs.
    pub min_quotes: usize,
    /// With fewer signals TOTAL has none.
    pub total_min_signals: usize,
    /// From when on an unchanged row is not traded.
    pub max_unchanged: Duration,
    /// A capture later than this after the open does not trade.
    pub max_delay: Duration,
}

impl Default for CaptureLimits {
    fn default() -> CaptureLimits {
        CaptureLimits {
            max_quote_age: Duration::from_secs(30),
            wait_for_all: Duration::from_secs(10),
            min_quotes: 1,
            total_min_signals: 8,
            max_unchanged: Duration::from_secs(10 * 60),
            max_delay: Duration::from_secs(5 * 60),
        }
    }
}
