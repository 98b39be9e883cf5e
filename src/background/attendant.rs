//! The thread beside the stack: waits for the end of the home's holder, then for orders.

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
use std::thread::JoinHandle;
use std::time::Duration;

const THREAD: &str = "thor-attendant";

/// How often a stack makes sure of its home, which a host may give back unaware.
const CONFIRM: Duration = Duration::from_secs(10);

/// How long supervisors may take to stop when a client asks and names no deadline, as for `thor-stack run`.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// The running thread.
pub(super) struct Attendant {
    stop: Sender<Infallible>,
    ended: Receiver<Infallible>,
    thread: JoinHandle<()>,
}

impl Attendant {
    /// Attends `resident`, whether it runs or stands by.
    pub(super) fn start(resident: Arc<Resident>, retry: Duration) -> io::Result<Attendant> {
        let (stop, stopped) = crossbeam_channel::bounded(0);
        // The thread owns a sender that it never uses: its disconnect says that the thread has ended.
        let (owned, ended) = crossbeam_channel::bounded(0);
        let thread = spawn_named(THREAD, Policy::default().stack_size, move || {
            let _ended: Sender<Infallible> = owned;
            let clock = SystemClock::new();
            let attend = || {
                if stand_by(&resident, retry, &clock, &stopped) {
                    obey(&resident, &clock, &stopped);
                }
            };
            if let Err(panic) = catch(attend) {
                log::error!(target: LOG_TARGET, "{THREAD} panicked: {panic}; nobody takes over or obeys");
            }
        })?;
        Ok(Attendant { stop, ended, thread })
    }

    /// Ends the thread at once; a start or stop that is under way is waited for, `timeout` at most.
    pub(super) fn stop(self, clock: &dyn Clock, timeout: Duration) {
        drop(self.stop);
        crossbeam_channel::select_biased! {
            recv(self.ended) -> _ => {}
            recv(clock.timer(clock.mono().plus(timeout))) -> _ => return,
        }
        self.thread.join().ok(); // the body has ended, and its panics are caught
    }
}

/// Tries until the stack runs; false: the stop came first. What goes wrong is said once, and tried again like a
/// held home.
fn stand_by(resident: &Resident, retry: Duration, clock: &dyn Clock, stop: &Receiver<Infallible>) -> bool {
    let mut said = String::new();
    while resident.stack().is_none() {
        match take_over(resident, retry, clock, stop) {
            Ok(()) => return resident.stack().is_some(),
            Err(problem) if problem == said => {}
            Err(problem) => {
                log::warn!(target: LOG_TARGET, "standing by: {problem}; trying again every {retry:?}");
                said = problem;
            }
        }
        crossbeam_channel::select_biased! {
            recv(stop) -> _ => return false,
            recv(clock.timer(clock.mono().plus(retry))) -> _ => {}
        }
    }
    true
}

/// Waits for the home and starts the stack; `Ok` too when the stop came first.
fn take_over(
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
                log::info!(target: LOG_TARGET, "took home {} over: its holder is gone", home.display());
            }
            Ok(())
        }
    }
}

/// Stops the stack when a client asks for it, or when the home is lost, for then another stack may run there.
fn obey(resident: &Resident, clock: &dyn Clock, stop: &Receiver<Infallible>) {
    loop {
        crossbeam_channel::select_biased! {
            recv(stop) -> _ => return,
            recv(resident.orders()) -> _ => return resident.stop_by_order(SHUTDOWN),
            recv(clock.timer(clock.mono().plus(CONFIRM))) -> _ => {}
        }
        if let Err(lost) = resident.confirm() {
            log::error!(target: LOG_TARGET, "stopping: {lost}");
            return resident.stop_by_order(SHUTDOWN);
        }
    }
}
