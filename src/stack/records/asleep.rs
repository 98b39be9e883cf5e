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
    asleep: Duration,
}

impl Looks {
    pub(super) fn new(clock: &dyn Clock) -> Looks {
        Looks { wall: clock.now(), asleep: clock.asleep() }
    }

    /// The gap since the last look, if the machine slept, or the process did not run when it was `due` to look. A wall
    /// clock that was set makes none. When exactly it was is not known, so the gap is the whole time between the looks.
    pub(super) fn look(&mut self, clock: &dyn Clock, due: Option<Mono>) -> Option<Gap> {
        let (wall, asleep) = (clock.now(), clock.asleep());
        let slept = asleep.saturating_sub(self.asleep);
        let late = due.map_or(Duration::ZERO, |due| clock.overslept(due));
        let started_at = std::mem::replace(self, Looks { wall, asleep }).wall;
        let detail = match (slept >= LEAST, late >= LEAST) {
            (true, _) => format!("the machine slept for {slept:.0?}"),
            (_, true) => format!("the process was stopped, or got no time, for {late:.0?}"),
            _ => return None,
        };
        Some(Gap {
            supervisor: None,
            reason: GapReason::Suspend,
            started_at: started_at.min(wall),
            ended_at: Some(wall),
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

    #[test]
    fn a_sleep_is_a_gap_and_a_clock_that_is_set_is_none() {
        let clock = ManualClock::starting_at(at("2025-11-28T14:30:00Z"));
        let mut looks = Looks::new(&clock);
        let minute = Duration::from_secs(60);
        clock.advance(minute);
        let due = Some(Mono(minute));
        assert_eq!(looks.look(&clock, due), None);
        clock.step_wall_clock(at("2025-11-28T18:30:00Z"));
        assert_eq!(looks.look(&clock, due), None, "set forward");
        clock.step_wall_clock(at("2025-11-28T14:31:00Z"));
        assert_eq!(looks.look(&clock, due), None, "set back");
        clock.suspend(Duration::from_secs(3_600));
        let gap = looks.look(&clock, due).unwrap();
        assert_eq!(
            (gap.started_at, gap.ended_at),
            (at("2025-11-28T14:31:00Z"), Some(at("2025-11-28T15:31:00Z")))
        );
        assert_eq!(looks.look(&clock, None), None);
    }
}
