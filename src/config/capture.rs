//! `[capture]`, `[grader]`, `[signals]`: what is recorded at an open, and how it is decided.

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
        CaptureConfig {
            interval: Duration::from_secs(5),
            max_quote_age: Duration::from_secs(30),
            wait_for_all: Duration::from_secs(10),
            min_quotes: 1,
            total_min_signals: 8,
            max_unchanged: Duration::from_secs(600),
            max_delay: Duration::from_secs(300),
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

/// From when on a pending row is neutral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvaluationWindow {
    /// From the market's close on.
    Session,
    /// So long after its capture.
    After(Duration),
    /// Never.
    Off,
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

/// Where signals come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalSource {
    /// From the net change.
    Computed,
    /// From the sheet's Signal column; computed where that is absent.
    Sheet,
}
