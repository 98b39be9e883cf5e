//! Whether the wall clock can be believed when it says that a session is over.

use crate::supervise::{Context, Mono};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// The wall clock and the monotonic one, with the time that the machine slept, part by more than this only by a step,
/// or by a suspend on a system that does not tell of it.
const STEP: SignedDuration = SignedDuration::from_secs(2);

/// After a step the wall clock is believed when it has run evenly for this long, and so is that of a machine that has just
/// been started: a clock that is wrong is put right within moments, while a missed open, a row that waited in vain and a
/// close stay in the ledger for ever.
const PROOF: Duration = Duration::from_secs(60);

/// How long after its start the clock of a machine is to be proved: it may be of another zone, or of the day on which its
/// battery ended.
const BOOTING: Duration = Duration::from_secs(600);

/// The last look at the clocks, and the last step between two looks.
#[derive(Debug, Default)]
pub(super) struct Steadiness {
    last: Option<(Timestamp, Mono, Duration)>,
    stepped_at: Option<Mono>,
}

impl Steadiness {
    /// Looks at the clocks; says whether they are proved.
    pub(super) fn look(&mut self, ctx: &Context) -> bool {
        let clock = ctx.clock();
        if self.last.is_none() && clock.since_boot() < BOOTING {
            self.stepped_at = Some(clock.mono());
        }
        self.compare(clock.now(), clock.mono(), clock.asleep())
    }

    fn compare(&mut self, now: Timestamp, mono: Mono, asleep: Duration) -> bool {
        let Some((wall, before, slept)) = self.last.replace((now, mono, asleep)) else {
            return self.is_given();
        };
        let passed = mono.since(before).saturating_add(asleep.saturating_sub(slept));
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        let parted = now.duration_since(wall).saturating_sub(passed);
        if parted.abs() > STEP {
            self.stepped_at = Some(mono);
        } else if self.stepped_at.is_some_and(|at| mono.since(at) >= PROOF) {
            self.stepped_at = None;
        }
        self.is_given()
    }

    /// Whether the wall clock was proved by the last look.
    pub(super) fn is_given(&self) -> bool {
        self.stepped_at.is_none()
    }
}
