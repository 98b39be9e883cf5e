//! What a supervisor shows of itself: snapshots that are read without a lock.

use super::{Mono, Trace};
use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One supervisor at one moment; serialises as in `status --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SupervisorStatus {
    /// The supervisor's name, which is its thread's too.
    pub name: String,
    /// What it is doing.
    pub state: State,
    /// Since when. `running` and `waiting` take turns with every cycle and count as one.
    pub since: Timestamp,
    /// Which incarnation of the worker this is, from 1; 0 before the first was built.
    pub generation: u64,
    /// How many cycles succeeded, over all incarnations.
    pub cycles: u64,
    /// How often the worker was built again after a failure or by command.
    pub restarts: u64,
    /// How long the last successful cycle took, in milliseconds.
    pub last_cycle_ms: Option<u64>,
    /// When the last successful cycle ended.
    pub last_ok_at: Option<Timestamp>,
    /// When the next cycle or restart is due, if it is due at a time.
    pub next_at: Option<Timestamp>,
    /// The last failure; stays after recovery.
    pub last_error: Option<Failure>,
    /// What the cycle said it was doing, last.
    pub phase: Option<String>,
    /// Threads that were abandoned in a hung worker of this supervisor and have not come back.
    pub zombies: u32,
    /// Writes that were refused because they came from a worker that had been replaced.
    pub refused_writes: u64,
    /// What the worker shows of itself; for a disabled supervisor the reason.
    pub detail: Value,
}

/// What a supervisor is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its thread is being started, or its worker built.
    Starting,
    /// In a cycle.
    Running,
    /// Between two cycles.
    Waiting,
    /// After a failure, before the restart.
    BackingOff,
    /// In a cycle, or a build, that has passed its deadline.
    Hung,
    /// Told to stop and not stopped yet.
    Stopping,
    /// Its thread has ended as told.
    Stopped,
    /// It failed too often; only a restart by command brings it back.
    Failed,
    /// Never started; the detail has the reason.
    Disabled,
}

/// How a cycle, a build or a start failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// The text of the error or panic.
    pub message: String,
    /// When.
    pub at: Timestamp,
    /// What the cycle said it was doing, last.
    pub phase: Option<String>,
    /// Which incarnation of the worker it was; 0: none was built yet.
    pub generation: u64,
    /// Where it panicked, if it did and panics are recorded ([`record_panics`](super::record_panics)).
    #[serde(serialize_with = "location", rename = "location")]
    pub trace: Option<Trace>,
}

/// Of a trace the status shows the location; the stack is in the crash record.
#[allow(clippy::ref_option)] // what serde calls
fn location<S: serde::Serializer>(trace: &Option<Trace>, serializer: S) -> Result<S::Ok, S::Error> {
    trace.as_ref().map(|trace| &trace.location).serialize(serializer)
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// It returned an error.
    Error,
    /// It panicked.
    Panic,
    /// It passed its deadline.
    Hang,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FailureKind::Error => "error",
            FailureKind::Panic => "panic",
            FailureKind::Hang => "hang",
        })
    }
}

/// What changes with every cycle; swapped whole.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) state: State,
    pub(super) since: Timestamp,
    pub(super) generation: u64,
    pub(super) cycles: u64,
    pub(super) restarts: u64,
    /// Since when user code (factory or cycle) has been running, if it is.
    pub(super) busy_since: Option<Mono>,
    pub(super) last_cycle: Option<Duration>,
    pub(super) last_ok_at: Option<Timestamp>,
    pub(super) next_at: Option<Timestamp>,
    pub(super) last_error: Option<Arc<Failure>>,
}

/// Where one supervisor writes its status and everybody reads it.
pub(super) struct StatusBoard {
    facts: ArcSwap<Facts>,
    phase: ArcSwapOption<Cow<'static, str>>,
    detail: ArcSwap<Value>,
}

impl StatusBoard {
    pub(super) fn new(state: State, now: Timestamp) -> StatusBoard {
        StatusBoard {
            facts: ArcSwap::from_pointee(Facts {
                state,
                since: now,
                generation: 0,
                cycles: 0,
                restarts: 0,
                busy_since: None,
                last_cycle: None,
                last_ok_at: None,
                next_at: None,
                last_error: None,
            }),
            phase: ArcSwapOption::empty(),
            detail: ArcSwap::from_pointee(Value::Null),
        }
    }

    pub(super) fn facts(&self) -> Arc<Facts> {
        self.facts.load_full()
    }

    /// Swaps the facts for a changed copy; `change` may run more than once.
    pub(super) fn update(&self, mut change: impl FnMut(&mut Facts)) {
        self.facts.rcu(|facts| {
            let mut facts = Facts::clone(facts);
            change(&mut facts);
            facts
        });
    }

    pub(super) fn set_detail(&self, detail: Value) {
        self.detail.store(Arc::new(detail));
    }

    pub(super) fn set_phase(&self, phase: Cow<'static, str>) {
        self.phase.store(Some(Arc::new(phase)));
    }

    pub(super) fn clear_phase(&self) {
        if self.phase.load().is_some() {
            self.phase.store(None);
        }
    }

    pub(super) fn phase(&self) -> Option<String> {
        self.phase.load().as_ref().map(|phase| phase.to_string())
    }

    /// The status in full; `state` is the caller's, who knows what the board alone cannot tell.
    pub(super) fn report(&self, name: &str, facts: &Facts, state: State) -> SupervisorStatus {
        SupervisorStatus {
            name: name.to_owned(),
            state,
            since: facts.since,
            generation: facts.generation,
            cycles: facts.cycles,
            restarts: facts.restarts,
            last_cycle_ms: facts.last_cycle.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            last_ok_at: facts.last_ok_at,
            next_at: facts.next_at,
            last_error: facts.last_error.as_deref().cloned(),
            phase: self.phase(),
            zombies: 0,
            refused_writes: 0,
            detail: Value::clone(&self.detail.load()),
        }
    }
}

impl Facts {
    /// Enters `state` at `now`, where nothing is due at a time; the time since which counts goes on between cycles.
    pub(super) fn enter(&mut self, state: State, now: Timestamp) {
        let alternates = |state| matches!(state, State::Running | State::Waiting);
        if self.state != state && !(alternates(self.state) && alternates(state)) {
            self.since = now;
        }
        self.state = state;
        self.next_at = None;
        self.busy_since = None;
    }
}
