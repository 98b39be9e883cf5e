//! The lease as `status` shows it.

use jiff::Timestamp;
use serde::Serialize;

/// What `status` shows of the lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaseStatus {
    /// Whether this host leads.
    pub leads: bool,
    /// The number of its tenure, while it leads.
    pub fence: Option<u64>,
    /// Since when it leads or waits.
    pub since: Timestamp,
    /// Whether some host is known to lead: this one or another.
    pub has_leader: bool,
    /// Why it does not lead, while it does not.
    pub reason: Option<String>,
    /// How often it has taken the lease since the stack started.
    pub acquisitions: u64,
    /// How often it has lost it.
    pub losses: u64,
    /// Why the last exchange with Redis failed, until one succeeds. Redacted.
    pub last_error: Option<String>,
}

impl LeaseStatus {
    /// Whether nobody is known to lead because Redis is not heard from: then nobody works.
    #[must_use]
    pub fn is_unproved(&self) -> bool {
        !self.has_leader && self.last_error.is_some()
    }
}
