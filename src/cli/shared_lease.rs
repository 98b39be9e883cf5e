//! The lease, for what is done by hand where several hosts share the work.

use anyhow::{Context as _, anyhow};
use std::sync::Arc;
use thor_stack::config::Config;
use thor_stack::lease::{Claims, Lease};
use thor_stack::outlet::redis::RedisLease;
use thor_stack::supervise::Clock;

/// The lease in this command's hand; given back by its drop, if it is not the running stack's.
pub(super) struct Shared {
    lease: Arc<Lease>,
    claims: Arc<dyn Claims>,
    own: bool,
    config: Config,
}

/// Takes the lease, or uses that of this home's stack; `None`: hosts share nothing.
///
/// # Errors
/// Another host leads, or it cannot be told.
pub(super) fn take(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Option<Shared>> {
    if !config.lease.enabled {
        return Ok(None);
    }
    let server = || -> anyhow::Result<Box<RedisLease>> { Ok(Box::new(RedisLease::new(config)?)) };
    let lease = Arc::new(Lease::new(config.lease.ttl, Arc::clone(clock), server()?, server()?));
    let own = lease.take_or_share().map_err(|error| anyhow!(error)).context("taking the lease")?;
    let claims = Arc::clone(&lease) as Arc<dyn Claims>;
    Ok(Some(Shared { lease, claims, own, config: config.clone() }))
}

impl Shared {
    pub(super) fn claims(&self) -> &Arc<dyn Claims> {
        &self.claims
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.own {
            self.lease.release(self.config.bus.timeout);
        }
    }
}
