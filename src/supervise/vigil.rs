//! Looks at the wall clock for all who wait for one of its instants: a step or a suspend moves it alone.

use super::{Clock, Mono};
use crate::sync::{self, Mutex, Receiver, Sender};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// How stale the wall clock may get in a wait for one of its instants: monotonic timers know nothing of suspend and
/// of clock steps.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How far the clocks may part before that counts as a move: more than two readings are apart, less than a trader sees.
const APART: SignedDuration = SignedDuration::from_millis(20);

/// One look a second for the whole stack, and none while nobody waits for an instant.
///
/// Whoever wakes anyway looks at its own wake-up, so that the keeper, whose turn it is otherwise, can sleep over it.
pub(super) struct Vigil {
    clock: Arc<dyn Clock>,
    bell: (Sender<()>, Receiver<()>),
    watch: Mutex<Watch>,
}

#[derive(Default)]
struct Watch {
    /// The wall clock's instant at monotonic zero, as of the last look.
    origin: Option<Timestamp>,
    looked: Mono,
    waiting: Vec<(u64, Sender<()>)>,
    last: u64,
}

/// One wait for an instant of the wall clock.
pub(super) struct Waiting<'a> {
    vigil: &'a Vigil,
    number: u64,
    moved: Receiver<()>,
}

impl Vigil {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Vigil {
        Vigil { clock, bell: sync::bounded(1), watch: Mutex::default() }
    }

    /// Begins a wait; the wall clock must be read after it.
    pub(super) fn begin(&self) -> Waiting<'_> {
        let (sender, moved) = sync::bounded(1);
        let mut watch = self.watch.lock();
        watch.look(&*self.clock);
        watch.last += 1;
        let number = watch.last;
        watch.waiting.push((number, sender));
        if watch.waiting.len() == 1 {
            self.bell.0.try_send(()).ok(); // one ring is enough
        }
        Waiting { vigil: self, number, moved }
    }

    /// Compares the clocks and tells who waits when they have moved apart.
    pub(super) fn glance(&self) {
        self.watch.lock().look(&*self.clock);
    }

    /// The same. When to look next, where somebody waits: a second after the last look, where a wake-up that is
    /// `planned` for a moment within that second is a look too.
    pub(super) fn look(&self, planned: impl Iterator<Item = Timestamp>) -> Option<Mono> {
        let mut watch = self.watch.lock();
        let now = watch.look(&*self.clock);
        if watch.waiting.is_empty() {
            return None;
        }
        let looked = watch.looked;
        let left = |at: Timestamp| Duration::try_from(at.duration_since(now)).ok();
        let mut planned: Vec<Mono> = planned.filter_map(left).map(|left| looked.plus(left)).collect();
        planned.sort_unstable();
        let after = |next: Mono, look: Mono| if look <= next { look.plus(LOOK_AGAIN) } else { next };
        Some(planned.into_iter().fold(looked.plus(LOOK_AGAIN), after))
    }

    /// Gets a message when somebody begins to wait where nobody did.
    pub(super) fn bell(&self) -> &Receiver<()> {
        &self.bell.1
    }
}

impl Watch {
    /// The wall clock's time.
    fn look(&mut self, clock: &dyn Clock) -> Timestamp {
        let (mono, now) = (clock.mono(), clock.now());
        let origin = now.checked_sub(mono.0).unwrap_or(Timestamp::MIN);
        let moved = self.origin.is_some_and(|before| origin.duration_since(before).abs() > APART);
        if moved {
            for (_, waiting) in &self.waiting {
                waiting.try_send(()).ok(); // one that was told already knows
            }
        }
        if moved || self.origin.is_none() {
            self.origin = Some(origin);
        }
        self.looked = mono;
        now
    }
}

impl Waiting<'_> {
    /// Gets a message when the wall clock has moved.
    pub(super) fn moved(&self) -> &Receiver<()> {
        &self.moved
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.vigil.watch.lock().waiting.retain(|(number, _)| *number != self.number);
    }
}
