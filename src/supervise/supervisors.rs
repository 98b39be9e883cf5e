//! The supervisors of one stack: added, started in order, stopped together.

use super::bus::Bus;
use super::cell::Cell;
use super::context::Surroundings;
use super::event::{Event, EventKind};
use super::keeper::{Keeper, ListenerStart, Start};
use super::shutdown::{ShutdownReport, Unstopped};
use super::status::{State, StatusBoard, SupervisorStatus};
use super::stop::{Stop, StopSource};
use super::thread::{Body, Door, Slot, system_door};
use super::worker::Factory;
use super::{Clock, Context, Policy, SystemClock, Waker, Worker, WorkerError};
use crossbeam_channel::{Receiver, Sender};
use parking_lot::Mutex;
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How long dropping the handle waits for workers that do not stop.
const DROP_DEADLINE: Duration = Duration::from_secs(5);

/// The least time that the listener gets to write its last lines, whatever the deadline.
const LAST_LINES: Duration = Duration::from_millis(100);

/// Supervisors on their way to being started.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use thor_stack::supervise::{Context, Next, Policy, Supervisors, SystemClock, Worker, WorkerError};
///
/// struct Pulse;
///
/// impl Worker for Pulse {
///     fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
///         ctx.phase("counting heartbeats");
///         Ok(Next::After(Duration::from_secs(1)))
///     }
/// }
///
/// let mut supervisors = Supervisors::new(Arc::new(SystemClock::new()));
/// supervisors.add("Pulse", Policy::default(), |_ctx| Ok(Box::new(Pulse)))?;
/// let running = supervisors.start()?;
/// assert_eq!(running.status()[0].name, "Pulse");
/// assert!(running.shutdown(Duration::from_secs(1)).is_clean());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Supervisors {
    clock: Arc<dyn Clock>,
    door: Door,
    bus: Arc<Bus>,
    source: StopSource,
    stop: Stop,
    entries: Vec<Entry>,
}

/// A supervisor that runs, or one that only shows why it does not.
enum Entry {
    Enabled { cell: Arc<Cell>, number: usize },
    Disabled { name: String, reason: String, status: StatusBoard },
}

/// The name cannot be given to a supervisor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("supervisor name {0:?} is empty, has a NUL, or is taken; choose another")]
pub struct BadName(pub String);

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

impl Supervisors {
    /// None yet; they will live by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Supervisors {
        let (source, stop) = Stop::channel();
        Supervisors { clock, door: system_door(), bus: Arc::default(), source, stop, entries: Vec::new() }
    }

    /// Adds a supervisor; its thread bears its name. Returns what wakes it.
    ///
    /// # Errors
    /// [`BadName`] for one that is taken or no thread can bear.
    pub fn add<F>(&mut self, name: &str, policy: Policy, factory: F) -> Result<Waker, BadName>
    where
        F: Fn(&Context) -> Result<Box<dyn Worker>, WorkerError> + Send + Sync + 'static,
    {
        self.check(name)?;
        let (waker, wakes) = Waker::channel();
        let surroundings = self.surroundings(name, waker.clone());
        let factory: Factory = Arc::new(factory);
        let cell = Arc::new(Cell::new(policy, factory, surroundings, wakes, Arc::clone(&self.bus)));
        let number = self.cells().count();
        self.entries.push(Entry::Enabled { cell, number });
        Ok(waker)
    }

    /// Lists a supervisor that will not run, with the reason.
    ///
    /// # Errors
    /// [`BadName`] as in [`Supervisors::add`].
    pub fn add_disabled(&mut self, name: &str, reason: &str) -> Result<(), BadName> {
        self.check(name)?;
        let status = StatusBoard::new(State::Disabled, self.clock.now());
        status.set_detail(json!({ "reason": reason }));
        self.entries.push(Entry::Disabled { name: name.to_owned(), reason: reason.to_owned(), status });
        Ok(())
    }

    /// Every event from the start on; see [`Running::events`].
    #[must_use]
    pub fn events(&self) -> Receiver<Event> {
        self.bus.listen()
    }

    /// Starts them, in the order in which they were added, and returns at once. Where the system refuses a
    /// supervisor its thread, that is a failure with back-off while the others run.
    ///
    /// # Errors
    /// What the system said when it refused the very first thread, which starts the others; nothing runs then.
    pub fn start(self) -> io::Result<Running> {
        let (nudge, nudges) = crossbeam_channel::unbounded();
        let listener = Arc::new(Slot::default());
        let keeper = Keeper {
            clock: Arc::clone(&self.clock),
            door: Arc::clone(&self.door),
            stop: self.stop.clone(),
            nudges,
            listener: ListenerStart {
                slot: Arc::clone(&listener),
                body: log_events(&self.bus),
                started: false,
            },
            cells: self.cells().map(|cell| Start::new(Arc::clone(cell))).collect(),
        };
        let slot = Slot::default();
        let stack_size = Policy::default().stack_size;
        slot.spawn(&self.door, "thor-keeper", stack_size, Box::new(move || keeper.run()))?;
        let source = Mutex::new(Some(self.source));
        Ok(Running {
            bus: self.bus,
            source,
            stop: self.stop,
            nudge,
            keeper: slot,
            listener,
            entries: self.entries,
        })
    }

    fn surroundings(&self, name: &str, waker: Waker) -> Surroundings {
        Surroundings {
            name: name.into(),
            clock: Arc::clone(&self.clock),
            stop: self.stop.clone(),
            waker,
            status: Arc::new(StatusBoard::new(State::Starting, self.clock.now())),
            _never: None,
        }
    }

    fn check(&self, name: &str) -> Result<(), BadName> {
        let taken = self.entries.iter().any(|entry| entry.name() == name);
        if taken || name.is_empty() || name.contains('\0') { Err(BadName(name.to_owned())) } else { Ok(()) }
    }

    fn cells(&self) -> impl Iterator<Item = &Arc<Cell>> {
        cells(&self.entries)
    }
}

