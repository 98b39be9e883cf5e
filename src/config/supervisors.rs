//! `[supervisors.NAME]`: how each worker is restarted and watched.

use std::time::Duration;

/// The excel poller's name in config, status and thread lists.
pub const EXCEL_POLLER: &str = "ExcelPollerSupervisor";
/// The grader's name.
pub const MARKET_OPEN_GRADER: &str = "MarketOpenGraderSupervisor";
/// The open capture's name.
pub const MARKET_OPEN_CAPTURE: &str = "MarketOpenCaptureSupervisor";
/// The 52-week monitor's name.
pub const WEEK52: &str = "Week52Supervisor";
/// The pre-open backtest's name.
pub const PREOPEN_BACKTEST: &str = "PreOpenBacktestSupervisor";
/// The intraday metrics' name.
pub const INTRADAY_METRICS: &str = "IntradayMetricsSupervisor";

/// The name of the subscriber that fills the board where no poller runs.
pub const QUOTE_SUBSCRIBER: &str = "QuoteSubscriber";

/// The journal writer's name.
pub const JOURNAL_WRITER: &str = "JournalWriter";

/// The name of who keeps the lease, where hosts share one stack; nothing of it is configured.
pub const LEASE_KEEPER: &str = "LeaseKeeper";

/// Every supervisor, in the order in which they are shown (domain.md section 1, and ours).
pub const SUPERVISORS: [&str; 8] = [
    EXCEL_POLLER,
    QUOTE_SUBSCRIBER,
    MARKET_OPEN_GRADER,
    MARKET_OPEN_CAPTURE,
    WEEK52,
    PREOPEN_BACKTEST,
    INTRADAY_METRICS,
    JOURNAL_WRITER,
];

/// `[supervisors.NAME]`: how one worker is restarted and watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupervisorConfig {
    /// Whether it is started.
    pub enabled: bool,
    /// How long it waits between a crash and the restart.
    pub backoff: BackoffConfig,
    /// From how many failures on it gives up; `None`: never.
    pub limit: Option<FailureLimit>,
    /// How long a cycle may take before it counts as hung; `None`: as long as it likes.
    pub deadline: Option<Duration>,
}

/// The delay between a crash and the restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackoffConfig {
    /// After the first crash; doubled after each further one.
    pub first: Duration,
    /// Never longer than this.
    pub cap: Duration,
    /// A run as long as this starts over with `first`.
    pub reset_after: Duration,
}

/// Giving up after so many failures in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureLimit {
    /// How many failures.
    pub failures: u32,
    /// Within how long.
    pub window: Duration,
}

impl SupervisorConfig {
    /// The defaults of the supervisor of this name: the capture restarts after 5 s, the others after 3 s
    /// (domain.md section 1), never later than after 60 s.
    #[must_use]
    pub fn default_of(name: &str) -> SupervisorConfig {
        let first = Duration::from_secs(if name == MARKET_OPEN_CAPTURE { 5 } else { 3 });
        let (cap, reset_after) = (Duration::from_secs(60), Duration::from_secs(60));
        SupervisorConfig {
            enabled: true,
            backoff: BackoffConfig { first, cap, reset_after },
            limit: None,
            deadline: Some(Duration::from_secs(30)),
        }
    }
}
