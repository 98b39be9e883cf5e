//! The gate before each of the stack's workers: open while this host leads.

use crate::lease::{Lease, Tenure};
use crate::supervise::{BadName, Context, Factory, Next, Policy, Supervisors, Worker, WorkerError};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// How long a parked worker sleeps where nobody wakes it.
const PARKED: Duration = Duration::from_secs(5);

/// Lets workers work while this host holds the lease; always, where hosts share nothing.
pub(super) struct Gate(Option<Arc<Lease>>);

impl Gate {
    pub(super) fn of(lease: Option<Arc<Lease>>) -> Gate {
        Gate(lease)
    }

    pub(super) fn lease(&self) -> Option<&Arc<Lease>> {
        self.0.as_ref()
    }

    /// Adds a worker that is parked while this host stands by.
    pub(super) fn add<F>(
        &self,
        supervisors: &mut Supervisors,
        name: &str,
        policy: Policy,
        factory: F,
    ) -> Result<(), BadName>
    where
        F: Fn(&Context) -> Result<Box<dyn Worker>, WorkerError> + Send + Sync + 'static,
    {
        let Some(lease) = &self.0 else {
            return supervisors.add(name, policy, factory).map(drop);
        };
        let (kept, factory): (_, Factory) = (Arc::clone(lease), Arc::new(factory));
        let waker = supervisors.add(name, policy, move |_ctx| {
            Ok(Box::new(Gated { lease: Arc::clone(&kept), factory: Arc::clone(&factory), working: None }))
        })?;
        lease.tell(waker);
        Ok(())
    }
}

/// A worker behind the gate. It is built anew for each tenure, and writes with a generation that the tenure's end
/// revokes; parked it is dropped, and holds nothing.
struct Gated {
    lease: Arc<Lease>,
    factory: Factory,
    working: Option<Working>,
}

/// The worker in one tenure.
struct Working {
    fence: u64,
    ctx: Context,
    worker: Box<dyn Worker>,
}

impl Gated {
    fn work(&mut self, tenure: &Tenure, ctx: &Context) -> Result<Next, WorkerError> {
        let working = match self.working.take().filter(|working| working.fence == tenure.fence) {
            Some(working) => working,
            None => {
                let ctx = ctx.under(self.lease.warrant(tenure.fence));
                let worker = (self.factory)(&ctx)?;
                Working { fence: tenure.fence, ctx, worker }
            }
        };
        let working = self.working.insert(working);
        working.worker.cycle(&working.ctx)
    }

    fn park(&mut self, ctx: &Context) -> Next {
        self.working = None;
        ctx.phase("standing by");
        ctx.detail(json!({ "standby": true, "leader": self.lease.leader() }));
        Next::After(PARKED)
    }
}

impl Worker for Gated {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        let Some(tenure) = self.lease.tenure() else { return Ok(self.park(ctx)) };
        match self.work(&tenure, ctx) {
            // What failed because the tenure ended is no failure of the worker's.
            Err(error) if !self.lease.leads_as(tenure.fence) => {
                log::debug!("{}: parked in its work: {error}", ctx.name());
                Ok(self.park(ctx))
            }
            outcome => outcome,
        }
    }
}
