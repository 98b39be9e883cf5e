//! How long to wait before the next restart, or whether to give up.

use super::{Mono, Policy};
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The failures of one supervisor and what follows from them.
pub(super) struct Backoff {
    policy: Policy,
    in_a_row: u32,
    recent: VecDeque<Mono>, // at most as many as the limit allows
    random: u64,
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    RetryIn(Duration),
    GiveUp,
}

impl Backoff {
    pub(super) fn new(policy: Policy) -> Backoff {
        // The standard library's hasher keys are random per instance: no need for a crate.
        Backoff::with_seed(policy, RandomState::new().hash_one(0))
    }

    pub(super) fn with_seed(policy: Policy, seed: u64) -> Backoff {
        Backoff { policy, in_a_row: 0, recent: VecDeque::new(), random: seed }
    }

    /// How many failures there were since the last stable run.
    pub(super) fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    /// Notes a failure at `now` of a worker whose cycles had succeeded for `stable`.
    pub(super) fn failed(&mut self, now: Mono, stable: Duration) -> Verdict {
        if stable >= self.policy.reset_after {
            self.in_a_row = 0;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        if self.too_many(now) {
            return Verdict::GiveUp;
        }
        let whole = self.whole();
        if self.in_a_row == 1 {
            return Verdict::RetryIn(whole);
        }
        Verdict::RetryIn(self.jittered(whole))
    }

    /// Forgets every failure, as a restart by command does.
    pub(super) fn reset(&mut self) {
        self.in_a_row = 0;
        self.recent.clear();
    }

    /// The delay before jitter: doubled with each failure in a row after the first, never above the cap.
    fn whole(&self) -> Duration {
        let doublings = (self.in_a_row - 1).min(31);
        self.policy.first.saturating_mul(1 << doublings).min(self.policy.cap)
    }

    /// Between half of `whole` and all of it, so that those who failed together do not return together.
    fn jittered(&mut self, whole: Duration) -> Duration {
        let half = whole / 2;
        let span = u64::try_from((whole - half).as_nanos()).unwrap_or(u64::MAX);
        let part = (u128::from(span) * u128::from(self.next_random())) >> 64;
        half + Duration::from_nanos(u64::try_from(part).unwrap_or(span))
    }

    fn too_many(&mut self, now: Mono) -> bool {
        let Some(limit) = self.policy.limit else { return false };
        self.recent.push_back(now);
        self.recent.retain(|at| now.since(*at) <= limit.within);
        self.recent.len() >= limit.failures.max(1) as usize
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
