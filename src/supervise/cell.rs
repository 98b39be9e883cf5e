//! What one supervisor is, apart from the thread that works for it.

use super::bus::Bus;
use super::context::Surroundings;
use super::estate::Estate;
use super::event::EventKind;
use super::post::{Post, Stretch};
use super::pulse::Pulse;
use super::status::{Failure, State, SupervisorStatus};
use super::thread::{Ended, Slot};
use super::trace;
use super::vigil::Vigil;
use super::worker::Factory;
use super::{Context, FailureKind, Generation, Limit, Mono, Policy, Unstopped};
use crate::sync::{self, AtomicU32, Mutex, Ordering, Receiver, Sender};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Everything that a thread needs to work as this supervisor, and everything that others know of it. A thread brings
/// nothing of its own, so that another thread can take its place.
pub(super) struct Cell {
    pub(super) policy: Policy,
    pub(super) factory: Factory,
    pub(super) surroundings: Surroundings,
    pub(super) wakes: Receiver<()>,
    pub(super) restarts: (Sender<Restart>, Receiver<Restart>),
    pub(super) vigil: Arc<Vigil>,
    pub(super) slot: Slot,
    pub(super) post: Post,
    pub(super) estate: Mutex<Estate>,
    pub(super) pulse: Arc<Pulse>,
    /// Listed only while it is in trouble.
    pub(super) is_attendant: bool,
    generation: Mutex<Generation>,
    /// Number 0: what all later ones count together is read here without a lock.
    origin: Generation,
    zombies: Mutex<Vec<Zombie>>,
    living_zombies: AtomicU32,
}

/// The command to build the worker anew; the sender gets the number of the new generation.
pub(super) type Restart = Sender<u64>;

/// A thread that was abandoned in a hung worker.
struct Zombie {
    phase: Option<String>,
    ended: Ended,
}

