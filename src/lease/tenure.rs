//! One holding of the lease, and until when it may be relied on.

use crate::supervise::{Clock, Mono};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// The part of the term in which the holder has stopped already, for clocks that run apart and for a write that is
/// under way: a tenth.
const MARGIN: u32 = 10;

/// One holding of the lease by this host, from its acquisition to its loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenure {
    /// Its number, higher than that of every earlier holder.
    pub fence: u64,
    /// The value of the lease in Redis, by which the server knows this tenure.
    pub token: Arc<str>,
    /// Since when.
    pub since: Timestamp,
    until: Mono,
    until_wall: Timestamp,
}

/// A moment by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) mono: Mono,
    pub(super) wall: Timestamp,
}

impl Moment {
    pub(super) fn now(clock: &dyn Clock) -> Moment {
        Moment { mono: clock.mono(), wall: clock.now() }
    }
}

impl Tenure {
    /// A tenure that was asked for at `asked`: the server counts its term from later.
    pub(super) fn new(fence: u64, token: Arc<str>, asked: Moment, ttl: Duration) -> Tenure {
        let since = asked.wall;
        Tenure { fence, token, since, until: asked.mono, until_wall: since }.renewed(asked, ttl)
    }

    /// The same, renewed by what was asked at `asked`.
    pub(super) fn renewed(&self, asked: Moment, ttl: Duration) -> Tenure {
        let usable = ttl - ttl / MARGIN;
        let wall = SignedDuration::try_from(usable).unwrap_or_default();
        Tenure {
            until: asked.mono.plus(usable),
            until_wall: asked.wall.checked_add(wall).unwrap_or(Timestamp::MAX),
            ..self.clone()
        }
    }

    /// Whether it may be relied on at `now`. The monotonic clock decides; the wall clock ends it too, because on
    /// Linux the other one stands still in suspend.
    pub(super) fn holds(&self, now: Moment) -> bool {
        now.mono < self.until && now.wall < self.until_wall
    }

    /// How long it holds yet.
    pub(super) fn left(&self, now: Moment) -> Duration {
        self.until.since(now.mono)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::ManualClock;

    const TTL: Duration = Duration::from_secs(10);

    fn clock() -> ManualClock {
        ManualClock::starting_at("2025-11-28T14:29:00Z".parse().unwrap())
    }

    #[test]
    fn it_ends_a_tenth_before_the_servers_term_counted_from_the_question() {
        let clock = clock();
        let tenure = Tenure::new(3, "token".into(), Moment::now(&clock), TTL);
        clock.advance(Duration::from_millis(8_999));
        assert!(tenure.holds(Moment::now(&clock)));
        assert_eq!(tenure.left(Moment::now(&clock)), Duration::from_millis(1));
        clock.advance(Duration::from_millis(1));
        assert!(!tenure.holds(Moment::now(&clock)));
        assert!(tenure.renewed(Moment::now(&clock), TTL).holds(Moment::now(&clock)));
    }

    #[test]
    fn a_suspend_ends_it_although_the_monotonic_clock_stood_still() {
        let clock = clock();
        let tenure = Tenure::new(3, "token".into(), Moment::now(&clock), TTL);
        clock.step_wall_clock("2025-11-28T14:30:30Z".parse().unwrap());
        assert!(!tenure.holds(Moment::now(&clock)));
    }

    #[test]
    fn a_wall_clock_that_is_set_back_does_not_prolong_it() {
        let clock = clock();
        let tenure = Tenure::new(3, "token".into(), Moment::now(&clock), TTL);
        clock.advance(Duration::from_secs(9));
        clock.step_wall_clock("2025-11-28T14:00:00Z".parse().unwrap());
        assert!(!tenure.holds(Moment::now(&clock)));
    }
}
