//! Supervisors that run, in their host's hand.

use super::bus::Bus;
use super::cell::Cell;
use super::entry::{self, Entry, cells};
use super::event::{Event, EventKind};
use super::pulse::Pulse;
use super::shutdown::{ShutdownReport, Unstopped};
use super::status::{State, SupervisorStatus};
use super::stop::{Stop, StopSource};
use super::thread::Slot;
use super::{Clock, SystemClock};
use crate::sync::{self, Mutex, Ordering, Receiver, Sender};
use std::sync::Arc;
use std::time::Duration;

/// How long dropping the handle waits for workers that do not stop.
const DROP_DEADLINE: Duration = Duration::from_secs(5);

/// The least time that the listener gets to write its last lines, whatever the deadline.
const LAST_LINES: Duration = Duration::from_millis(100);

/// Supervisors that run. Dropping it stops them, waiting at most 5 s.
pub struct Running {
    pub(super) process: u32,
    pub(super) bus: Arc<Bus>,
    pub(super) source: Mutex<Option<StopSource>>,
    pub(super) stop: Stop,
    pub(super) nudge: Sender<usize>,
    pub(super) keeper: Slot,
    pub(super) listener: Arc<Slot>,
    pub(super) entries: Arc<[Entry]>,
    pub(super) pulse: Arc<Pulse>,
}

impl Running {
    /// The status of each, in the order in which they were added. Takes no lock.
    #[must_use]
    pub fn status(&self) -> Vec<SupervisorStatus> {
        entry::reports(&self.entries)
    }

    /// Whether every supervisor that is to run has had its thread.
    #[must_use]
    pub fn has_started(&self) -> bool {
        cells(&self.entries).all(|cell| cell.slot.was_started())
    }

    /// Whether a worker that hung was not replaced because too many threads hang already
    /// ([`Supervisors::max_zombies`](super::Supervisors::max_zombies)): only a new process frees them.
    #[must_use]
    pub fn is_overrun(&self) -> bool {
        self.pulse.overrun.load(Ordering::SeqCst)
    }

    /// Whether the order to stop was given.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop.is_set()
    }

    /// Every event from now on; it disconnects after the last one. Who lags 1,024 behind loses events and delays
    /// nobody.
    #[must_use]
    pub fn events(&self) -> Receiver<Event> {
        self.bus.listen()
    }

    /// How many events were lost on listeners that were too slow.
    #[must_use]
    pub fn lost_events(&self) -> u64 {
        self.bus.lost()
    }

    /// Asks `name` to build its worker anew, at once where it waits, backs off or has given up, after the cycle
    /// where it is in one, by another thread where that hangs. The channel gets the new generation's number when the worker stands; it disconnects
    /// without one if the stack stops first.
    ///
    /// # Errors
    /// [`RestartError`] when there is no such supervisor, it is disabled, or everything is stopping.
    pub fn restart(&self, name: &str) -> Result<Receiver<u64>, RestartError> {
        if self.stop.is_set() {
            return Err(RestartError::Stopping);
        }
        match self.entries.iter().find(|entry| entry.name() == name) {
            Some(Entry::Enabled { cell, number }) => {
                let (asker, answer) = sync::bounded(1);
                // Neither channel can be closed: this side holds an end of each.
                cell.restarts.0.send(asker).ok();
                self.nudge.send(*number).ok();
                if self.stop.is_set() {
                    cell.drop_restarts(); // shutdown may have passed here already
                }
                Ok(answer)
            }
            Some(Entry::Disabled { name, reason, .. }) => {
                Err(RestartError::Disabled { name: name.clone(), reason: reason.clone() })
            }
            None => {
                let known = self.entries.iter().map(Entry::name).collect::<Vec<_>>().join(", ");
                Err(RestartError::Unknown { name: name.to_owned(), known })
            }
        }
    }

    /// Tells all to stop at once, waits for them in reverse order for `deadline` altogether, and says who did not
    /// stop; those may write no more. Real time: threads end in no other. Again is harmless. In a fork of the process
    /// that started them there are no threads, and the report is empty.
    pub fn shutdown(&self, deadline: Duration) -> ShutdownReport {
        if std::process::id() != self.process {
            return ShutdownReport::default();
        }
        let clock = SystemClock::new();
        let until = clock.mono().plus(deadline);
        drop(self.source.lock().take());
        self.keeper.join_until(&clock, until);
        let mut report = ShutdownReport::default();
        for cell in cells(&self.entries).rev() {
            if !cell.slot.join_until(&clock, until) {
                report.not_stopped.push(abandon(cell));
            } else if !settle(cell).is_attendant {
                report.stopped.push(cell.name().to_owned());
            }
            cell.drop_restarts();
        }
        // Zombies have had their deadline.
        let zombies_until = until.min(clock.mono().plus(LAST_LINES));
        for cell in cells(&self.entries).rev() {
            report.not_stopped.extend(cell.zombies(&clock, zombies_until));
        }
        self.bus.close();
        self.listener.join_until(&clock, until.max(clock.mono().plus(LAST_LINES)));
        report.took = clock.mono().0;
        report
    }
}

/// A restart by command is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestartError {
    /// Nobody is called that.
    #[error("no supervisor {name:?}; there are: {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are, joined by commas.
        known: String,
    },
    /// It is disabled.
    #[error("supervisor {name:?} is disabled: {reason}")]
    Disabled {
        /// The name asked for.
        name: String,
        /// Why it is.
        reason: String,
    },
    /// Everything is stopping.
    #[error("the stack is stopping; start it again instead")]
    Stopping,
}

/// Notes that a supervisor has no thread, even if it never got one.
fn settle(cell: &Cell) -> &Cell {
    if cell.surroundings.status.facts().state != State::Stopped {
        cell.enter(State::Stopped);
    }
    cell
}

/// Gives a supervisor up whose thread does not stop.
fn abandon(cell: &Cell) -> Unstopped {
    cell.revoke();
    let phase = cell.surroundings.status.phase();
    cell.emit(EventKind::DidNotStop { phase: phase.clone() });
    Unstopped { name: cell.name().to_owned(), phase }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.stop.is_set() {
            self.shutdown(DROP_DEADLINE);
        }
    }
}