impl Cell {
    pub(super) fn new(
        policy: Policy,
        factory: Factory,
        surroundings: Surroundings,
        wakes: Receiver<()>,
        pulse: Arc<Pulse>,
        vigil: Arc<Vigil>,
    ) -> Cell {
        let origin = Generation::new(0);
        Cell {
            estate: Mutex::new(Estate::new(policy.clone())),
            policy,
            factory,
            surroundings,
            wakes,
            restarts: sync::unbounded(), // a command is a person's; nobody types millions
            vigil,
            slot: Slot::default(),
            post: Post::default(),
            pulse,
            is_attendant: false,
            generation: Mutex::new(origin.clone()),
            origin,
            zombies: Mutex::default(),
            living_zombies: AtomicU32::new(0),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.surroundings.name
    }

    fn bus(&self) -> &Bus {
        &self.surroundings.bus
    }

    /// Says what happened; of an attendant only what is no routine.
    pub(super) fn emit(&self, kind: EventKind) {
        if !self.is_attendant || !kind.is_routine() {
            self.bus().emit(self.name(), kind);
        }
    }

    /// Tells of a failure, with all that is known of it.
    pub(super) fn emit_failure(&self, kind: EventKind, failure: &Arc<Failure>) {
        self.bus().emit_failure(self.name(), kind, failure);
    }

    /// The context of the next incarnation; the last one may write no more.
    pub(super) fn next_context(&self) -> Context {
        let mut current = self.generation.lock();
        current.revoke();
        *current = current.successor();
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
        let last = format!("{}: {}", failure.kind, failure.message);
        let reason = match self.policy.limit {
            Some(Limit { failures, within }) => {
                format!("{failures} failures within {within:?}, the last: {last}")
            }
            None => last,
        };
        self.give_up_because(failure, reason);
    }

    pub(super) fn give_up_because(&self, failure: &Arc<Failure>, reason: String) {
        self.surroundings.status.update(|facts| facts.enter(State::Failed, failure.at));
        self.emit_failure(EventKind::GaveUp { reason }, failure);
    }

    /// A restart by command: `asker` is answered when the worker stands.
    pub(super) fn commanded(&self, asker: Restart) {
        let mut estate = self.estate.lock();
        estate.askers.push(asker);
        estate.commanded();
    }

    /// Lets go of the restarts that nobody will answer any more.
    pub(super) fn drop_restarts(&self) {
        self.restarts.1.try_iter().for_each(drop);
        self.estate.lock().askers.clear();
    }

    /// The record of a failure that happens now; the status has it from this moment, whatever becomes of the drop of
    /// the worker.
    pub(super) fn failure(&self, kind: FailureKind, message: String) -> Arc<Failure> {
        self.failure_at(self.surroundings.clock.now(), kind, message)
    }

    /// The same of an earlier moment.
    pub(super) fn failure_at(&self, at: Timestamp, kind: FailureKind, message: String) -> Arc<Failure> {
        let status = &self.surroundings.status;
        let failure = Arc::new(Failure { at, ..self.failed(kind, message, status.phase()) });
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

    /// A timer that was set for `due` has come: had it stood still, everybody starts to count anew.
    pub(super) fn beat(&self, due: Mono) {
        if let Some((late, jumped)) = self.pulse.beat(self.surroundings.clock.as_ref(), due) {
            self.bus().emit("thor-keeper", EventKind::StoodStill { late, jumped });
        }
    }

    /// Takes post and right to write from the thread that is in `stretch`, and counts it among the zombies; false when
    /// the stretch has just ended.
    pub(super) fn abandon(&self, stretch: Stretch, phase: Option<String>) -> bool {
        // Counted before it can come back and be taken off.
        self.living_zombies.fetch_add(1, Ordering::SeqCst);
        self.pulse.zombies.fetch_add(1, Ordering::SeqCst);
        if !self.post.dismiss(stretch) {
            self.zombie_ended();
            return false;
        }
        self.revoke();
        let mut zombies = self.zombies.lock();
        zombies.retain(|zombie| !zombie.has_ended());
        zombies.extend(self.slot.abandon().map(|ended| Zombie { phase, ended }));
        true
    }

    /// A zombie has come back, and ends.
    pub(super) fn zombie_ended(&self) {
        self.living_zombies.fetch_sub(1, Ordering::SeqCst);
        self.pulse.zombies.fetch_sub(1, Ordering::SeqCst);
    }

    /// The zombies that have not ended by `deadline`.
    pub(super) fn zombies(&self, clock: &dyn super::Clock, deadline: Mono) -> Vec<Unstopped> {
        let mut left = Vec::new();
        for zombie in self.zombies.lock().drain(..) {
            let Zombie { phase, ended } = zombie;
            sync::select_biased! {
                recv(ended) -> _ => {},
                recv(clock.timer(deadline)) -> _ => left.push(Unstopped { name: self.name().to_owned(), phase }),
            }
        }
        left
    }

    /// The status. A cycle past its deadline is told from here, by the reader's look at the clock: the thread that
    /// hangs can't tell, and nobody has to wake up for it.
    pub(super) fn report(&self) -> SupervisorStatus {
        let Surroundings { name, clock, stop, status, .. } = &self.surroundings;
        let facts = status.facts();
        let ended = matches!(facts.state, State::Stopped | State::Failed | State::Disabled);
        let busy = facts.busy_since.map(|since| clock.mono().since(self.pulse.fairly_since(since)));
        let overdue = busy.zip(self.policy.deadline).is_some_and(|(busy, deadline)| busy > deadline);
        let state = match facts.state {
            _ if overdue => State::Hung,
            state if ended || !stop.is_set() => state,
            _ => State::Stopping,
        };
        SupervisorStatus {
            zombies: self.living_zombies.load(Ordering::SeqCst),
            refused_writes: self.origin.refused(),
            ..status.report(name, &facts, state)
        }
    }
}

impl Zombie {
    fn has_ended(&self) -> bool {
        self.ended.try_recv().is_err_and(|error| error.is_disconnected())
    }
}
