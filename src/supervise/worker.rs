//! The worker: one unit of business that the runtime keeps alive.

use super::Context;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// A worker does one cycle of its business whenever its supervisor calls it.
///
/// # The contract
/// - **One cycle is one unit of business**: it reads, decides, writes, and says when it wants to be called next. It
///   does not loop, sleep, or wait for anything without a bound. Where it must wait (a retry), it uses
///   `Context::pause`, which ends on shutdown.
/// - **What is rebuilt**: after a panic or an error the worker is dropped and built again by its factory, on the
///   same thread. Nothing that it held survives. What must survive lives in the board or the ledger.
/// - **What a panic may tear**: only the worker's own fields, which are thrown away. Shared state is written by
///   swapping whole values, never field by field.
/// - **What "stop" means**: the supervisor stops between cycles. A cycle that takes long looks at
///   `Context::stopping` at its natural seams and returns early. `drop` is the last call: it gives back what the
///   outside world would miss (a lock), within a bound.
/// - **How long a cycle may take**: as long as the supervisor's deadline says. Past it the cycle counts as hung; the
///   worker may be abandoned, its [`Generation`](super::Generation) revoked, and a fresh one take over.
/// - **Every write carries the generation** , so that an abandoned worker writes nothing.
pub trait Worker: Send {
    /// Does one unit of business and says when the next is wanted.
    ///
    /// # Errors
    /// A [`WorkerError`] when the cycle failed and the worker should be rebuilt after a back-off. Failures that the
    /// worker can live with are not errors: it counts them, shows them in its status detail and goes on.
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError>;
}

/// Builds a worker, on the thread that will run it, for the first time and after every failure. It may run on a fresh
/// thread while an abandoned one still hangs in it, so it is shared and changes nothing that it captured.
pub type Factory = Arc<dyn Fn(&Context) -> Result<Box<dyn Worker>, WorkerError> + Send + Sync>;

/// When the next cycle is wanted. A wake-up (see [`Waker`](super::Waker)) comes sooner, except after
/// [`Next::Done`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// After this long on the monotonic clock, counted from the start of the cycle that returned it: cadence does
    /// not drift by the time that a cycle takes. If that is past already, at once.
    After(Duration),
    /// At this instant of the wall clock; re-derived at least every second, so that suspend and clock steps can
    /// neither skip nor delay it. When the clock was set back meanwhile, the worker is asked again a second after the
    /// instant would have come: by the clock as it is now, another instant may be the next.
    At(Timestamp),
    /// Only when woken: there is nothing to do until then.
    OnWake,
    /// The worker has returned: it is built again after the supervisor's interval, never in a busy loop.
    Done,
}

/// A cycle failed, with the text that log and status show.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct WorkerError {
    message: String,
}

impl WorkerError {
    /// An error with this text: lowercase, names the thing and the next step.
    pub fn new(message: impl Into<String>) -> WorkerError {
        WorkerError { message: message.into() }
    }

    /// An error with the text of `error` and of each of its sources, joined by `: `.
    pub fn from_error(error: &(dyn std::error::Error + 'static)) -> WorkerError {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        WorkerError { message }
    }
}
