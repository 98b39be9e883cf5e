//! The stack's own records: what failed and what was down, on its way into the ledger.

mod asleep;
mod crashes;
mod outages;
mod recorder;
mod touched;

pub(super) use recorder::Site;

use crate::supervise::catch::catch;
use crate::supervise::thread::spawn_named;
use crate::supervise::{Clock, Event, Generation, Mono, Policy, SystemClock};
use arc_swap::ArcSwap;
use crossbeam_channel::{Receiver, Sender};
use recorder::Recorder;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

const THREAD: &str = "thor-records";
const LOG_TARGET: &str = "thor_stack::records";

/// The least time that the last records get to be written, whatever the deadline of a shutdown.
const LAST_RECORDS: Duration = Duration::from_millis(500);

/// How often the listener tries to write the last records when that panics.
const ENDINGS: u32 = 3;

/// How the records fare; serialises as in `status --json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RecordsStatus {
    /// Failures of workers since the stack started.
    pub crashes: u64,
    /// Outages that began since the stack started, those of before that were found at the start among them.
    pub gaps: u64,
    /// How many of them are not in the ledger yet.
    pub waiting: usize,
    /// How often the ledger could not take them.
    pub failures: u64,
    /// Why, until it could.
    pub last_error: Option<String>,
}

/// The one listener that writes records. It never delays a worker: it lives on events, which are sent without waiting.
pub(super) struct Records {
    process: u32,
    status: Arc<ArcSwap<RecordsStatus>>,
    generation: Generation,
    ended: Receiver<Infallible>,
}

impl Records {
    /// Starts the listener. Where the system refuses its thread, the stack runs without, and the status says so.
    pub(super) fn start(site: Site, events: Receiver<Event>) -> Records {
        let status: Arc<ArcSwap<RecordsStatus>> = Arc::default();
        let generation = Generation::new(1);
        let mut recorder = Recorder::new(site, Arc::clone(&status), generation.clone());
        // The thread owns a sender that it never uses: its disconnect says that the thread has ended.
        let (owned, ended) = crossbeam_channel::bounded(0);
        let body = move || {
            let _ended: Sender<Infallible> = owned;
            while let Err(panic) = catch(|| recorder.listen(&events)) {
                log::error!(target: LOG_TARGET, "{THREAD} panicked: {panic}; it goes on");
                recorder.note_panic(&panic);
                if recorder.endings == ENDINGS {
                    return;
                }
            }
        };
        if let Err(error) = spawn_named(THREAD, Policy::default().stack_size, body) {
            log::warn!(target: LOG_TARGET, "no thread for crash and gap records: {error}");
            let last_error = Some(format!("no thread: {error}"));
            status.store(Arc::new(RecordsStatus { failures: 1, last_error, ..RecordsStatus::default() }));
        }
        Records { process: std::process::id(), status, generation, ended }
    }

    pub(super) fn status(&self) -> RecordsStatus {
        RecordsStatus::clone(&self.status.load())
    }

    /// Waits until the last records are written, at most until `deadline`, or a moment where that is past; what comes
    /// later is not written. To be called when the events have ended.
    pub(super) fn finish(&self, clock: &dyn Clock, deadline: Mono) {
        if std::process::id() != self.process {
            return; // a fork has no such thread
        }
        crossbeam_channel::select_biased! {
            recv(self.ended) -> _ => {}
            recv(clock.timer(deadline.max(clock.mono().plus(LAST_RECORDS)))) -> _ => {
                log::warn!(target: LOG_TARGET, "the last records were not written in time");
            }
        }
        self.generation.revoke();
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        let clock = SystemClock::new();
        self.finish(&clock, clock.mono());
    }
}
