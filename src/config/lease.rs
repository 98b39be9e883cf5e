//! `[lease]`: one stack for several machines.

use std::time::Duration;

/// `[lease]`: whether several hosts share one stack, of which one is active at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseConfig {
    /// Whether this host works only while it holds the lease in Redis.
    pub enabled: bool,
    /// How long the lease lasts without being renewed: another host takes over within this time.
    pub ttl: Duration,
}

impl Default for LeaseConfig {
    fn default() -> LeaseConfig {
        LeaseConfig { enabled: false, ttl: Duration::from_secs(10) }
    }
}
