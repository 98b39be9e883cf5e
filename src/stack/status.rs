//! The state of a stack at one moment, as `status --json` prints it.

use super::{Alarm, RecordsStatus, Respawns, StackHandle};
use crate::config::{Config, EXCEL_POLLER, LedgerUrl};
use crate::lease::{Leader, LeaseStatus};
use crate::outlet::{BusStatus, BusWatch};
use crate::supervise::{State, SupervisorStatus};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;

/// A stack at one moment; serialises as in `status --json`.
#[derive(Debug, Clone, Serialize)]
pub struct StackStatus {
    /// What it is doing.
    pub state: StackState,
    /// The process that it runs in; `None`: it does not run.
    pub pid: Option<u32>,
    /// The version of that process.
    pub version: &'static str,
    /// The folder of lock, control socket, ledger and logs.
    pub home: PathBuf,
    /// Since when it runs.
    pub started_at: Option<Timestamp>,
    /// How often its process was started again, why, and by whom.
    #[serde(flatten)]
    pub respawns: Respawns,
    /// The host that leads, where several share the work; `None`: they do not.
    pub leader: Option<Leader>,
    /// This host's part in that; `None`: hosts share nothing.
    pub lease: Option<LeaseStatus>,
    /// Where quotes leave the process.
    pub bus: BusStatus,
    /// Where captured rows are kept.
    pub ledger: LedgerStatus,
    /// What is read.
    pub workbook: WorkbookStatus,
    /// How the records of crashes and gaps fare.
    pub records: RecordsStatus,
    /// How many events were lost on listeners that were more than 1,024 behind.
    pub lost_events: u64,
    /// What somebody should see to; see [`Alarm`].
    pub alarms: Vec<Alarm>,
    /// The supervisors, in start order.
    pub supervisors: Vec<SupervisorStatus>,
}

/// What a stack is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StackState {
    /// It runs, and no supervisor is in trouble.
    Running,
    /// It runs, and some supervisor is backing off, hung or failed.
    Degraded,
    /// It waits for another that leads or holds its home.
    Standby,
    /// It was told to stop.
    Stopping,
    /// It does not run.
    Stopped,
}

/// Where captured rows are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerStatus {
    /// `sqlite`.
    pub kind: &'static str,
    /// Its file.
    pub path: PathBuf,
}

/// The workbook and what the last verified save of it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkbookStatus {
    /// The file; `None`: none is configured.
    pub path: Option<PathBuf>,
    /// The last verified save.
    pub saved_at: Option<Timestamp>,
    /// When the workbook was last looked at with success.
    pub last_read_at: Option<Timestamp>,
    /// How many quotes the board has.
    pub quotes: usize,
    /// How many symbols stand on the sheet and are not loaded.
    pub not_loaded: usize,
    /// How many cells were rejected.
    pub rejected: u64,
    /// Whether the last save is older than `workbook.stale_after`; false where there is no workbook.
    pub stale: bool,
}

impl StackHandle {
    /// The state of everything now. Takes no lock and waits for nobody, so it answers while workers hang.
    #[must_use]
    pub fn status(&self) -> StackStatus {
        let supervisors = self.running.status();
        let (lease, leader) = self.lease.as_ref().map(|it| (it.status(), it.leader())).unzip();
        let leader = leader.flatten();
        let (workbook, mut bus) = (self.workbook(&supervisors), BusStatus::clone(&self.bus.get()));
        // A host that stands by does not publish; that it knows who leads shows that Redis answers.
        bus.connected |= lease.as_ref().is_some_and(|lease| !lease.leads && lease.has_leader);
        let stale_after = self.config.workbook.stale_after;
        StackStatus {
            alarms: self.alarms.with(&workbook, &bus, stale_after, lease.as_ref(), self.started_at),
            state: StackState::of(&supervisors, self.running.is_stopping(), lease.as_ref()),
            lease,
            leader,
            pid: Some(std::process::id()),
            started_at: Some(self.started_at),
            bus,
            workbook,
            records: self.records.status(),
            lost_events: self.running.lost_events(),
            supervisors,
            ..StackStatus::stopped(&self.config)
        }
    }

    /// Whether every supervisor that is to run has its thread.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.running.has_started()
    }

    /// Live from the board where the board knows; the poller tells the rest.
    fn workbook(&self, supervisors: &[SupervisorStatus]) -> WorkbookStatus {
        let board = self.board.snapshot();
        let detail = supervisors.iter().find(|supervisor| supervisor.name == EXCEL_POLLER);
        let told = |key: &str| detail.and_then(|supervisor| supervisor.detail.get(key));
        let path = self.config.workbook.path.clone();
        WorkbookStatus {
            // A host that stands by reads none.
            stale: path.is_some()
                && self.leads()
                && board.is_stale(self.config.workbook.stale_after, self.clock.now()),
            path,
            saved_at: board.saved_at,
            last_read_at: told("last_read_at").and_then(|at| at.as_str()?.parse().ok()),
            quotes: board.quotes().len(),
            not_loaded: board.not_loaded.len(),
            rejected: told("rejected").and_then(Value::as_u64).unwrap_or(0),
        }
    }
}

impl StackStatus {
    /// The status of a stack of `config` that does not run.
    #[must_use]
    pub fn stopped(config: &Config) -> StackStatus {
        StackStatus {
            state: StackState::Stopped,
            pid: None,
            version: env!("CARGO_PKG_VERSION"),
            home: config.home.clone(),
            started_at: None,
            respawns: Respawns::default(),
            leader: None,
            lease: None,
            bus: BusStatus::clone(&BusWatch::new(&config.bus.url).get()),
            ledger: LedgerStatus::of(config),
            workbook: WorkbookStatus {
                path: config.workbook.path.clone(),
                saved_at: None,
                last_read_at: None,
                quotes: 0,
                not_loaded: 0,
                rejected: 0,
                stale: false,
            },
            records: RecordsStatus::default(),
            lost_events: 0,
            alarms: Vec::new(),
            supervisors: Vec::new(),
        }
    }
}

impl LedgerStatus {
    fn of(config: &Config) -> LedgerStatus {
        let LedgerUrl::Sqlite(_) = &config.ledger.url;
        LedgerStatus { kind: "sqlite", path: config.ledger_path() }
    }
}

impl StackState {
    /// Where hosts share a stack: standing by is health as long as another is known to lead; where nobody can be told
    /// to lead because Redis is not heard from, nothing is captured anywhere.
    fn of(supervisors: &[SupervisorStatus], stopping: bool, lease: Option<&LeaseStatus>) -> StackState {
        let parked = lease.is_some_and(|lease| !lease.leads);
        let in_trouble = |supervisor: &SupervisorStatus| {
            matches!(supervisor.state, State::BackingOff | State::Hung | State::Failed)
        };
        match stopping {
            true => StackState::Stopping,
            false if supervisors.iter().any(in_trouble) => StackState::Degraded,
            false if lease.is_some_and(LeaseStatus::is_unproved) => StackState::Degraded,
            false if parked => StackState::Standby,
            false => StackState::Running,
        }
    }
}
