//! The market workers of a driver, in the stack's start order.

use crate::stack::{MARKET_WORKERS, policy};
use crate::supervise::{Factory, Policy};
use crate::workers::Floor;
use std::sync::Arc;

/// Name, policy and factory of each market worker that the config has not switched off.
pub(super) fn market_workers(floor: &Floor) -> Vec<(&'static str, Policy, Factory)> {
    let config = &floor.config;
    let runs = |name: &str| config.supervisor(name).enabled;
    let workers = MARKET_WORKERS.iter().filter(|worker| runs(worker.name) && (worker.off)(config).is_none());
    workers
        .map(|worker| {
            let (floor, build) = (floor.clone(), worker.build);
            let factory: Factory = Arc::new(move |_ctx| Ok(build(floor.clone())));
            (worker.name, policy(&config.supervisor(worker.name), (worker.interval)(config)), factory)
        })
        .collect()
}
