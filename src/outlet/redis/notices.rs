//! Small values with a term, each under its own key.

use super::deadline::Deadline;
use super::failure::Failure;
use super::keys;
use super::link::Link;
use super::request::Arguments;
use super::script::{Stored, words};
use crate::config::BusConfig;
use crate::lease::Lease;
use crate::outlet::{Notices, OutletError};
use crate::supervise::{Generation, Revoked};
use parking_lot::Mutex;
use serde_json::Value;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

static PUT: LazyLock<Stored> = LazyLock::new(|| Stored::new(include_str!("lease/put.lua")));

/// Notices on one Redis server; see [`Notices`] for what it promises.
///
/// There is no thread behind it: who puts connects if need be. After a failure every put fails at once until the
/// next attempt to connect is due.
pub struct RedisNotices {
    link: Mutex<Link>,
    timeout: Duration,
    lease: Option<Arc<Lease>>,
}

impl RedisNotices {
    /// Notices to `config.url`. Does not connect.
    ///
    /// # Errors
    /// [`OutletError::Failed`] when the address is none, or needs a feature that is not built in.
    pub fn new(config: &BusConfig) -> Result<RedisNotices, OutletError> {
        Ok(RedisNotices { link: Mutex::new(Link::new(config)?), timeout: config.timeout, lease: None })
    }

    /// The same, which puts only while this host holds `lease`.
    #[must_use]
    pub fn under(self, lease: Arc<Lease>) -> RedisNotices {
        RedisNotices { lease: Some(lease), ..self }
    }

    /// Puts for the holder of the lease only; the server looks.
    fn put_leased(
        link: &mut Link,
        lease: &Lease,
        generation: &Generation,
        (key, ttl, value): (&str, &str, &str),
        deadline: &Deadline,
    ) -> Result<Result<(), Revoked>, Failure> {
        let Some(tenure) = lease.tenure() else { return Ok(Err(Revoked(generation.number()))) };
        let arguments = Arguments::new(["2", keys::LEASE, key, &tenure.token, value, ttl]);
        let answer = PUT.run(link.wire()?, &arguments, &Arguments::default(), deadline)?;
        if words(&answer)? == ["done"] {
            return Ok(Ok(()));
        }
        lease.fenced(tenure.fence);
        Ok(Err(Revoked(generation.number())))
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
        let (value, ttl) = (value.to_string(), ttl.as_millis().max(1).to_string());
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
        let put = match &self.lease {
            Some(lease) => Self::put_leased(&mut link, lease, generation, (key, &ttl, &value), &deadline),
            None => {
                let set = Arguments::new(["SET", key, &value, "PX", &ttl]);
                link.wire().and_then(|wire| wire.call(&set, &deadline)).map(|_| Ok(()))
            }
        };
        match put {
            Ok(put) => {
                link.worked();
                Ok(put?)
            }
            // A refusal leaves the connection in step, but what is refused now is refused in a moment too: the wait
            // before the next attempt is the same.
            Err(failure) => Err(link.broke(&failure)),
        }
    }
}
