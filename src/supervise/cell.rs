//! What one supervisor is, apart from the thread that works for it.

use super::bus::Bus;
use super::context::Surroundings;
use super::event::EventKind;
use super::status::{Failure, State, SupervisorStatus};
use super::thread::Slot;
use super::trace;
use super::vigil::Vigil;
use super::worker::Factory;
use super::{Context, FailureKind, Generation, Limit, Mono, Policy};
use crossbeam_channel::{Receiver, Sender};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// Everything that a thread needs to work as this supervisor, and everything that others know of it. A thread brings
/// nothing of its own but its back-off, so that another thread can take its place.
pub(super) struct Cell {
    pub(super) policy: Policy,
    pub(super) factory: Factory,
    pub(super) surroundings: Surroundings,
    pub(super) wakes: Receiver<()>,
    pub(super) restarts: (Sender<Restart>, Receiver<Restart>),
    pub(super) bus: Arc<Bus>,
    pub(super) vigil: Arc<Vigil>,
    pub(super) slot: Slot,
    generation: Mutex<Generation>,
}

/// The command to build the worker anew; the sender gets the number of the new generation.
pub(super) type Restart = Sender<u64>;

impl Cell {
    pub(super) fn new(
        policy: Policy,
        factory: Factory,
        surroundings: Surroundings,
        wakes: Receiver<()>,
        bus: Arc<Bus>,
        vigil: Arc<Vigil>,
    ) -> Cell {
        Cell {
            policy,
            factory,
            surroundings,
            wakes,
            restarts: crossbeam_channel::unbounded(), // a command is a person's; nobody types millions
            bus,
            vigil,
            slot: Slot::default(),
            generation: Mutex::new(Generation::new(0)),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.surroundings.name
    }

    pub(super) fn emit(&self, kind: EventKind) {
        self.bus.emit(self.name(), kind);
    }

    /// Tells of a failure, with all that is known of it.
    pub(super) fn emit_failure(&self, kind: EventKind, failure: &Arc<Failure>) {
        self.bus.emit_failure(self.name(), kind, failure);
    }

    /// The context of the next incarnation; the last one may write no more.
    pub(super) fn next_context(&self) -> Context {
        let mut current = self.generation.lock();
        current.revoke();
        *current = Generation::new(current.number() + 1);
        Context::new(current.clone(), self.surroundings.clone())
    }

    /// Takes the right to write from the current incarnation.
    pub(super) fn revoke(&self) {
        self.generation.lock().revoke();
    }

    /// Enters `state`, where nothing is due at a time.
    pub(super) fn enter(&self, state: State) {
        let now = self.surroundings.clock.now();
        self.surroundings.status.update(|facts| facts.enter(state, now));
    }

    /// Enters `state`, in which user code runs from now on; when that is.
    pub(super) fn enter_busy(&self, state: State) -> Mono {
        let (began, now) = (self.surroundings.clock.mono(), self.surroundings.clock.now());
        self.surroundings.status.clear_phase();
        self.surroundings.status.update(|facts| {
            facts.enter(state, now);
            facts.busy_since = Some(began);
        });
        began
    }

    /// Enters the back-off after `failure` and shows when the next try is due.
    pub(super) fn back_off(&self, failure: &Failure, retry_in: Duration) {
        let next_at = failure.at.checked_add(retry_in).ok();
        self.surroundings.status.update(|facts| {
            facts.enter(State::BackingOff, failure.at);
            facts.next_at = next_at;
        });
    }

    /// Enters the state `failed` after the last of too many failures, and says so.
    pub(super) fn give_up(&self, failure: &Arc<Failure>) {
        self.surroundings.status.update(|facts| facts.enter(State::Failed, failure.at));
        let last = format!("{}: {}", failure.kind, failure.message);
        let reason = match self.policy.limit {
            Some(Limit { failures, within }) => {
                format!("{failures} failures within {within:?}, the last: {last}")
            }
            None => last,
        };
        self.emit_failure(EventKind::GaveUp { reason }, failure);
    }

    /// Lets go of the restarts that nobody will answer any more.
    pub(super) fn drop_restarts(&self) {
        self.restarts.1.try_iter().for_each(drop);
    }

    /// The record of a failure that happens now; the status has it from this moment, whatever becomes of the drop of
    /// the worker.
    pub(super) fn failure(&self, kind: FailureKind, message: String) -> Arc<Failure> {
        let status = &self.surroundings.status;
        let failure = Arc::new(self.failed(kind, message, status.phase()));
        status.update(|facts| facts.last_error = Some(Arc::clone(&failure)));
        failure
    }

    /// The record of a panic in the drop of the worker, which the status does not show: it has the failure before.
    pub(super) fn drop_failure(&self, message: String) -> Arc<Failure> {
        Arc::new(self.failed(FailureKind::Panic, message, Some("dropping the worker".into())))
    }

    fn failed(&self, kind: FailureKind, message: String, phase: Option<String>) -> Failure {
        let trace = if kind == FailureKind::Panic { trace::take() } else { None };
        let (at, generation) = (self.surroundings.clock.now(), self.generation.lock().number());
        Failure { kind, message, at, phase, generation, trace }
    }

    /// The status. A cycle past its deadline is told from here, by the reader's look at the clock: the thread that
    /// hangs can't tell, and nobody has to wake up for it.
    pub(super) fn report(&self) -> SupervisorStatus {
        let Surroundings { name, clock, stop, status, .. } = &self.surroundings;
        let facts = status.facts();
        let ended = matches!(facts.state, State::Stopped | State::Failed | State::Disabled);
        let busy = facts.busy_since.map(|since| clock.mono().since(since));
        let overdue = busy.zip(self.policy.deadline).is_some_and(|(busy, deadline)| busy > deadline);
        let state = match facts.state {
            _ if overdue => State::Hung,
            state if ended || !stop.is_set() => state,
            _ => State::Stopping,
        };
        status.report(name, &facts, state)
    }
}
