//! Whether the process was not running between two looks at the clocks.

use crate::ledger::{Gap, GapReason};
use crate::supervise::{Clock, Mono};
use jiff::Timestamp;
use std::time::Duration;

/// The least time that counts: a busy machine lets threads wait for less.
const LEAST: Duration = Duration::from_secs(5);

/// The last look at the clocks.
pub(super) struct Looks {
    wall: Timestamp,
    mono: Mono,
    asleep: Duration,
    /// The last gap, so that nothing of it is told twice.
    told: Option<Told>,
}

/// From when to when a gap was, by the monotonic clock, and where that began by the wall clock.
#[derive(Clone, Copy)]
struct Told {
    from: Mono,
    until: Mono,
    began: Timestamp,
}

impl Looks {
    pub(super) fn new(clock: &dyn Clock) -> Looks {
        let (wall, mono, asleep) = (clock.now(), clock.mono(), clock.asleep());
        Looks { wall, mono, asleep, told: None }
    }

    /// The gap since the last look, if the machine slept, or the process stood still as a timer tells that came `late`.
    /// A wall clock that was set makes none and hides none. When a sleep began is known to the last look.
    pub(super) fn look(&mut self, clock: &dyn Clock, late: Duration) -> Option<Gap> {
        let told = self.told;
        let before = std::mem::replace(self, Looks { told, ..Looks::new(clock) });
        let slept = self.asleep.saturating_sub(before.asleep);
        let (from, started_at, detail) = if slept >= LEAST {
            (before.mono, before.wall, format!("the machine slept for {slept:.0?}"))
        } else if late >= LEAST {
            let due = Mono(self.mono.0.saturating_sub(late));
            let started_at = self.wall.checked_sub(late).unwrap_or(before.wall);
            (due, started_at, format!("the process was stopped, or got no time, for {late:.0?}"))
        } else {
            return None;
        };
        // Another timer that was due in the same standstill tells at most how much earlier that began.
        let known = told.filter(|told| from < told.until);
        if known.is_some_and(|told| told.from.since(from) < LEAST) {
            return None;
        }
        let ended_at = known.map_or(self.wall, |told| told.began);
        let until = known.map_or(self.mono, |told| told.until);
        let started_at = started_at.min(ended_at);
        self.told = Some(Told { from, until, began: started_at });
        Some(Gap {
            supervisor: None,
            reason: GapReason::Suspend,
            started_at,
            ended_at: Some(ended_at),
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
        assert_eq!(looks.look(&clock, secs(0)), None, "set forward");
        clock.step_wall_clock(at("2025-11-28T14:31:00Z"));
        assert_eq!(looks.look(&clock, secs(0)), None, "set back");
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

    /// Regression: the timer that woke first was due late in the standstill, and what the others knew was dropped.
    #[test]
    fn a_timer_that_was_due_earlier_in_a_standstill_tells_when_it_began() {
        let clock = ManualClock::starting_at(at("2025-11-28T06:30:00Z"));
        let mut looks = Looks::new(&clock);
        clock.advance(secs(8 * 3_600));
        let gap = looks.look(&clock, secs(2 * 3_600)).unwrap();
        let expected = (at("2025-11-28T12:30:00Z"), Some(at("2025-11-28T14:30:00Z")));
        assert_eq!((gap.started_at, gap.ended_at), expected);
        let gap = looks.look(&clock, secs(8 * 3_600)).unwrap();
        let expected = (at("2025-11-28T06:30:00Z"), Some(at("2025-11-28T12:30:00Z")));
        assert_eq!((gap.started_at, gap.ended_at), expected, "what was not told yet");
        assert_eq!(looks.look(&clock, secs(5 * 3_600)), None);
    }

    /// Regression: the step was taken for the whole of it.
    #[test]
    fn a_standstill_right_after_the_clock_was_set_is_a_gap() {
        let clock = ManualClock::starting_at(at("2025-11-28T14:30:00Z"));
        let mut looks = Looks::new(&clock);
        clock.step_wall_clock(at("2025-12-01T14:29:59Z"));
        clock.advance(secs(60));
        let gap = looks.look(&clock, secs(60)).unwrap();
        let expected = (at("2025-12-01T14:29:59Z"), Some(at("2025-12-01T14:30:59Z")));
        assert_eq!((gap.started_at, gap.ended_at), expected);
        clock.step_wall_clock(at("2025-11-28T14:31:00Z"));
        assert_eq!(looks.look(&clock, secs(60)), None, "told already, whatever the wall clock says now");
    }
}
