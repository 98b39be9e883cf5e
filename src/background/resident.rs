//! The one stack of a process, or its place while it stands by.
//!
//! The place is found without a lock, and the process that it belongs to is compared before any lock of it is
//! touched: in a forked child those locks may be held by threads that are not there.

use super::attendant::Attendant;
use super::served::Served;
use super::{BackgroundError, Forked, LOG_TARGET, StartOutcome};
use crate::config::Config;
use crate::instance::{Attempt, Holder, HolderInfo, InstanceLock, LockError};
use crate::stack::{StackError, StackHandle};
use crate::supervise::{Clock, ShutdownReport, SystemClock, Unstopped};
use arc_swap::ArcSwapOption;
use crossbeam_channel::{Receiver, Sender};
use parking_lot::Mutex;
use std::io;
use std::mem;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static RESIDENT: ArcSwapOption<Resident> = ArcSwapOption::const_empty();

/// The one stack of a process.
pub(super) struct Resident {
    pid: u32,
    config: Config,
    /// Set by a stop; read in forked children too.
    stopped: AtomicBool,
    presence: Mutex<Presence>,
    served: Mutex<Option<Served>>,
    attendant: Mutex<Option<Attendant>>,
    /// How stopping went; held meanwhile.
    report: Mutex<ShutdownReport>,
    /// Clients of the control channel ask for a stop here.
    orders: (Sender<()>, Receiver<()>),
}

/// How the stack is present in its process.
#[derive(Clone)]
pub(crate) enum Presence {
    /// It is being started.
    Starting,
    /// Another has the home.
    StandingBy(Holder),
    /// It runs.
    Running(&'static StackHandle),
    /// It was told to stop and has not stopped yet.
    Stopping,
    /// It was told to stop.
    Stopped,
}

/// The resident of this process, if there is one.
pub(super) fn here() -> Result<Option<Arc<Resident>>, Forked> {
    match RESIDENT.load_full() {
        Some(resident) if resident.pid == process::id() => Ok(Some(resident)),
        // What was stopped before the fork has left no thread and no lock behind.
        Some(resident) if !resident.is_stopped() => Err(Forked { parent: resident.pid }),
        _ => Ok(None),
    }
}

/// The process in which a resident moved in last: this one, or one that it was forked from.
pub(super) fn started_in() -> Option<u32> {
    RESIDENT.load().as_ref().map(|resident| resident.pid)
}

/// A resident that came by a fork is never dropped: that would touch locks of threads that are not here.
fn keep_of_parent(pid: u32) {
    if let Some(resident) = RESIDENT.load_full().filter(|resident| resident.pid != pid) {
        mem::forget(resident);
    }
}

impl Resident {
    /// Moves in, unless this process has a resident already.
    pub(super) fn claim(config: Config) -> Option<Arc<Resident>> {
        let resident = Arc::new(Resident {
            pid: process::id(),
            config,
            stopped: AtomicBool::new(false),
            presence: Mutex::new(Presence::Starting),
            served: Mutex::default(),
            attendant: Mutex::default(),
            report: Mutex::default(),
            orders: crossbeam_channel::bounded(1),
        });
        keep_of_parent(resident.pid);
        let mut won = false;
        RESIDENT.rcu(|before| {
            won = before.as_ref().is_none_or(|before| before.pid != resident.pid);
            if won { Some(Arc::clone(&resident)) } else { before.clone() }
        });
        won.then_some(resident)
    }

    /// Moves out after a start that failed, so that it can be tried again.
    pub(super) fn withdraw(self: &Arc<Resident>) {
        RESIDENT.rcu(|now| now.clone().filter(|now| !Arc::ptr_eq(now, self)));
    }

