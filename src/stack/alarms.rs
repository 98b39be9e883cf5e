//! Alarms: a market is about to open, and the stack is not ready for it.

mod hook;
mod watch;

pub(super) use watch::{ALARMS, AlarmWatch};

use super::WorkbookStatus;
use crate::lease::LeaseStatus;
use crate::outlet::BusStatus;
use arc_swap::ArcSwap;
use jiff::Timestamp;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A condition that somebody should see to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Since when it is known.
    pub at: Timestamp,
    /// The market that is about to open; `None`: it is about the whole stack.
    pub market: Option<String>,
    /// Which condition.
    pub kind: AlarmKind,
    /// The condition in words.
    pub message: String,
}

/// The conditions that make an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// A minute before an open, a supervisor that the open needs backs off, hangs or has failed.
    NotRunning,
    /// A minute before an open, fewer quotes are fresh than a capture takes.
    NotFed,
    /// The workbook was not saved for `workbook.stale_after`.
    StaleWorkbook,
    /// Redis cannot be reached.
    BusDown,
    /// Hosts share the stack, and none of them can be told to lead: nobody captures.
    NoLeader,
}

impl AlarmKind {
    /// The name in JSON: `not_running`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AlarmKind::NotRunning => "not_running",
            AlarmKind::NotFed => "not_fed",
            AlarmKind::StaleWorkbook => "stale_workbook",
            AlarmKind::BusDown => "bus_down",
            AlarmKind::NoLeader => "no_leader",
        }
    }
}

impl fmt::Display for AlarmKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The alarms of the markets that stand now, for whoever asks; nobody waits.
#[derive(Clone, Default)]
pub(super) struct StandingAlarms(Arc<ArcSwap<Vec<Alarm>>>);

impl StandingAlarms {
    pub(super) fn get(&self) -> Arc<Vec<Alarm>> {
        self.0.load_full()
    }

    fn set(&self, alarms: Vec<Alarm>) {
        self.0.store(Arc::new(alarms));
    }

    /// The markets' alarms, and those that the status itself tells of.
    pub(super) fn with(
        &self,
        workbook: &WorkbookStatus,
        bus: &BusStatus,
        stale_after: Duration,
        lease: Option<&LeaseStatus>,
        started_at: Timestamp,
    ) -> Vec<Alarm> {
        let mut alarms = self.get().to_vec();
        alarms.extend(lease.and_then(no_leader));
        alarms.extend(stale_workbook(workbook, stale_after, started_at));
        alarms.extend(bus_down(bus, started_at));
        alarms
    }
}

fn stale_workbook(workbook: &WorkbookStatus, stale_after: Duration, started_at: Timestamp) -> Option<Alarm> {
    let path = workbook.path.as_ref().filter(|_| workbook.stale)?.display();
    let (at, message) = match workbook.saved_at {
        Some(saved_at) => (
            saved_at.checked_add(stale_after).unwrap_or(saved_at),
            format!("{path} was last saved at {saved_at:.0}; is Excel running, and saving?"),
        ),
        None => (started_at, format!("{path} was not read yet; the log says why")),
    };
    Some(Alarm { at, market: None, kind: AlarmKind::StaleWorkbook, message })
}

fn no_leader(lease: &LeaseStatus) -> Option<Alarm> {
    let message = lease.reason.clone().filter(|_| lease.is_unproved())?;
    Some(Alarm { at: lease.since, market: None, kind: AlarmKind::NoLeader, message })
}

fn bus_down(bus: &BusStatus, started_at: Timestamp) -> Option<Alarm> {
    let error = bus.last_error.as_ref().filter(|_| !bus.connected)?;
    let message = format!("{}: {error}", bus.url);
    let at = bus.last_exchange_at().unwrap_or(started_at);
    Some(Alarm { at, market: None, kind: AlarmKind::BusDown, message })
}
