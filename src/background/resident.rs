//! The one stack of a process, or its place while it stands by.
//!
//! The place is found without a lock, and the process that it belongs to is compared before any lock of it is
//! touched: in a forked child those locks may be held by threads that are not there.

use super::standby::Standby;
use super::{BackgroundError, Forked, LOG_TARGET, StartOutcome};
use crate::config::Config;
use crate::instance::{Attempt, Holder, HolderInfo, InstanceLock};
use crate::stack::{Stack, StackError, StackHandle};
use crate::supervise::{Clock, ShutdownReport, SystemClock};
use arc_swap::ArcSwapOption;
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
    standby: Mutex<Option<Standby>>,
    presence: Mutex<Presence>,
    lock: Mutex<Option<InstanceLock>>,
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
    Stopping(Option<&'static StackHandle>),
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
    pub(super) fn claim(config: &Config) -> Option<Arc<Resident>> {
        let resident = Arc::new(Resident {
            pid: process::id(),
            config: config.clone(),
            stopped: AtomicBool::new(false),
            standby: Mutex::default(),
            presence: Mutex::new(Presence::Starting),
            lock: Mutex::default(),
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
    pub(super) fn begin(
        self: &Arc<Resident>,
        config: Config,
        retry: Duration,
    ) -> Result<StartOutcome, BackgroundError> {
        let info = HolderInfo::current(SystemClock::new().now());
        match InstanceLock::try_acquire(&config.home, &info)? {
            Attempt::Acquired(lock) => Ok(StartOutcome::Started(self.run(lock)?)),
            Attempt::HeldBy(holder) => {
                log::info!(
                    target: LOG_TARGET,
                    "standing by: home {} is held by {holder}; trying again every {retry:?}",
                    config.home.display()
                );
                self.stand_by(holder, retry).map_err(BackgroundError::Spawn)?;
                Ok(StartOutcome::StandingBy)
            }
        }
    }

    fn stand_by(self: &Arc<Resident>, holder: Holder, retry: Duration) -> io::Result<()> {
        // Held until the thread stands, so that a stop by another thread finds it.
        let mut standby = self.standby.lock();
        if !self.is_stopped() {
            *self.presence.lock() = Presence::StandingBy(holder);
            *standby = Some(Standby::start(Arc::clone(self), retry)?);
        }
        Ok(())
    }

    /// Starts the stack in a home that was taken. Where a stop came first, the stack is stopped at once.
    pub(super) fn run(&self, lock: InstanceLock) -> Result<&'static StackHandle, StackError> {
        // Leaked on purpose: it is handed out for ever, once a process.
        let stack: &'static StackHandle = Box::leak(Box::new(Stack::builder(self.config.clone()).start()?));
        let mut presence = self.presence.lock();
        if self.is_stopped() {
            drop(presence);
            stack.shutdown(Duration::ZERO);
        } else {
            *presence = Presence::Running(stack);
            *self.lock.lock() = Some(lock);
        }
        Ok(stack)
    }

    /// Stops the standing by and the stack, within `timeout` altogether, and gives the home back.
    pub(super) fn stop(&self, timeout: Duration) -> ShutdownReport {
        let clock = SystemClock::new();
        let stack = self.begin_to_stop();
        if let Some(standby) = self.standby.lock().take() {
            standby.stop(&clock, timeout);
        }
        let left = timeout.saturating_sub(clock.mono().0);
        let report = stack.map(|stack| stack.shutdown(left)).unwrap_or_default();
        let lock = self.lock.lock().take();
        drop(lock);
        *self.presence.lock() = Presence::Stopped;
        report
    }

    /// From here on nothing is started any more; the stack that has to be stopped.
    fn begin_to_stop(&self) -> Option<&'static StackHandle> {
        let mut presence = self.presence.lock();
        self.stopped.store(true, Ordering::Release);
        let stack = match *presence {
            Presence::Running(stack) | Presence::Stopping(Some(stack)) => Some(stack),
            _ => None,
        };
        if !matches!(*presence, Presence::Stopped) {
            *presence = Presence::Stopping(stack);
        }
        stack
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
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
