//! The supervisors of one stack: added, started in order, stopped together.

use super::bus::Bus;
use super::catch::catch;
use super::cell::Cell;
use super::context::Surroundings;
use super::entry::{Entry, cells};
use super::event::{Event, LOG_TARGET};
use super::keeper::{Keeper, ListenerStart, Start};
use super::policy::MAX_ZOMBIES;
use super::pulse::Pulse;
use super::roster::Roster;
use super::running::Running;
use super::status::{State, StatusBoard};
use super::stop::{Stop, StopSource};
use super::thread::{Body, Door, Slot, system_door};
use super::vigil::Vigil;
use super::worker::Factory;
use super::{Clock, Context, Policy, Waker, Worker, WorkerError};
use crate::sync::{self, Mutex, Receiver};
use serde_json::json;
use std::io;
use std::sync::Arc;

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
    vigil: Arc<Vigil>,
    entries: Vec<Entry>,
    pulse: Arc<Pulse>,
    calls: Receiver<()>,
    max_zombies: u32,
    roster: Roster,
}

/// The name cannot be given to a supervisor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("supervisor name {0:?} is empty, has a NUL, or is taken; choose another")]
pub struct BadName(pub String);

impl Supervisors {
    /// None yet; they will live by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Supervisors {
        let (source, stop) = Stop::channel();
        let (call, calls) = Waker::channel();
        Supervisors {
            pulse: Arc::new(Pulse::new(clock.as_ref(), call)),
            vigil: Arc::new(Vigil::new(Arc::clone(&clock))),
            clock,
            door: system_door(),
            bus: Arc::default(),
            source,
            stop,
            entries: Vec::new(),
            calls,
            max_zombies: MAX_ZOMBIES,
            roster: Roster::default(),
        }
    }

    /// How many threads may hang in workers that were replaced before no further one is: 4 unless set. Beyond it the
    /// supervisor is `failed`, and [`Running::is_overrun`].
    #[must_use]
    pub fn max_zombies(self, max_zombies: u32) -> Supervisors {
        Supervisors { max_zombies, ..self }
    }

    /// Starts threads through `door` instead of the system's.
    #[cfg(test)]
    pub(super) fn with_door(self, door: Door) -> Supervisors {
        Supervisors { door, ..self }
    }

    /// Adds a supervisor; its thread bears its name. Returns what wakes it.
    ///
    /// # Errors
    /// [`BadName`] for one that is taken or no thread can bear.
    pub fn add<F>(&mut self, name: &str, policy: Policy, factory: F) -> Result<Waker, BadName>
    where
        F: Fn(&Context) -> Result<Box<dyn Worker>, WorkerError> + Send + Sync + 'static,
    {
        let (cell, waker) = self.cell(name, policy, Arc::new(factory))?;
        self.push(cell);
        Ok(waker)
    }

    /// Adds a supervisor that attends to the others: it is listed only while it is in trouble, and woken whenever time
    /// has jumped.
    pub(crate) fn add_attendant<F>(
        &mut self,
        name: &str,
        policy: Policy,
        factory: F,
    ) -> Result<Waker, BadName>
    where
        F: Fn(&Context) -> Result<Box<dyn Worker>, WorkerError> + Send + Sync + 'static,
    {
        let (mut cell, waker) = self.cell(name, policy, Arc::new(factory))?;
        cell.is_attendant = true;
        self.pulse.tell(waker.clone());
        self.push(cell);
        Ok(waker)
    }

    /// The status of those added, for one of them; see [`Running::status`].
    pub(crate) fn roster(&self) -> Roster {
        self.roster.clone()
    }

    fn cell(&self, name: &str, policy: Policy, factory: Factory) -> Result<(Cell, Waker), BadName> {
        self.check(name)?;
        if let Some(deadline) = policy.deadline {
            self.pulse.watch(deadline);
        }
        let (waker, wakes) = Waker::channel();
        let surroundings = self.surroundings(name, waker.clone());
        let (pulse, vigil) = (Arc::clone(&self.pulse), Arc::clone(&self.vigil));
        Ok((Cell::new(policy, factory, surroundings, wakes, pulse, vigil), waker))
    }

    fn push(&mut self, cell: Cell) {
        let number = self.cells().count();
        self.entries.push(Entry::Enabled { cell: Arc::new(cell), number });
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
        let (nudge, nudges) = sync::unbounded();
        let listener = Arc::new(Slot::default());
        let keeper = Keeper {
            clock: Arc::clone(&self.clock),
            door: Arc::clone(&self.door),
            stop: self.stop.clone(),
            nudges,
            vigil: Arc::clone(&self.vigil),
            listener: ListenerStart {
                slot: Arc::clone(&listener),
                body: log_events(&self.bus),
                started: false,
            },
            cells: self.cells().map(|cell| Start::new(Arc::clone(cell))).collect(),
            pulse: Arc::clone(&self.pulse),
            calls: self.calls,
            max_zombies: self.max_zombies,
            patient: None,
        };
        let entries: Arc<[Entry]> = self.entries.into();
        self.roster.fill(&entries);
        let slot = Slot::default();
        let stack_size = Policy::default().stack_size;
        slot.spawn(&self.door, "thor-keeper", stack_size, keep(keeper))?;
        let source = Mutex::new(Some(self.source));
        Ok(Running {
            process: std::process::id(),
            bus: self.bus,
            source,
            stop: self.stop,
            nudge,
            keeper: slot,
            listener,
            entries,
            pulse: self.pulse,
        })
    }

    fn surroundings(&self, name: &str, waker: Waker) -> Surroundings {
        Surroundings {
            name: name.into(),
            clock: Arc::clone(&self.clock),
            stop: self.stop.clone(),
            waker,
            status: Arc::new(StatusBoard::new(State::Starting, self.clock.now())),
            bus: Arc::clone(&self.bus),
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

/// The keeper's body. Were it to panic (a clock of the host's), those that run would run on.
fn keep(keeper: Keeper) -> Body {
    Box::new(move || {
        if let Err(message) = catch(|| keeper.run()) {
            log::error!(target: LOG_TARGET, "keeper panicked: {message}; no further supervisor can start");
        }
    })
}

/// The one listener turns events into log lines.
fn log_events(bus: &Arc<Bus>) -> Box<dyn Fn() -> Body + Send> {
    let (bus, events) = (Arc::clone(bus), bus.listen());
    Box::new(move || {
        let (bus, events) = (Arc::clone(&bus), events.clone());
        Box::new(move || {
            for event in events {
                // A logger is the host's code; one that panics costs its line, not the lines after it.
                if catch(|| log::log!(target: LOG_TARGET, event.level(), "{event}")).is_err() {
                    bus.count_lost();
                }
            }
        })
    })
}
