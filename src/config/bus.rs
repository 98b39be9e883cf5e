//! `[bus]`: where quotes leave the process.

use super::BusUrl;
use std::time::Duration;

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

impl Default for BusConfig {
    fn default() -> BusConfig {
        BusConfig {
            url: BusUrl::Local,
            stream: false,
            publish: PublishMode::Changes,
            refresh: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(1),
            timeout: Duration::from_millis(200),
        }
    }
}

/// What each save publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishMode {
    /// What changed.
    Changes,
    /// Everything, as the original did.
    All,
}