/// The one listener turns events into log lines.
fn log_events(bus: &Bus) -> Box<dyn Fn() -> Body + Send> {
    let events = bus.listen();
    Box::new(move || {
        let events = events.clone();
        Box::new(move || {
            for event in events {
                log::log!(event.level(), "{event}");
            }
        })
    })
}

fn cells(entries: &[Entry]) -> impl DoubleEndedIterator<Item = &Arc<Cell>> {
    entries.iter().filter_map(|entry| match entry {
        Entry::Enabled { cell, .. } => Some(cell),
        Entry::Disabled { .. } => None,
    })
}

impl Entry {
    fn name(&self) -> &str {
        match self {
            Entry::Enabled { cell, .. } => cell.name(),
            Entry::Disabled { name, .. } => name,
        }
    }

    fn report(&self) -> SupervisorStatus {
        match self {
            Entry::Enabled { cell, .. } => cell.report(),
            Entry::Disabled { name, status, .. } => status.report(name, &status.facts(), State::Disabled),
        }
    }
}

/// Supervisors that run. Dropping it stops them, waiting at most 5 s.
pub struct Running {
    bus: Arc<Bus>,
    source: Mutex<Option<StopSource>>,
    stop: Stop,
    nudge: Sender<usize>,
    keeper: Slot,
    listener: Arc<Slot>,
    entries: Vec<Entry>,
}

impl Running {
    /// The status of each, in the order in which they were added. Takes no lock.
    #[must_use]
    pub fn status(&self) -> Vec<SupervisorStatus> {
        self.entries.iter().map(Entry::report).collect()
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
    /// where it is in one. The channel gets the new generation's number when the worker stands; it disconnects
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
                let (asker, answer) = crossbeam_channel::bounded(1);
                // Neither channel can be closed: this side holds an end of each.
                cell.restarts.0.send(asker).ok();
                self.nudge.send(*number).ok();
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
    /// stop; those may write no more. Real time: threads end in no other. Again is harmless.
    pub fn shutdown(&self, deadline: Duration) -> ShutdownReport {
        let clock = SystemClock::new();
        let until = clock.mono().plus(deadline);
        drop(self.source.lock().take());
        self.keeper.join_until(&clock, until);
        let mut report = ShutdownReport::default();
        for cell in cells(&self.entries).rev() {
            if cell.slot.join_until(&clock, until) {
                report.stopped.push(cell.name().to_owned());
            } else {
                report.not_stopped.push(abandon(cell));
            }
        }
        self.bus.close();
        self.listener.join_until(&clock, until.max(clock.mono().plus(LAST_LINES)));
        report.took = clock.mono().0;
        report
    }
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
