//! A stack that runs in a home of its own and answers there.

use super::LOG_TARGET;
use crate::config::Config;
use crate::control::{Control, Server};
use crate::instance::{InstanceLock, LockError};
use crate::stack::{Respawns, Stack, StackControl, StackError, StackHandle};
use crate::supervise::ShutdownReport;
use crossbeam_channel::Sender;
use std::sync::Arc;
use std::time::Duration;

/// A stack that runs, with its control channel and the lock of its home.
pub(super) struct Served {
    stack: &'static StackHandle,
    control: Arc<StackControl>,
    server: Option<Server>,
    lock: InstanceLock,
}

impl Served {
    /// Starts the stack. One whose control channel cannot be opened (a path too long for a socket) runs without.
    pub(super) fn start(
        config: &Config,
        lock: InstanceLock,
        orders: &Sender<()>,
    ) -> Result<Served, StackError> {
        // Leaked on purpose: it is handed out for ever, once a process.
        let stack: &'static Arc<StackHandle> =
            Box::leak(Box::new(Arc::new(Stack::builder(config.clone()).start()?)));
        let control = Arc::new(StackControl::new(Arc::clone(stack), orders.clone(), Respawns::default()));
        let server = Server::start(&lock, Arc::clone(&control) as Arc<dyn Control>)
            .inspect_err(|error| {
                log::warn!(target: LOG_TARGET, "the stack runs, but thor-stack status cannot ask it: {error}");
            })
            .ok();
        Ok(Served { stack, control, server, lock })
    }

    pub(super) fn stack(&self) -> &'static StackHandle {
        self.stack
    }

    /// How long the client that asked for a stop gives hung supervisors, if it said.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.control.deadline()
    }

    /// Whether the home is still ours; see [`InstanceLock::confirm`].
    pub(super) fn confirm(&self) -> Result<(), LockError> {
        self.lock.confirm()
    }

    /// Stops the stack, tells the clients that wait for it, and gives the home back.
    pub(super) fn shut_down(self, deadline: Duration) -> ShutdownReport {
        let report = self.stack.shutdown(deadline);
        self.control.stopped(&report);
        drop(self.server);
        drop(self.lock);
        report
    }
}
