//! What a supervisor knows of its worker's luck: it passes from a thread to the one that takes its place.

use super::backoff::{Backoff, Verdict};
use super::cell::Restart;
use super::{Mono, Policy, RestartReason};
use std::time::Duration;

/// What outlives the threads that work for a supervisor. Touched only by who holds its post, and by the keeper while
/// nobody does.
pub(super) struct Estate {
    backoff: Backoff,
    /// What the next incarnation is built for; `None` for the first.
    pub(super) reason: Option<RestartReason>,
    /// Who wants to know the number of the next generation.
    pub(super) askers: Vec<Restart>,
    /// Since when every cycle has succeeded, over incarnations that returned or were restarted by command too.
    healthy_since: Option<Mono>,
    /// How many failures there were since the last success.
    failures: u32,
}

impl Estate {
    pub(super) fn new(policy: Policy) -> Estate {
        Estate {
            backoff: Backoff::new(policy),
            reason: None,
            askers: Vec::new(),
            healthy_since: None,
            failures: 0,
        }
    }

    /// A cycle succeeded; how many failures there were since the one before it.
    pub(super) fn succeeded(&mut self, ended: Mono) -> u32 {
        self.healthy_since.get_or_insert(ended);
        std::mem::take(&mut self.failures)
    }

    /// What began at `began` failed at `now`.
    pub(super) fn failed(&mut self, began: Mono, now: Mono) -> Verdict {
        let stable = self.healthy_since.take().map_or(Duration::ZERO, |since| began.since(since));
        self.failures = self.failures.saturating_add(1);
        self.reason = Some(RestartReason::Failure);
        self.backoff.failed(now, stable)
    }

    /// A restart by command: every failure is forgiven.
    pub(super) fn commanded(&mut self) {
        self.backoff.reset();
        self.reason = Some(RestartReason::Command);
    }
}
