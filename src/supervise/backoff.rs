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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::Limit;
    use proptest::prelude::*;

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn delay(backoff: &mut Backoff, stable: Duration) -> Duration {
        match backoff.failed(Mono::default(), stable) {
            Verdict::RetryIn(delay) => delay,
            Verdict::GiveUp => panic!("gave up without a limit"),
        }
    }

    #[test]
    fn the_first_delay_is_as_configured_and_a_stable_run_brings_it_back() {
        let mut backoff = Backoff::with_seed(Policy::default(), 1);
        assert_eq!(delay(&mut backoff, secs(0)), secs(3));
        assert_ne!(delay(&mut backoff, secs(29)), secs(3));
        assert_eq!(delay(&mut backoff, secs(30)), secs(3));
    }

    #[test]
    fn a_zero_first_delay_restarts_at_once_every_time() {
        let mut backoff = Backoff::new(Policy { first: secs(0), ..Policy::default() });
        assert!((0..50).all(|_| delay(&mut backoff, secs(0)) == secs(0)));
    }

    #[test]
    fn failures_that_left_the_window_do_not_count_towards_the_limit() {
        let limit = Some(Limit { failures: 3, within: secs(60) });
        let mut backoff = Backoff::new(Policy { limit, ..Policy::default() });
        let mut gives_up = |at| backoff.failed(Mono(secs(at)), secs(0)) == Verdict::GiveUp;
        assert!(!gives_up(0));
        assert!(!gives_up(50));
        assert!(!gives_up(100)); // 0 is out of the window
        assert!(gives_up(105));
    }

    #[test]
    fn two_supervisors_that_fail_together_do_not_return_together() {
        let mut delays = [1, 2].map(|seed| {
            let mut backoff = Backoff::with_seed(Policy::default(), seed);
            (0..4).map(|_| delay(&mut backoff, secs(0))).collect::<Vec<_>>()
        });
        assert_ne!(delays[0].pop(), delays[1].pop());
    }

    proptest! {
        #[test]
        fn a_delay_doubles_within_half_and_whole_and_never_passes_the_cap(
            first in 0_u64..10_000, cap in 0_u64..120_000, seed: u64, failures in 1_u32..80,
        ) {
            let (first, cap) = (Duration::from_millis(first), Duration::from_millis(cap));
            let mut backoff = Backoff::with_seed(Policy { first, cap, ..Policy::default() }, seed);
            for n in 0..failures {
                let whole = first.saturating_mul(1 << n.min(31)).min(cap);
                let delay = delay(&mut backoff, Duration::ZERO);
                prop_assert!(whole / 2 <= delay && delay <= whole, "{delay:?} of {whole:?}");
            }
        }
    }
}
