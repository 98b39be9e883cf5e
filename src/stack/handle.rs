//! A stack that runs, in its host's hand.

use super::alarms::StandingAlarms;
use super::records::Records;
use crate::board::Board;
use crate::config::Config;
use crate::lease::Lease;
use crate::outlet::{BusStatus, BusWatch};
use crate::supervise::{Clock, Event, RestartError, Running, ShutdownReport, SupervisorStatus, SystemClock};
use crate::workers::SubscriptionEnd;
use crossbeam_channel::Receiver;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long dropping the handle waits.
const DROP_DEADLINE: Duration = Duration::from_secs(5);

/// What giving back the lease may take where stopping took up its time: a stalled Redis would take it all.
const LAST_WORD: Duration = Duration::from_millis(50);

/// A stack that runs. Dropping it stops everything, waiting at most 5 s.
pub struct StackHandle {
    pub(super) running: Running,
    pub(super) records: Records,
    pub(super) board: Arc<Board>,
    pub(super) bus: BusWatch,
    pub(super) lease: Option<Arc<Lease>>,
    pub(super) end: Arc<SubscriptionEnd>,
    pub(super) alarms: StandingAlarms,
    pub(super) config: Config,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) started_at: Timestamp,
}

impl StackHandle {
    /// The latest quotes, and the place to subscribe to updates.
    #[must_use]
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// What the stack was built from.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The status of each supervisor, in start order. Takes no lock.
    #[must_use]
    pub fn supervisors(&self) -> Vec<SupervisorStatus> {
        self.running.status()
    }

    /// The state of the bus.
    #[must_use]
    pub fn bus(&self) -> Arc<BusStatus> {
        self.bus.get()
    }

    /// Whether this host works: it holds the lease, or shares nothing with other hosts.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.lease.as_ref().is_none_or(|lease| lease.tenure().is_some())
    }

    /// Every event from now on; who lags behind loses events and delays nobody.
    #[must_use]
    pub fn events(&self) -> Receiver<Event> {
        self.running.events()
    }

    /// Whether more workers hang than `supervisors.max_zombies`; see [`Running::is_overrun`].
    #[must_use]
    pub fn is_overrun(&self) -> bool {
        self.running.is_overrun()
    }

    /// Builds the worker of `name` anew; see [`Running::restart`].
    ///
    /// # Errors
    /// [`RestartError`].
    pub fn restart(&self, name: &str) -> Result<Receiver<u64>, RestartError> {
        self.running.restart(name)
    }

    /// Tells all to stop at once, waits for `deadline` altogether, and says who did not.
    pub fn shutdown(&self, deadline: Duration) -> ShutdownReport {
        self.end.end();
        let clock = SystemClock::new();
        let until = clock.mono().plus(deadline);
        let report = self.running.shutdown(deadline);
        // After everybody: nobody here works any more when another host begins.
        if let Some(lease) = &self.lease {
            lease.release(self.config.bus.timeout.saturating_sub(report.took).max(LAST_WORD));
        }
        self.records.finish(&clock, until);
        report
    }
}

impl Drop for StackHandle {
    fn drop(&mut self) {
        self.end.end();
        if self.lease.is_some() && !self.running.is_stopping() {
            self.shutdown(DROP_DEADLINE); // without a lease the supervisors stop by their own drop
        }
    }
}
