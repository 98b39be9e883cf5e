//! The thread that starts the others, asks again where the system refused one, replaces those that hang, and looks at
//! the wall clock for all.

use super::backoff::{Backoff, Verdict};
use super::cell::Cell;
use super::event::EventKind;
use super::pulse::Pulse;
use super::stop::Stop;
use super::supervisor::supervise;
use super::thread::{Body, Door, Slot};
use super::vigil::Vigil;
use super::watchdog::{Look, PATIENCE};
use super::{Clock, FailureKind, Mono, Policy};
use crate::sync::{self, Receiver};
use jiff::Timestamp;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Starts supervisors in order. One whose thread is refused backs off like any other failure while the others run;
/// once all run, it sleeps while no watched worker is busy, but for the looks at the wall clock while somebody waits
/// for that.
pub(super) struct Keeper {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) door: Door,
    pub(super) stop: Stop,
    /// Numbers of cells that were told to restart.
    pub(super) nudges: Receiver<usize>,
    pub(super) vigil: Arc<Vigil>,
    pub(super) listener: ListenerStart,
    pub(super) cells: Vec<Start>,
    pub(super) pulse: Arc<Pulse>,
    /// A watched worker is busy.
    pub(super) calls: Receiver<()>,
    pub(super) max_zombies: u32,
    /// The next look, where it can wait a little: nobody was busy at the last one.
    pub(super) patient: Option<Mono>,
}

/// A supervisor and its start.
pub(super) struct Start {
    pub(super) cell: Arc<Cell>,
    /// Of the starts that were refused.
    backoff: Backoff,
    pub(super) due: Due,
    /// How often user code was entered when it was last looked at.
    pub(super) stretches: u64,
}

/// The listener's thread, whose start is no supervisor's but may be refused like theirs.
pub(super) struct ListenerStart {
    pub(super) slot: Arc<Slot>,
    pub(super) body: Box<dyn Fn() -> Body + Send>,
    pub(super) started: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    At(Mono),
    /// It runs.
    Never,
    /// It failed too often; a nudge tries again.
    OnNudge,
}

impl Start {
    pub(super) fn new(cell: Arc<Cell>) -> Start {
        let backoff = Backoff::new(cell.policy.clone());
        Start { cell, backoff, due: Due::At(Mono::default()), stretches: 0 }
    }

    /// When its thread wakes of its own accord.
    fn wakes_at(&self) -> Option<Timestamp> {
        self.cell.surroundings.status.facts().next_at
    }

    fn attempt(&mut self, door: &Door, now: Mono) {
        let cell = Arc::clone(&self.cell);
        let body = Box::new(move || supervise(&cell));
        match self.cell.slot.spawn(door, self.cell.name(), self.cell.policy.stack_size, body) {
            Ok(()) => self.due = Due::Never,
            Err(error) => self.refused(&error, now),
        }
    }

    fn refused(&mut self, error: &io::Error, now: Mono) {
        let message = format!("starting thread {:?}: {error}", self.cell.name());
        let failure = self.cell.failure(FailureKind::Error, message.clone());
        match self.backoff.failed(now, Duration::ZERO) {
            Verdict::RetryIn(delay) => {
                self.due = Due::At(now.plus(delay));
                self.cell.back_off(&failure, delay);
                self.cell.emit_failure(EventKind::SpawnFailed { message, retry_in: delay }, &failure);
            }
            Verdict::GiveUp => {
                self.due = Due::OnNudge;
                self.cell.give_up(&failure);
            }
        }
    }

    /// A supervisor that has no thread gets its next chance now.
    fn nudge(&mut self, now: Mono, max_zombies: u32) {
        if self.due == Due::Never {
            return;
        }
        if self.cell.pulse.has_more_zombies_than(max_zombies) {
            return self.cell.drop_restarts();
        }
        self.backoff.reset();
        if self.cell.slot.was_started() {
            self.cell.estate.lock().commanded();
        }
        self.due = Due::At(now);
    }
}

