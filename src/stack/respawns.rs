//! How often the process of a stack was started again, as the parent that does so tells it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How often the process was started again, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Respawns {
    /// How often since the stack was started by command.
    pub respawns: u64,
    /// How the process before this one ended; `None`: there was none.
    pub last_exit: Option<LastExit>,
    /// The process id of the parent that starts it again when it dies; `None`: nobody does.
    pub parent: Option<u32>,
    /// Whether that parent is gone: the stack goes on, and nobody starts it again.
    #[serde(default)]
    pub parent_gone: bool,
}

/// How a process of the stack ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastExit {
    /// The signal or the exit code.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}