    /// Takes the home and starts the stack, or stands by.
    pub(super) fn begin(self: &Arc<Resident>, retry: Duration) -> Result<StartOutcome, BackgroundError> {
        let info = HolderInfo::current(SystemClock::new().now());
        match InstanceLock::try_acquire(&self.config.home, &info)? {
            Attempt::Acquired(lock) => {
                let stack = self.run(lock)?;
                self.attend(retry).map_err(|error| {
                    self.shut_down(Duration::ZERO);
                    BackgroundError::Spawn(error)
                })?;
                Ok(StartOutcome::Started(stack))
            }
            Attempt::HeldBy(holder) => {
                let home = self.config.home.display();
                log::info!(
                    target: LOG_TARGET,
                    "standing by: home {home} is held by {holder}; trying again every {retry:?}"
                );
                *self.presence.lock() = Presence::StandingBy(holder);
                self.attend(retry).map_err(BackgroundError::Spawn)?;
                Ok(StartOutcome::StandingBy)
            }
        }
    }

    /// Starts the thread that waits for the home and for orders.
    fn attend(self: &Arc<Resident>, retry: Duration) -> io::Result<()> {
        // Held until the thread stands, so that a stop by another thread finds it.
        let mut attendant = self.attendant.lock();
        if !self.is_stopped() {
            *attendant = Some(Attendant::start(Arc::clone(self), retry)?);
        }
        Ok(())
    }

    /// Starts the stack in a home that was taken. Where a stop came first, the stack is stopped at once.
    pub(super) fn run(&self, lock: InstanceLock) -> Result<&'static StackHandle, StackError> {
        let served = Served::start(&self.config, lock, &self.orders.0)?;
        let stack = served.stack();
        *self.served.lock() = Some(served);
        let mut presence = self.presence.lock();
        if self.is_stopped() {
            drop(presence);
            self.shut_down(Duration::ZERO);
        } else {
            *presence = Presence::Running(stack);
        }
        Ok(stack)
    }

    /// Stops the standing by and the stack, within `timeout` altogether, and gives the home back.
    pub(super) fn stop(&self, timeout: Duration) -> ShutdownReport {
        let clock = SystemClock::new();
        self.begin_to_stop();
        let attendant = self.attendant.lock().take();
        if let Some(attendant) = attendant {
            attendant.stop(&clock, timeout);
        }
        self.shut_down(timeout.saturating_sub(clock.mono().0))
    }

    /// The same by the attendant itself, at the order of a client; `deadline` is for a client that names none.
    pub(super) fn stop_by_order(&self, deadline: Duration) {
        self.begin_to_stop();
        let asked = self.served.lock().as_ref().and_then(Served::deadline);
        let report = self.shut_down(asked.unwrap_or(deadline));
        log::info!(target: LOG_TARGET, "{report}");
    }

    /// From here on nothing is started any more.
    fn begin_to_stop(&self) {
        let mut presence = self.presence.lock();
        self.stopped.store(true, Ordering::Release);
        if !matches!(*presence, Presence::Stopped) {
            *presence = Presence::Stopping;
        }
    }

    /// One at a time: who comes second waits for the report of the first.
    fn shut_down(&self, deadline: Duration) -> ShutdownReport {
        let Some(mut report) = self.report.try_lock_for(deadline) else {
            let name = "the stack, which another stops".to_owned();
            return ShutdownReport {
                not_stopped: vec![Unstopped { name, phase: None }],
                took: deadline,
                ..ShutdownReport::default()
            };
        };
        let served = self.served.lock().take();
        if let Some(served) = served {
            *report = served.shut_down(deadline);
        }
        *self.presence.lock() = Presence::Stopped;
        report.clone()
    }

    /// Whether the home is still this process's; true where the stack does not run.
    ///
    /// # Errors
    /// [`LockError::Lost`].
    pub(super) fn confirm(&self) -> Result<(), LockError> {
        self.served.lock().as_ref().map_or(Ok(()), Served::confirm)
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub(super) fn orders(&self) -> &Receiver<()> {
        &self.orders.1
    }

    pub(super) fn stack(&self) -> Option<&'static StackHandle> {
        match *self.presence.lock() {
            Presence::Running(stack) => Some(stack),
            _ => None,
        }
    }

    pub(super) fn presence(&self) -> Presence {
        self.presence.lock().clone()
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }
}
