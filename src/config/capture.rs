//! `[capture]`, `[grader]`, `[signals]`: what is recorded at an open, and how it is decided.

use crate::rules::CaptureLimits;
use crate::rules::grading::EvaluationWindow;
use crate::rules::signal::SignalSource;
use std::time::Duration;

/// `[capture]`: the row set that each market's open leaves (domain.md section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureConfig {
    /// How often a market that should have been captured is looked for.
    pub interval: Duration,
    /// A quote older than this is not fresh.
    pub max_quote_age: Duration,
    /// How long the capture waits for every loaded instrument to be fresh.
    pub wait_for_all: Duration,
    /// With fewer fresh quotes than this nothing is captured.
    pub min_quotes: u32,
    /// With fewer signals than this TOTAL has none.
    pub total_min_signals: u32,
    /// A row of which no field changed for so long has no entry.
    pub max_unchanged: Duration,
    /// A capture later than this after the open has no entry.
    pub max_delay: Duration,
}

impl Default for CaptureConfig {
    fn default() -> CaptureConfig {
        let limits = CaptureLimits::default();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        CaptureConfig {
            interval: Duration::from_secs(5),
            max_quote_age: limits.max_quote_age,
            wait_for_all: limits.wait_for_all,
            min_quotes: count(limits.min_quotes),
            total_min_signals: count(limits.total_min_signals),
            max_unchanged: limits.max_unchanged,
            max_delay: limits.max_delay,
        }
    }
}

impl CaptureConfig {
    /// The limits within which an open is captured.
    #[must_use]
    pub fn limits(&self) -> CaptureLimits {
        CaptureLimits {
            max_quote_age: self.max_quote_age,
            wait_for_all: self.wait_for_all,
            min_quotes: self.min_quotes as usize,
            total_min_signals: self.total_min_signals as usize,
            max_unchanged: self.max_unchanged,
            max_delay: self.max_delay,
        }
    }
}

/// `[grader]`: how captured rows are decided (domain.md section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraderConfig {
    /// How often pending rows are looked at, apart from every new quote.
    pub interval: Duration,
    /// From when on a pending row is neutral.
    pub evaluation_window: EvaluationWindow,
}

impl Default for GraderConfig {
    fn default() -> GraderConfig {
        GraderConfig { interval: Duration::from_millis(500), evaluation_window: EvaluationWindow::Session }
    }
}

/// `[signals]`: where signals come from (domain.md section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalsConfig {
    /// Where signals come from.
    pub source: SignalSource,
}

impl Default for SignalsConfig {
    fn default() -> SignalsConfig {
        SignalsConfig { source: SignalSource::Computed }
    }
}
