//! Whether the supervisors' own timers come when they should: where they do not, the process stood still.

use super::{Clock, Mono, Waker};
use crate::sync::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Mutex, Ordering};
use std::time::Duration;

/// A timer that comes later than this, or a wall clock that moved by a second more than the monotonic one, means that
/// the process stood still: suspend, SIGSTOP, or no processor for it.
const GAP: Duration = Duration::from_millis(500);

/// What the threads of one house know of time together. Every timed wait of a supervisor feeds it, so that it needs no
/// wake-up of its own.
pub(super) struct Pulse {
    /// When the keeper looks next, in nanoseconds and one; 0: not before it is told.
    look_at: AtomicU64,
    keeper: Waker,
    /// Since when everything has been in time, in nanoseconds.
    steady_since: AtomicU64,
    /// The standstill that was told last.
    told: Mutex<Option<Standstill>>,
    /// Wall clock less monotonic clock, in milliseconds.
    offset: AtomicI64,
    /// The shortest deadline decides how late is late, in nanoseconds.
    tolerance: AtomicU64,
    /// Whom a clock that jumped concerns.
    sleepers: Mutex<Vec<Waker>>,
    /// Threads that were abandoned and have not come back.
    pub(super) zombies: AtomicU32,
    /// Whether a worker was given up because there were too many of them.
    pub(super) overrun: AtomicBool,
}

/// A time in which nobody could run.
#[derive(Debug, Clone, Copy)]
struct Standstill {
    /// When the timer that told of it was due.
    since: Mono,
    /// When that timer came.
    seen: Mono,
}

impl Pulse {
    pub(super) fn new(clock: &dyn Clock, keeper: Waker) -> Pulse {
        Pulse {
            look_at: AtomicU64::new(0),
            keeper,
            steady_since: AtomicU64::new(0),
            told: Mutex::default(),
            offset: AtomicI64::new(offset(clock)),
            tolerance: AtomicU64::new(nanos(GAP)),
            sleepers: Mutex::default(),
            zombies: AtomicU32::new(0),
            overrun: AtomicBool::new(false),
        }
    }

    /// A worker with this deadline is among those watched.
    pub(super) fn watch(&self, deadline: Duration) {
        self.tolerance.fetch_min(nanos(deadline / 4), Ordering::Relaxed);
    }

    /// Wakes `sleeper` whenever time has jumped.
    pub(super) fn tell(&self, sleeper: Waker) {
        self.sleepers.lock().push(sleeper);
    }

    /// A timer that was set for `due` has come. How late, and by how much the wall clock jumped, if either is much and
    /// this is the first to see it.
    pub(super) fn beat(&self, clock: &dyn Clock, due: Mono) -> Option<(Duration, Duration)> {
        let late = clock.overslept(due);
        let tolerance = Duration::from_nanos(self.tolerance.load(Ordering::Relaxed));
        let offset = offset(clock);
        let jumped = offset.abs_diff(self.offset.swap(offset, Ordering::Relaxed));
        let now = clock.mono();
        let stood_still = late > tolerance && self.is_news(due, now, tolerance);
        if !stood_still && jumped < 1_000 {
            return None;
        }
        self.steady_since.fetch_max(nanos(now.0), Ordering::SeqCst);
        for sleeper in self.sleepers.lock().iter() {
            sleeper.wake();
        }
        Some((late, Duration::from_millis(jumped)))
    }

    /// All timers that were due in a standstill come after it, in any order. The first of them is news, and so is one that
    /// was due much earlier than those before it: the standstill is longer than they told. The others change nothing.
    fn is_news(&self, due: Mono, now: Mono, tolerance: Duration) -> bool {
        let mut told = self.told.lock();
        let is_news = match *told {
            Some(known) if due < known.seen => due.plus(tolerance) < known.since,
            _ => true,
        };
        if is_news {
            *told = Some(Standstill { since: due, seen: now });
        }
        is_news
    }

    /// What has been going on since `since` has been in time from here on.
    pub(super) fn fairly_since(&self, since: Mono) -> Mono {
        since.max(Mono(Duration::from_nanos(self.steady_since.load(Ordering::SeqCst))))
    }

    /// Whether more abandoned threads than this have not come back.
    pub(super) fn has_more_zombies_than(&self, max: u32) -> bool {
        self.zombies.load(Ordering::SeqCst) > max
    }

    /// A worker with this deadline is busy from `now` on: the keeper looks soon enough, or is told to.
    pub(super) fn busy(&self, now: Mono, deadline: Duration) {
        let comes_late = |known| known == 0 || known > code(now.plus(deadline / 4));
        let earlier = |known| comes_late(known).then(|| code(now));
        if self.look_at.fetch_update(Ordering::SeqCst, Ordering::SeqCst, earlier).is_ok() {
            self.keeper.wake();
        }
    }

    /// The keeper would look at this time; at once, if somebody has called meanwhile.
    pub(super) fn propose(&self, at: Option<Mono>) {
        if let Some(at) = at {
            self.look_at.compare_exchange(0, code(at), Ordering::SeqCst, Ordering::SeqCst).ok();
        }
    }

    /// The keeper looks later, unless somebody has called meanwhile.
    pub(super) fn put_off(&self, from: Mono, to: Mono) {
        self.look_at.compare_exchange(code(from), code(to), Ordering::SeqCst, Ordering::SeqCst).ok();
    }

    /// When the keeper was to look, if it was.
    pub(super) fn look_at(&self) -> Option<Mono> {
        match self.look_at.load(Ordering::SeqCst) {
            0 => None,
            code => Some(Mono(Duration::from_nanos(code - 1))),
        }
    }

    /// The keeper looks at this time, or when it is told.
    pub(super) fn set_look(&self, at: Option<Mono>) {
        self.look_at.store(at.map_or(0, code), Ordering::SeqCst);
    }
}

fn code(at: Mono) -> u64 {
    nanos(at.0).saturating_add(1)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Wall clock less monotonic clock, in milliseconds.
fn offset(clock: &dyn Clock) -> i64 {
    let mut mono = clock.mono();
    loop {
        let (now, after) = (clock.now(), clock.mono());
        // Time that passed between the two readings is no jump.
        if after.since(mono) < GAP / 4 {
            let mono = i64::try_from(mono.0.as_millis()).unwrap_or(i64::MAX);
            return now.as_millisecond().saturating_sub(mono);
        }
        mono = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::ManualClock;

    /// Regression: the timer that came first had been due late in the standstill, and the others, which told of all of it,
    /// were not heard: eight seconds of it were taken for one, and in no gap.
    #[test]
    fn a_standstill_is_as_long_as_its_latest_timer_tells() {
        let clock = ManualClock::starting_at("2025-11-28T14:30:00Z".parse().unwrap());
        let pulse = Pulse::new(&clock, Waker::channel().0);
        let secs = Duration::from_secs;
        let due = |after| Mono(secs(after));
        let told = |after| pulse.beat(&clock, due(after)).map(|(late, _)| late);
        clock.stand_still(secs(8));
        assert_eq!(told(7), Some(secs(1)));
        assert_eq!(told(7), None, "the same again");
        assert_eq!(told(1), Some(secs(7)), "it is longer than that");
        assert_eq!(told(5), None);
        clock.advance(secs(10));
        assert_eq!(told(18), None, "in time");
        clock.stand_still(secs(2));
        assert_eq!(told(18), Some(secs(2)), "another one");
    }
}
