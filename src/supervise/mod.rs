//! The runtime: workers on OS threads, restarted when they crash, stopped together. Knows nothing of markets.

mod backoff;
mod bus;
pub(crate) mod catch;
mod cell;
mod clock;
mod context;
mod entry;
mod estate;
mod event;
mod generation;
mod keeper;
mod policy;
mod post;
mod pulse;
mod roster;
mod running;
mod shutdown;
mod status;
mod stepped;
mod stop;
mod supervisor;
mod supervisors;
#[cfg(test)]
mod tests;
pub mod thread;
mod trace;
mod vigil;
mod wait;
mod waker;
mod watchdog;
mod worker;

pub use clock::{Clock, ManualClock, Mono, SystemClock};
pub use context::Context;
pub use event::{Event, EventKind, RestartReason};
pub use generation::{Generation, Revoked, Warrant};
pub use policy::{Limit, Policy};
pub(crate) use roster::Roster;
pub use running::{RestartError, Running};
pub use shutdown::{ShutdownReport, Unstopped};
pub use status::{Failure, FailureKind, State, SupervisorStatus};
pub use stepped::Stepped;
pub use supervisors::{BadName, Supervisors};
pub use trace::{Stack, Trace, record_panics};
pub use waker::Waker;
pub use worker::{Factory, Next, Worker, WorkerError};

#[cfg(panic = "abort")]
compile_error!(
    "thor-stack restarts workers that panic, which needs unwinding: remove `panic = \"abort\"` from the profile"
);
