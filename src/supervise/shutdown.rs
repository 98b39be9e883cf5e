//! The report of a shutdown.

use std::fmt;
use std::time::Duration;

/// Who stopped and who did not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShutdownReport {
    /// Those whose threads have ended (or never began), in the order in which they were joined: last started first.
    pub stopped: Vec<String>,
    /// Those whose threads had not ended at the deadline. They may write no more: their generation is revoked.
    pub not_stopped: Vec<Unstopped>,
    /// How long it took.
    pub took: Duration,
}

/// A supervisor that did not stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unstopped {
    /// Its name.
    pub name: String,
    /// What its cycle said it was doing, last.
    pub phase: Option<String>,
}

impl ShutdownReport {
    /// Whether everybody stopped.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.not_stopped.is_empty()
    }
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} stopped in {:.1?}", self.stopped.len(), self.took)?;
        for (n, unstopped) in self.not_stopped.iter().enumerate() {
            f.write_str(if n == 0 { "; did not stop: " } else { ", " })?;
            f.write_str(&unstopped.name)?;
            if let Some(phase) = &unstopped.phase {
                write!(f, " (while {phase})")?;
            }
        }
        Ok(())
    }
}
