//! Outages as the ledger keeps them: when somebody did not work, for how long, and what that cost.

use jiff::Timestamp;
use serde::Serialize;
use std::fmt;

/// How many gaps are kept: the newest.
pub const GAPS_KEPT: usize = 10_000;

/// An outage. Supervisor, reason and start name it; a supervisor has one open gap of a reason at a time, and a gap
/// that has ended stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The supervisor that was down; `None`: the whole process.
    pub supervisor: Option<String>,
    /// Why.
    pub reason: GapReason,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over; `None`: it goes on.
    pub ended_at: Option<Timestamp>,
    /// How many cycles were due meanwhile at the supervisor's interval, the poller's for the whole process. Counted
    /// at the end.
    pub cycles_lost: Option<u64>,
    /// What is known besides, for people.
    pub detail: Option<String>,
}

/// Why somebody did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// Its worker returned errors; from the first failure, over every back-off, to the next cycle that succeeded.
    Error,
    /// Its worker panicked; as far as for errors.
    Panic,
    /// Its worker passed its deadline.
    Hang,
    /// The system refused it a thread.
    Spawn,
    /// Nothing could be published, or nothing received where the bus fills the board: from the last exchange before it to the
    /// next.
    BusDown,
    /// Saves were further apart than `workbook.stale_after`; from the last one before to the next.
    WorkbookStale,
    /// No process had the ledger in its care; from the last sign of life, a minute old at most, to the next start.
    ProcessDown,
    /// The machine slept, or the process was stopped, somewhere between two looks a minute apart at most.
    Suspend,
}

/// The last sign of life of a stack on this ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alive {
    /// When.
    pub at: Timestamp,
    /// Whether it was the last of a stack that stopped as it was told.
    pub stopped: bool,
}

/// Since when a quote's row stands still, so that a start does not forget it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The feed symbol.
    pub symbol: String,
    /// What the row says, as text; one that says something else has moved since.
    pub said: String,
    /// Since when no field of it changed.
    pub since: Timestamp,
}

impl Gap {
    /// Whether it overlaps the time from `from` up to `to`.
    #[must_use]
    pub fn overlaps(&self, from: Timestamp, to: Timestamp) -> bool {
        self.started_at < to && self.ended_at.is_none_or(|ended_at| from < ended_at)
    }

    /// What a session row says of it in `data_gap`.
    #[must_use]
    pub fn note(&self) -> String {
        let what = self.reason.on(self.supervisor.as_deref());
        match self.ended_at {
            Some(ended_at) => format!("{what} from {} to {ended_at}", self.started_at),
            None => format!("{what} from {} on", self.started_at),
        }
    }
}

impl GapReason {
    /// Every reason.
    pub const ALL: [GapReason; 8] = [
        GapReason::Error,
        GapReason::Panic,
        GapReason::Hang,
        GapReason::Spawn,
        GapReason::BusDown,
        GapReason::WorkbookStale,
        GapReason::ProcessDown,
        GapReason::Suspend,
    ];

    /// The reason's word, such as `bus_down`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            GapReason::Error => "error",
            GapReason::Panic => "panic",
            GapReason::Hang => "hang",
            GapReason::Spawn => "spawn",
            GapReason::BusDown => "bus_down",
            GapReason::WorkbookStale => "workbook_stale",
            GapReason::ProcessDown => "process_down",
            GapReason::Suspend => "suspend",
        }
    }

    /// What happened to whom, for people.
    fn on(self, supervisor: Option<&str>) -> String {
        let who = supervisor.unwrap_or("the process");
        match self {
            GapReason::Error | GapReason::Panic | GapReason::Hang | GapReason::Spawn => {
                format!("{who} down ({self})")
            }
            GapReason::BusDown => "bus down".into(),
            GapReason::WorkbookStale => "no save".into(),
            GapReason::ProcessDown => "process down".into(),
            GapReason::Suspend => "suspended".into(),
        }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
