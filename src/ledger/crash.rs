//! Failures of workers as the ledger keeps them.

use jiff::Timestamp;
use serde::Serialize;
use std::fmt;

/// How many crashes are kept: the newest. Alike ones are one record, so it takes this many different ones.
pub const CRASHES_KEPT: usize = 500;

/// A failure of a worker, and how often it came. The same failure (supervisor, kind, text and location) is one
/// record whose count grows; phase, generation, stack and events are those of the last time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Crash {
    /// The supervisor's name.
    pub supervisor: String,
    /// How it failed.
    pub kind: CrashKind,
    /// The text of the panic or error.
    pub message: String,
    /// `file:line:column` of a panic, where panics are recorded.
    pub location: Option<String>,
    /// What the cycle said it was doing, last.
    pub phase: Option<String>,
    /// Which incarnation of the worker it was; 0: it was never built.
    pub generation: u64,
    /// The panic's stack, a line a frame, the innermost first.
    pub stack: Option<String>,
    /// What happened to the supervisor before, the oldest first.
    pub events: Vec<String>,
    /// When it came first.
    pub first_at: Timestamp,
    /// When it came last.
    pub last_at: Timestamp,
    /// How often it came.
    pub count: u64,
}

/// How a worker failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CrashKind {
    /// It returned an error.
    Error,
    /// It panicked.
    Panic,
    /// It passed its deadline.
    Hang,
    /// The system refused it a thread.
    Spawn,
}

/// A crash and its number, which is never another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredCrash {
    /// The number.
    pub number: i64,
    /// The crash.
    #[serde(flatten)]
    pub crash: Crash,
}

/// Which crashes or gaps; a field that is `None` lets all pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// The supervisor.
    pub supervisor: Option<String>,
    /// Those that lasted, or came last, until this instant or later.
    pub from: Option<Timestamp>,
    /// Those that began, or came first, before this instant.
    pub before: Option<Timestamp>,
}

impl Crash {
    /// Whether `other` is the same failure again.
    #[must_use]
    pub fn is_like(&self, other: &Crash) -> bool {
        (self.kind, &self.supervisor, &self.message, &self.location)
            == (other.kind, &other.supervisor, &other.message, &other.location)
    }

    /// Takes in `later`, which is like this one.
    pub fn repeat(&mut self, later: Crash) {
        let count = self.count.saturating_add(later.count);
        *self = Crash { first_at: self.first_at.min(later.first_at), count, ..later };
    }
}

impl CrashKind {
    /// Every kind.
    pub const ALL: [CrashKind; 4] = [CrashKind::Error, CrashKind::Panic, CrashKind::Hang, CrashKind::Spawn];

    /// The kind's word: `error`, `panic`, `hang`, `spawn`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CrashKind::Error => "error",
            CrashKind::Panic => "panic",
            CrashKind::Hang => "hang",
            CrashKind::Spawn => "spawn",
        }
    }
}

impl fmt::Display for CrashKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
