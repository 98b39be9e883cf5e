//! `[ledger]` and `[journal]`: what outlives the process.

use std::path::PathBuf;
use std::time::Duration;

/// `[ledger]`: where sessions, extremes and VWAP minutes are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerConfig {
    /// Which ledger.
    pub url: LedgerUrl,
}

impl Default for LedgerConfig {
    fn default() -> LedgerConfig {
        LedgerConfig { url: LedgerUrl::Sqlite("ledger.db".into()) }
    }
}

/// Which ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerUrl {
    /// A SQLite file; a relative path is relative to the home folder.
    Sqlite(PathBuf),
}

/// `[journal]`: every save's changes, for replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalConfig {
    /// Whether it is written.
    pub enabled: bool,
    /// For how long its files are kept.
    pub keep: Duration,
}

impl Default for JournalConfig {
    fn default() -> JournalConfig {
        JournalConfig { enabled: false, keep: Duration::from_secs(30 * 86_400) }
    }
}
