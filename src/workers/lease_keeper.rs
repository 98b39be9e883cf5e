//! Keeps the lease, where several hosts share one stack.

use crate::lease::Lease;
use crate::supervise::{Context, Next, Worker, WorkerError};
use serde_json::json;
use std::sync::Arc;

/// Renews the lease, or tries to take it: one turn a cycle.
///
/// A Redis that is away is no crash: it is said once, shown in the status, and asked again. Were this worker not to
/// run at all, the lease would end by its own clock, and so would the work of all others.
pub struct LeaseKeeper {
    lease: Arc<Lease>,
}

impl LeaseKeeper {
    /// The keeper of this lease.
    #[must_use]
    pub fn new(lease: &Arc<Lease>) -> LeaseKeeper {
        LeaseKeeper { lease: Arc::clone(lease) }
    }
}

impl Worker for LeaseKeeper {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        ctx.phase("asking Redis for the lease");
        let next = self.lease.turn();
        ctx.detail(json!({ "leader": self.lease.leader(), "lease": self.lease.status() }));
        Ok(Next::After(next))
    }
}