impl Keeper {
    pub(super) fn run(mut self) {
        while !self.stop.is_set() {
            let listener_due = self.start_listener(self.clock.mono());
            self.watch();
            self.start_due();
            let vigil_at = self.vigil.look(self.cells.iter().filter_map(Start::wakes_at));
            self.ride(vigil_at);
            self.wait([listener_due, self.pulse.look_at(), vigil_at]);
        }
    }

    fn start_due(&mut self) {
        let now = self.clock.mono();
        for start in &mut self.cells {
            if matches!(start.due, Due::At(at) if at <= now) && !self.stop.is_set() {
                start.attempt(&self.door, now);
            }
        }
    }

    /// When to try again, if it was refused.
    fn start_listener(&mut self, now: Mono) -> Option<Mono> {
        let ListenerStart { slot, body, started } = &mut self.listener;
        let policy = Policy::default();
        *started = *started || slot.spawn(&self.door, "thor-events", policy.stack_size, body()).is_ok();
        (!*started).then(|| now.plus(policy.first))
    }

    /// Replaces who hangs, when it is time to look.
    fn watch(&mut self) {
        // Read before the pulse is asked: a stop after this reading makes nobody late, one before it is seen.
        let (now, due) = (self.clock.mono(), self.pulse.look_at());
        if due.is_some_and(|due| now < due) {
            return; // woken for something else; a look too early would see nobody busy, and be called again
        }
        self.came(due);
        // Who becomes busy from here on, unseen by this look, calls.
        self.pulse.set_look(None);
        let look_at = self.look(now);
        self.pulse.propose(look_at);
    }

    fn look(&mut self, now: Mono) -> Option<Mono> {
        let max_zombies = self.max_zombies;
        let looks: Vec<Look> =
            self.cells.iter_mut().filter_map(|start| start.look(now, max_zombies)).collect();
        let look_at = looks.iter().map(|look| look.at).min();
        self.patient = look_at.filter(|_| looks.iter().all(|look| look.can_wait));
        look_at
    }

    /// Puts a look that can wait off, once, to the look at the wall clock that comes soon after it.
    fn ride(&mut self, vigil_at: Option<Mono>) {
        let (Some(look_at), Some(vigil_at)) = (self.patient, vigil_at) else { return };
        if look_at < vigil_at && vigil_at.since(look_at) <= PATIENCE {
            self.pulse.put_off(look_at, vigil_at);
            self.patient = None;
        }
    }

    fn wait(&mut self, others: [Option<Mono>; 3]) {
        let dues = self.cells.iter().filter_map(|start| match start.due {
            Due::At(at) => Some(at),
            Due::Never | Due::OnNudge => None,
        });
        let due = dues.chain(others.into_iter().flatten()).min();
        let timer = match due {
            Some(at) => self.clock.timer(at),
            None => sync::never(),
        };
        sync::select_biased! {
            recv(self.stop.disconnect()) -> _ => {},
            recv(self.nudges) -> number => self.nudged(number.ok()),
            recv(self.calls) -> _ => {},
            recv(self.vigil.bell()) -> _ => {},
            recv(timer) -> _ => {},
        }
        // Whatever woke it: after a standstill everything comes at once.
        self.came(due.filter(|due| *due <= self.clock.mono()));
    }

    /// The timer came that was set for `due`: late, if the process stood still. The keeper's own work takes no time.
    fn came(&self, due: Option<Mono>) {
        if let (Some(due), Some(first)) = (due, self.cells.first()) {
            first.cell.beat(due);
        }
    }

    fn nudged(&mut self, number: Option<usize>) {
        let (now, max_zombies) = (self.clock.mono(), self.max_zombies);
        if let Some(start) = number.and_then(|number| self.cells.get_mut(number)) {
            start.nudge(now, max_zombies);
        }
    }
}
