//! `[log]`: what the program logs, and where to.

use std::path::PathBuf;

/// `[log]`: what the program logs, and where to. The library logs through the `log` facade and reads none of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// The least important level that is written.
    pub level: log::LevelFilter,
    /// A file that gets every line too; `None`: standard error alone.
    pub file: Option<PathBuf>,
    /// When a full file is moved aside; `None`: never.
    pub rotate: Option<Rotation>,
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig {
            level: log::LevelFilter::Info,
            file: None,
            rotate: Some(Rotation { bytes: 10 << 20, keep: 5 }),
        }
    }
}

/// Moving a full log file aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// From this many bytes on.
    pub bytes: u64,
    /// How many old files are kept.
    pub keep: u32,
}
