//! Small values with a term, each under its own key.

use super::deadline::Deadline;
use super::link::Link;
use super::request::Arguments;
use crate::config::BusConfig;
use crate::outlet::{Notices, OutletError};
use crate::supervise::Generation;
use parking_lot::Mutex;
use serde_json::Value;
use std::time::Duration;

/// Notices on one Redis server; see [`Notices`] for what it promises.
///
/// There is no thread behind it: who puts connects if need be. After a failure every put fails at once until the
/// next attempt to connect is due.
pub struct RedisNotices {
    link: Mutex<Link>,
    timeout: Duration,
}

impl RedisNotices {
    /// Notices to `config.url`. Does not connect.
    ///
    /// # Errors
    /// [`OutletError::Failed`] when the address is none, or needs a feature that is not built in.
    pub fn new(config: &BusConfig) -> Result<RedisNotices, OutletError> {
        Ok(RedisNotices { link: Mutex::new(Link::new(config)?), timeout: config.timeout })
    }
}

impl Notices for RedisNotices {
    fn put(
        &self,
        generation: &Generation,
        key: &str,
        ttl: Duration,
        value: &Value,
    ) -> Result<(), OutletError> {
        let set = Arguments::new(["SET", key, &value.to_string(), "PX", &ttl.as_millis().max(1).to_string()]);
        // Another worker's put is under way for as long; the wait for it counts as this one's time.
        let waiting = Deadline::after(self.timeout);
        let Some(mut link) = self.link.try_lock_for(self.timeout) else {
            return Err(OutletError::Failed("another notice is still on its way (bus.timeout)".into()));
        };
        let left = self.timeout.saturating_sub(waiting.elapsed());
        let deadline = link.connect_deadline();
        link.connected(&deadline)?;
        generation.check()?;
        let deadline = Deadline::after(left);
        match link.wire().and_then(|wire| wire.call(&set, &deadline)) {
            Ok(_) => {
                link.worked();
                Ok(())
            }
            // A refusal leaves the connection in step, but what is refused now is refused in a moment too: the wait
            // before the next attempt is the same.
            Err(failure) => Err(link.broke(&failure)),
        }
    }
}
