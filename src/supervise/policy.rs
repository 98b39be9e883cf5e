//! How a supervisor treats its worker: intervals, back-off, limit and deadline.

use std::time::Duration;

/// The stack of a worker's thread: what the standard library gives its threads, said explicitly because a host may
/// change that by environment.
const STACK_SIZE: usize = 2 * 1024 * 1024;

/// The shortest interval after a normal return; a shorter one would be a busy loop.
pub(super) const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);

/// How many abandoned threads a house puts up with where its host says nothing: each holds its stack, and perhaps a
/// lock or a file.
pub(super) const MAX_ZOMBIES: u32 = 4;

/// How one supervisor treats its worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long after [`Next::Done`](super::Next::Done) the worker is built again; at least 10 ms.
    pub interval: Duration,
    /// The delay before the restart after a first failure, kept as it is; zero restarts at once. Each further
    /// failure doubles it, and jitter then takes off up to a half.
    pub first: Duration,
    /// No delay is longer than this.
    pub cap: Duration,
    /// A worker whose cycles succeeded for this long has its failures forgiven: the next delay is `first` again.
    pub reset_after: Duration,
    /// When to give up; `None` is never.
    pub limit: Option<Limit>,
    /// How long a cycle, a build or a drop may take before it counts as hung and another thread takes its place; `None`
    /// is as long as it likes.
    pub deadline: Option<Duration>,
    /// The size of the thread's stack in bytes.
    pub stack_size: usize,
}

/// So many failures within so long a time end in the state `failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many failures are too many.
    pub failures: u32,
    /// The window in which they are counted.
    pub within: Duration,
}

impl Default for Policy {
    /// Restart after 3 s, doubling to 60 s, forgiven after 30 s; never gives up; no deadline.
    fn default() -> Policy {
        Policy {
            interval: Duration::from_secs(3),
            first: Duration::from_secs(3),
            cap: Duration::from_secs(60),
            reset_after: Duration::from_secs(30),
            limit: None,
            deadline: None,
            stack_size: STACK_SIZE,
        }
    }
}
