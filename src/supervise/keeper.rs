//! The thread that starts the others, asks again where the system refused one, and looks at the wall clock for them.

use super::backoff::{Backoff, Verdict};
use super::cell::Cell;
use super::event::EventKind;
use super::stop::Stop;
use super::supervisor::supervise;
use super::thread::{Body, Door, Slot};
use super::vigil::Vigil;
use super::{Clock, FailureKind, Mono, Policy};
use crossbeam_channel::Receiver;
use jiff::Timestamp;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Starts supervisors in order. One whose thread is refused backs off like any other failure while the others run;
/// once all run, it sleeps until somebody nudges it, but for the looks at the wall clock while somebody waits for that.
pub(super) struct Keeper {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) door: Door,
    pub(super) stop: Stop,
    /// Numbers of cells that were told to restart.
    pub(super) nudges: Receiver<usize>,
    pub(super) vigil: Arc<Vigil>,
    pub(super) listener: ListenerStart,
    pub(super) cells: Vec<Start>,
}

/// A supervisor and its start.
pub(super) struct Start {
    cell: Arc<Cell>,
    backoff: Backoff,
    due: Due,
}

/// The listener's thread, whose start is no supervisor's but may be refused like theirs.
pub(super) struct ListenerStart {
    pub(super) slot: Arc<Slot>,
    pub(super) body: Box<dyn Fn() -> Body + Send>,
    pub(super) started: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    At(Mono),
    /// It runs.
    Never,
    /// It was refused too often; a nudge tries again.
    OnNudge,
}

impl Start {
    pub(super) fn new(cell: Arc<Cell>) -> Start {
        let backoff = Backoff::new(cell.policy.clone());
        Start { cell, backoff, due: Due::At(Mono::default()) }
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
}

impl Keeper {
    pub(super) fn run(mut self) {
        while !self.stop.is_set() {
            let now = self.clock.mono();
            let listener_due = self.start_listener(now);
            for start in &mut self.cells {
                if matches!(start.due, Due::At(at) if at <= now) && !self.stop.is_set() {
                    start.attempt(&self.door, now);
                }
            }
            let look = self.vigil.look(self.cells.iter().filter_map(Start::wakes_at));
            self.wait(listener_due.into_iter().chain(look).min());
        }
    }

    /// When to try again, if it was refused.
    fn start_listener(&mut self, now: Mono) -> Option<Mono> {
        let ListenerStart { slot, body, started } = &mut self.listener;
        let policy = Policy::default();
        *started = *started || slot.spawn(&self.door, "thor-events", policy.stack_size, body()).is_ok();
        (!*started).then(|| now.plus(policy.first))
    }

    fn wait(&mut self, own: Option<Mono>) {
        let dues = self.cells.iter().filter_map(|start| match start.due {
            Due::At(at) => Some(at),
            Due::Never | Due::OnNudge => None,
        });
        let timer = match dues.chain(own).min() {
            Some(at) => self.clock.timer(at),
            None => crossbeam_channel::never(),
        };
        crossbeam_channel::select_biased! {
            recv(self.stop.disconnect()) -> _ => {}
            recv(self.nudges) -> number => if let Ok(number) = number { self.nudge(number) },
            recv(self.vigil.bell()) -> _ => {}
            recv(timer) -> _ => {}
        }
    }

    /// A supervisor that has no thread yet gets its next chance now.
    fn nudge(&mut self, number: usize) {
        if let Some(start) = self.cells.get_mut(number).filter(|start| start.due != Due::Never) {
            start.backoff.reset();
            start.due = Due::At(self.clock.mono());
        }
    }
}
