//! Whether the process was not running between two looks at the clocks.

use crate::ledger::{Gap, GapReason};
use crate::supervise::{Clock, Mono};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// The least time that counts: a busy machine lets threads wait for less.
const LEAST: Duration = Duration::from_secs(5);

/// The last look at the clocks.
pub(super) struct Looks {
    wall: Timestamp,
    mono: Mono,
    asleep: Duration,
    /// By how much the wall clock was set last: whoever tells of a standstill takes that for one too, and maybe later.
    set_by: Duration,
    /// When the last gap ended, so that it is not told twice.
    told_until: Option<Timestamp>,
}

impl Looks {
    pub(super) fn new(clock: &dyn Clock) -> Looks {
        let (wall, mono, asleep) = (clock.now(), clock.mono(), clock.asleep());
        Looks { wall, mono, asleep, set_by: Duration::ZERO, told_until: None }
    }

    /// The gap since the last look, if the machine slept, or the process stood still as a timer that came late has
    /// told. A wall clock that was set makes none. When a sleep began is known to the last look.
    pub(super) fn look(&mut self, clock: &dyn Clock, stood_still: Duration) -> Option<Gap> {
        let (set_by, told_until) = (self.set_by, self.told_until);
        let before = std::mem::replace(self, Looks { set_by, told_until, ..Looks::new(clock) });
        let slept = self.asleep.saturating_sub(before.asleep);
        let passed = SignedDuration::try_from(self.mono.since(before.mono)).unwrap_or(SignedDuration::MAX);
        let jumped = self.wall.duration_since(before.wall).saturating_sub(passed).unsigned_abs();
        let is_step = jumped >= LEAST || stood_still.abs_diff(set_by) < LEAST;
        self.set_by = if jumped >= LEAST && slept < LEAST { jumped } else { Duration::ZERO };
        let (started_at, detail) = if slept >= LEAST {
            (before.wall, format!("the machine slept for {slept:.0?}"))
        } else if stood_still >= LEAST && !is_step {
            let started_at = self.wall.checked_sub(stood_still).unwrap_or(before.wall);
            (started_at, format!("the process was stopped, or got no time, for {stood_still:.0?}"))
        } else {
            return None;
        };
        if self.told_until.is_some_and(|told| started_at < told && told <= self.wall) {
            return None;
        }
        self.told_until = Some(self.wall);
        Some(Gap {
            supervisor: None,
            reason: GapReason::Suspend,
            started_at: started_at.min(self.wall),
            ended_at: Some(self.wall),
            cycles_lost: None,
            detail: Some(detail),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::ManualClock;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_sleep_and_a_standstill_are_gaps_and_a_clock_that_is_set_is_none() {
        let clock = ManualClock::starting_at(at("2025-11-28T14:30:00Z"));
        let mut looks = Looks::new(&clock);
        clock.advance(secs(60));
        assert_eq!(looks.look(&clock, secs(0)), None);
        clock.step_wall_clock(at("2025-11-28T18:31:00Z"));
        assert_eq!(looks.look(&clock, secs(4 * 3_600)), None, "set forward");
        clock.step_wall_clock(at("2025-11-28T14:31:00Z"));
        assert_eq!(looks.look(&clock, secs(4 * 3_600)), None, "set back");
        assert_eq!(looks.look(&clock, secs(4 * 3_600 - 1)), None, "told late");
        clock.suspend(secs(3_600));
        let gap = looks.look(&clock, secs(0)).unwrap();
        let expected = (at("2025-11-28T14:31:00Z"), Some(at("2025-11-28T15:31:00Z")));
        assert_eq!((gap.started_at, gap.ended_at), expected);
        clock.advance(secs(60));
        assert_eq!(looks.look(&clock, secs(4)), None, "a busy machine");
        clock.advance(secs(60));
        let gap = looks.look(&clock, secs(30)).unwrap();
        assert_eq!(gap.started_at, at("2025-11-28T15:32:30Z"), "known by the timer that came late");
        assert_eq!(looks.look(&clock, secs(30)), None, "told by another timer already");
    }
}
