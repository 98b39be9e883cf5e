//! Who leads.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The host that holds the lease, as `status` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leader {
    /// Its name.
    pub host: String,
    /// The process there.
    pub pid: u32,
    /// The number of its tenure: higher than that of every earlier one.
    pub fence: u64,
}

impl fmt::Display for Leader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {}, fence {})", self.host, self.pid, self.fence)
    }
}
