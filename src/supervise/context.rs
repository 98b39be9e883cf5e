//! What a cycle is given.

use super::bus::Bus;
use super::event::EventKind;
use super::status::{State, StatusBoard};
use super::stop::{Stop, StopSource};
use super::{Clock, Generation, Waker, Warrant};
use crate::sync;
use jiff::Timestamp;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// What a worker is given by its supervisor, when it is built and in every cycle.
pub struct Context {
    generation: Generation,
    surroundings: Surroundings,
}

/// What the incarnations of one supervisor have in common.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) name: Arc<str>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stop: Stop,
    pub(super) waker: Waker,
    pub(super) status: Arc<StatusBoard>,
    pub(super) bus: Arc<Bus>,
    /// Only a detached context holds its own; it is stopped by nobody.
    pub(super) _never: Option<Arc<StopSource>>,
}

impl Context {
    /// A context without a supervisor, for one cycle by hand and for tests: generation 1, never stopping.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use thor_stack::supervise::{Context, SystemClock};
    ///
    /// let ctx = Context::detached(Arc::new(SystemClock::new()));
    /// assert!(!ctx.stopping());
    /// assert_eq!(ctx.generation().number(), 1);
    /// ```
    #[must_use]
    pub fn detached(clock: Arc<dyn Clock>) -> Context {
        let (never, stop) = Stop::channel();
        let status = Arc::new(StatusBoard::new(State::Running, clock.now()));
        let (waker, _) = Waker::channel();
        let surroundings = Surroundings {
            name: "detached".into(),
            clock,
            stop,
            waker,
            status,
            bus: Arc::default(),
            _never: Some(Arc::new(never)),
        };
        Context::new(Generation::new(1), surroundings)
    }

    pub(super) fn new(generation: Generation, surroundings: Surroundings) -> Context {
        Context { generation, surroundings }
    }

    /// The same context for a worker that may write only while `warrant` says so.
    #[must_use]
    pub fn under(&self, warrant: Warrant) -> Context {
        Context::new(self.generation.under(warrant), self.surroundings.clone())
    }

    /// The supervisor's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.surroundings.name
    }

    /// The token that board, outlet and ledger want with every write.
    #[must_use]
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    /// The stack's clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.surroundings.clock
    }

    /// The wall clock's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.surroundings.clock.now()
    }

    /// Says what the cycle is about to do (`reading row 812`); status and crash records show the last one. Costs one
    /// small allocation, two for a text made for the occasion.
    pub fn phase(&self, phase: impl Into<Cow<'static, str>>) {
        if !self.generation.is_revoked() {
            self.surroundings.status.set_phase(phase.into());
        }
    }

    /// Shows `detail` as the worker's own part of the status until the next call, across restarts too.
    pub fn detail(&self, detail: Value) {
        if !self.generation.is_revoked() {
            self.surroundings.status.set_detail(detail);
        }
    }

    /// Whether the stack is stopping; a long cycle looks here at its natural seams.
    #[must_use]
    pub fn stopping(&self) -> bool {
        self.surroundings.stop.is_set()
    }

    /// Waits for `duration` on the monotonic clock; false when shutdown came first.
    #[must_use]
    pub fn pause(&self, duration: Duration) -> bool {
        let clock = &self.surroundings.clock;
        let timer = clock.timer(clock.mono().plus(duration));
        if self.stopping() {
            return false;
        }
        sync::select_biased! {
            recv(self.surroundings.stop.disconnect()) -> _ => false,
            recv(timer) -> _ => true,
        }
    }

    /// Tells every listener of the supervisors' events what the worker found out.
    pub(crate) fn tell(&self, kind: EventKind) {
        if !self.generation.is_revoked() {
            self.surroundings.bus.emit(self.name(), kind);
        }
    }

    /// Wakes this supervisor: for whoever has news for the worker.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.surroundings.waker.clone()
    }
}
