//! The verdict on a worker that makes no progress, and what becomes of it.

use super::Mono;
use super::backoff::Verdict;
use super::event::EventKind;
use super::keeper::{Due, Start};
use super::post::Stretch;
use super::status::FailureKind;
use crate::os::evidence;
use crate::sync::Ordering;
use std::time::Duration;

/// A look at a worker in the same cycle as at the last look comes at least this often: a stop of the process is seen
/// by a timer that comes late, so a shorter one between two looks is not seen and costs the worker its length.
const TICK: Duration = Duration::from_secs(1);

/// By how much a look may be late that only learns whether anybody is busy, where no deadline is shorter than four such.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// Past the deadline, not at it.
const PAST: Duration = Duration::from_millis(1);

/// The next look at a worker.
pub(super) struct Look {
    pub(super) at: Mono,
    /// Whether it may be late by `PATIENCE`, and so be one with the next look at the wall clock.
    pub(super) can_wait: bool,
}

impl Start {
    /// Looks whether the worker makes progress and replaces it if not; when to look again, if it is busy or has been
    /// since the last look. A worker that no longer works costs one look more, and none after it.
    pub(super) fn look(&mut self, now: Mono, max_zombies: u32) -> Option<Look> {
        let deadline = self.cell.policy.deadline?;
        let (busy, stretches) = self.cell.post.look();
        let has_moved = std::mem::replace(&mut self.stretches, stretches) != stretches;
        let soon = now.plus(deadline / 4);
        let Some(stretch) = busy else {
            return has_moved.then_some(Look { at: soon, can_wait: deadline >= PATIENCE * 4 });
        };
        let verdict = self.cell.pulse.fairly_since(stretch.since).plus(deadline).plus(PAST);
        if now >= verdict {
            self.condemn(stretch, now, deadline, max_zombies);
            return None;
        }
        let again = if has_moved { soon } else { now.plus(TICK.min(deadline / 8)) };
        Some(Look { at: again.min(verdict), can_wait: false })
    }

    /// Takes the worker's place from its thread and says when another thread begins.
    fn condemn(&mut self, stretch: Stretch, now: Mono, deadline: Duration, max_zombies: u32) {
        let (cell, lasted) = (&self.cell, now.since(stretch.since));
        let at = cell.surroundings.clock.now(); // the evidence takes time
        let (phase, stack) = (cell.surroundings.status.phase(), evidence::of(stretch.thread));
        if !cell.abandon(stretch, phase.clone()) {
            return; // it has ended just now
        }
        let failure = cell.failure_at(at, FailureKind::Hang, overdue(lasted, deadline));
        let verdict = self.next_start(stretch, now);
        let too_many = cell.pulse.has_more_zombies_than(max_zombies);
        let retry_in = match verdict {
            Verdict::RetryIn(retry_in) if !too_many => Some(retry_in),
            _ => None,
        };
        cell.emit_failure(EventKind::Hung { phase, stack, lasted, retry_in }, &failure);
        match retry_in {
            Some(retry_in) => {
                cell.back_off(&failure, retry_in);
                self.due = Due::At(now.plus(retry_in));
            }
            None if too_many => {
                cell.pulse.overrun.store(true, Ordering::SeqCst);
                cell.give_up_because(&failure, too_many_zombies(max_zombies));
                self.due = Due::OnNudge;
            }
            None => {
                cell.give_up(&failure);
                self.due = Due::OnNudge;
            }
        }
    }

    /// When the next thread begins: after the back-off, or at once where somebody waits for a restart.
    fn next_start(&self, stretch: Stretch, now: Mono) -> Verdict {
        let mut estate = self.cell.estate.lock();
        let verdict = estate.failed(stretch.since, now);
        if self.cell.restarts.1.is_empty() && estate.askers.is_empty() {
            return verdict;
        }
        estate.commanded();
        Verdict::RetryIn(Duration::ZERO)
    }
}

/// What the failure of a worker says that passed its deadline.
pub(super) fn overdue(lasted: Duration, deadline: Duration) -> String {
    format!("no progress for {lasted:.1?}, the deadline is {deadline:?}")
}

/// Why nobody takes the place of a worker that hangs.
fn too_many_zombies(max: u32) -> String {
    format!("more than {max} threads hang (supervisors.max_zombies); only a new process frees them")
}
