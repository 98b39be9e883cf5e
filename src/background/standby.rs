//! Waiting for the end of the home's holder, in a thread of its own.

use super::LOG_TARGET;
use super::resident::Resident;
use crate::instance::wait_for;
use crate::supervise::catch::catch;
use crate::supervise::thread::spawn_named;
use crate::supervise::{Clock, Policy, SystemClock};
use crossbeam_channel::{Receiver, Sender};
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A thread that waits for a home.
pub(super) struct Standby {
    stop: Sender<Infallible>,
    ended: Receiver<Infallible>,
}

impl Standby {
    /// Waits for `resident`'s home and starts its stack there.
    pub(super) fn start(resident: Arc<Resident>, retry: Duration) -> io::Result<Standby> {
        let (stop, stopped) = crossbeam_channel::bounded(0);
        // The thread owns a sender that it never uses: its disconnect says that the thread has ended.
        let (owned, ended) = crossbeam_channel::bounded(0);
        spawn_named("thor-standby", Policy::default().stack_size, move || {
            let _ended: Sender<Infallible> = owned;
            if let Err(panic) = catch(|| wait(&resident, retry, &stopped)) {
                log::error!(target: LOG_TARGET, "standing by ended with a panic: {panic}");
            }
        })?;
        Ok(Standby { stop, ended })
    }

    /// Ends the waiting at once; a start that is under way is waited for, `timeout` at most.
    pub(super) fn stop(self, clock: &dyn Clock, timeout: Duration) {
        drop(self.stop);
        crossbeam_channel::select_biased! {
            recv(self.ended) -> _ => {}
            recv(clock.timer(clock.mono().plus(timeout))) -> _ => {}
        }
    }
}

/// Tries until the stack runs or the stop comes. What goes wrong is said once, and tried again like a held home.
fn wait(resident: &Resident, retry: Duration, stop: &Receiver<Infallible>) {
    let clock = SystemClock::new();
    let mut said = String::new();
    loop {
        let problem = match attempt(resident, retry, &clock, stop) {
            Ok(()) => return,
            Err(problem) => problem,
        };
        if problem != said {
            log::warn!(target: LOG_TARGET, "standing by: {problem}; trying again every {retry:?}");
            said = problem;
        }
        crossbeam_channel::select_biased! {
            recv(stop) -> _ => return,
            recv(clock.timer(clock.mono().plus(retry))) -> _ => {}
        }
    }
}

/// Waits for the home and starts the stack; `Ok` too when the stop came first.
fn attempt(
    resident: &Resident,
    retry: Duration,
    clock: &dyn Clock,
    stop: &Receiver<Infallible>,
) -> Result<(), String> {
    let home = &resident.config().home;
    match wait_for(home, retry, clock, stop).map_err(|error| error.to_string())? {
        None => Ok(()),
        Some(lock) => {
            resident.run(lock).map_err(|error| error.to_string())?;
            if resident.stack().is_some() {
                log::info!(target: LOG_TARGET, "took over home {}: its holder is gone", home.display());
            }
            Ok(())
        }
    }
}
