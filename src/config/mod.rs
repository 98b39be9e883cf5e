//! Configuration as meant: validated values with their defaults.

mod bus_url;

pub use bus_url::{BusUrl, redact};

use std::path::PathBuf;
use std::time::Duration;

/// `[workbook]`: what is read, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkbookConfig {
    /// The workbook; `None`: none is configured and the poller is disabled.
    pub path: Option<PathBuf>,
    /// The sheet's name.
    pub sheet: String,
    /// The block to read, header row first.
    pub range: CellRange,
    /// How often to look.
    pub interval: Duration,
    /// Whether to look at once when the folder reports a change.
    pub watch: bool,
    /// How often to stat the file between polls, for folders that send no events; `None`: off.
    pub stat_interval: Option<Duration>,
    /// From which age of the save on quotes are stale.
    pub stale_after: Duration,
}

/// A block of cells such as `A1:N13`; zero-based, ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellRange {
    /// First row, from 0.
    pub first_row: u32,
    /// First column, from 0.
    pub first_column: u32,
    /// Last row, included.
    pub last_row: u32,
    /// Last column, included.
    pub last_column: u32,
}

/// `[bus]`: where quotes leave the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusConfig {
    /// Which outlet.
    pub url: BusUrl,
    /// Whether every quote is also added to the stream `quotes:stream:unified`.
    pub stream: bool,
    /// What each save publishes.
    pub publish: PublishMode,
    /// How often everything is published, changed or not.
    pub refresh: Duration,
    /// The bound of connecting.
    pub connect_timeout: Duration,
    /// The bound of one publish.
    pub timeout: Duration,
}

/// What each save publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishMode {
    /// What changed.
    Changes,
    /// Everything, as the original did.
    All,
}
