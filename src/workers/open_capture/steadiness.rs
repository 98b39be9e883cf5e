//! Whether the wall clock can be believed when it says that a session is over.

use crate::supervise::Mono;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// The wall clock and the monotonic one part by more than this only by a step, or by a suspend.
const STEP: SignedDuration = SignedDuration::from_secs(2);

/// After a step the wall clock is believed when it has run evenly for this long: a clock that was set wrong is put
/// right within moments, and an open that is recorded as missed is never captured.
const PROOF: Duration = Duration::from_secs(60);

/// The last look at both clocks, and the last step between two looks.
#[derive(Debug, Default)]
pub(super) struct Steadiness {
    last: Option<(Timestamp, Mono)>,
    stepped_at: Option<Mono>,
}

impl Steadiness {
    /// Looks at both clocks.
    pub(super) fn look(&mut self, now: Timestamp, mono: Mono) {
        if let Some((wall, before)) = self.last.replace((now, mono)) {
            let passed = SignedDuration::try_from(mono.since(before)).unwrap_or(SignedDuration::MAX);
            let parted = now.duration_since(wall).saturating_sub(passed);
            if parted.abs() > STEP {
                self.stepped_at = Some(mono);
            } else if self.stepped_at.is_some_and(|at| mono.since(at) >= PROOF) {
                self.stepped_at = None;
            }
        }
    }

    /// Whether no step was seen that is still to be proved.
    pub(super) fn is_given(&self) -> bool {
        self.stepped_at.is_none()
    }
}
