//! Small values for other programs beside the quotes: statistics before an open, rolling averages.

use super::OutletError;
use crate::supervise::Generation;
use serde_json::Value;
use std::time::Duration;

/// Where the market workers leave small values for other programs. Shared by them, so it has its own connection:
/// what happens here costs the quotes nothing.
///
/// # The contract
/// - **Bounded**: one call returns within `bus.timeout`, plus `bus.connect_timeout` when it connects anew.
/// - **One value, whole**: a reader sees the value before or the value after, until it expires.
/// - **Nothing is owed**: a call that failed is not made up for; the next one brings its own value.
/// - **Fenced**: a revoked generation puts nothing.
pub trait Notices: Send + Sync {
    /// Puts `value` under `key` for as long as `ttl`.
    ///
    /// # Errors
    /// [`OutletError`]; the value before it stays until it expires then.
    fn put(
        &self,
        generation: &Generation,
        key: &str,
        ttl: Duration,
        value: &Value,
    ) -> Result<(), OutletError>;
}

/// No notices: nobody outside this process listens (`bus.url = "local"`).
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNotices;

impl Notices for NoNotices {
    fn put(&self, generation: &Generation, _: &str, _: Duration, _: &Value) -> Result<(), OutletError> {
        Ok(generation.check()?)
    }
}
