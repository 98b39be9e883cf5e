//! A supervisor without a thread: whoever holds it steps its worker, under a clock that stands still meanwhile.

use super::backoff::{Backoff, Verdict};
use super::catch::catch;
use super::context::{Context, Surroundings};
use super::policy::SHORTEST_INTERVAL;
use super::status::{Failure, FailureKind, State, StatusBoard};
use super::stop::{Stop, StopSource};
use super::supervisor::flatten;
use super::watchdog::overdue;
use super::worker::Factory;
use super::{Clock, Generation, Mono, Next, Policy, Waker, Worker};
use crate::sync::Receiver;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Builds a worker, runs its cycles and builds it anew after a failure, as a supervisor does, one step at a call. For
/// replays, and for tests of a whole policy under a manual clock.
///
/// Its back-off is the supervisor's with the same jitter every time, so the same steps lead to the same end. A cycle in
/// which the clock passes the deadline counts as hung once it returns: what it did stands, and its worker is built anew.
pub struct Stepped {
    policy: Policy,
    factory: Factory,
    surroundings: Surroundings,
    wakes: Receiver<()>,
    worker: Option<(Context, Box<dyn Worker>)>,
    due: Option<Timestamp>,
    backoff: Backoff,
    healthy_since: Option<Mono>,
    generation: Generation,
    _stop: StopSource,
}

impl Stepped {
    /// A supervisor of this name, due at once. A worker that pauses waits for a timer of `clock`, which must come
    /// without help.
    #[must_use]
    pub fn new(name: &str, policy: Policy, clock: Arc<dyn Clock>, factory: Factory) -> Stepped {
        let (source, stop) = Stop::channel();
        let (waker, wakes) = Waker::channel();
        let now = clock.now();
        let status = Arc::new(StatusBoard::new(State::Starting, now));
        let bus = Arc::default();
        let surroundings = Surroundings { name: name.into(), clock, stop, waker, status, bus, _never: None };
        Stepped {
            backoff: Backoff::with_seed(policy.clone(), 0),
            policy,
            factory,
            surroundings,
            wakes,
            worker: None,
            due: Some(now),
            healthy_since: None,
            generation: Generation::new(0),
            _stop: source,
        }
    }

    /// The supervisor's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.surroundings.name
    }

    /// When the next step is due; `None`: not before a wake-up.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Whether a wake-up waits for a worker that listens.
    #[must_use]
    pub fn is_woken(&self) -> bool {
        self.worker.is_some() && !self.wakes.is_empty()
    }

    /// Runs one cycle, of a worker that is built first where there is none.
    ///
    /// # Errors
    /// The [`Failure`] of the build or the cycle; the worker is built again after its back-off, unless the policy
    /// gives up.
    pub fn step(&mut self) -> Result<(), Failure> {
        let (began, now) = (self.surroundings.clock.mono(), self.surroundings.clock.now());
        self.surroundings.status.clear_phase();
        let outcome = self.build().and_then(|()| self.cycle()).and_then(|next| self.in_time(began, next));
        match outcome {
            Ok(next) => {
                self.healthy_since.get_or_insert(began);
                self.wait_for(next, now);
                Ok(())
            }
            Err((kind, message)) => Err(self.failed(kind, message, began, now)),
        }
    }

    fn build(&mut self) -> Result<(), (FailureKind, String)> {
        if self.worker.is_none() {
            self.generation = self.generation.successor();
            let ctx = Context::new(self.generation.clone(), self.surroundings.clone());
            let worker = flatten(catch(|| (self.factory)(&ctx)))?;
            self.worker = Some((ctx, worker));
        }
        Ok(())
    }

    fn cycle(&mut self) -> Result<Next, (FailureKind, String)> {
        // Wake-ups from before this moment are answered by this cycle.
        self.wakes.try_recv().ok();
        match &mut self.worker {
            Some((ctx, worker)) => flatten(catch(|| worker.cycle(ctx))),
            None => Ok(Next::Done),
        }
    }

    fn in_time(&self, began: Mono, next: Next) -> Result<Next, (FailureKind, String)> {
        let lasted = self.surroundings.clock.mono().since(began);
        match self.policy.deadline {
            Some(deadline) if lasted > deadline => Err((FailureKind::Hang, overdue(lasted, deadline))),
            _ => Ok(next),
        }
    }

    fn wait_for(&mut self, next: Next, now: Timestamp) {
        let soonest = later(now, SHORTEST_INTERVAL); // the clock stands still: at once would be for ever
        self.due = match next {
            Next::After(duration) => Some(later(now, duration.max(SHORTEST_INTERVAL))),
            Next::At(instant) => Some(instant.max(soonest)),
            Next::OnWake => None,
            Next::Done => {
                self.bury();
                Some(later(now, self.policy.interval.max(SHORTEST_INTERVAL)))
            }
        };
    }

    fn failed(&mut self, kind: FailureKind, message: String, began: Mono, now: Timestamp) -> Failure {
        let stable = self.healthy_since.take().map_or(Duration::ZERO, |since| began.since(since));
        let phase = self.surroundings.status.phase();
        self.bury();
        self.due = match self.backoff.failed(began, stable) {
            Verdict::RetryIn(wait) => Some(later(now, wait.max(SHORTEST_INTERVAL))),
            Verdict::GiveUp => None,
        };
        Failure { kind, message, at: now, phase, generation: self.generation.number(), trace: None }
    }

    /// Drops the worker, which is user code, while it may still write.
    fn bury(&mut self) {
        if let Some((ctx, worker)) = self.worker.take() {
            if let Err(message) = catch(|| drop(worker)) {
                log::warn!("{}: panicked while it was dropped: {message}", self.name());
            }
            ctx.generation().revoke();
        }
    }
}

impl Drop for Stepped {
    fn drop(&mut self) {
        self.bury();
    }
}

fn later(now: Timestamp, duration: Duration) -> Timestamp {
    now.checked_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::{ManualClock, WorkerError};
    use std::collections::VecDeque;

    /// A worker that does what the script says, one entry a cycle.
    struct Scripted(Arc<parking_lot::Mutex<VecDeque<Result<Next, &'static str>>>>);

    impl Worker for Scripted {
        fn cycle(&mut self, _: &Context) -> Result<Next, WorkerError> {
            match self.0.lock().pop_front() {
                Some(Ok(next)) => Ok(next),
                Some(Err("panic")) => panic!("torn"),
                Some(Err(text)) => Err(WorkerError::new(text)),
                None => Ok(Next::OnWake),
            }
        }
    }

    fn stepped(clock: &ManualClock, script: Vec<Result<Next, &'static str>>) -> Stepped {
        let script = Arc::new(parking_lot::Mutex::new(VecDeque::from(script)));
        let factory: Factory = Arc::new(move |_| Ok(Box::new(Scripted(Arc::clone(&script)))));
        Stepped::new("Scripted", Policy::default(), Arc::new(clock.clone()), factory)
    }

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn is_due_when_the_worker_says_and_never_twice_at_one_instant() {
        let start: Timestamp = "2025-11-19T14:30:00Z".parse().unwrap();
        let clock = ManualClock::starting_at(start);
        let script = vec![Ok(Next::After(secs(2))), Ok(Next::At(start)), Ok(Next::Done), Ok(Next::OnWake)];
        let mut stepped = stepped(&clock, script);
        let mut waits = Vec::new();
        for _ in 0..4 {
            stepped.step().unwrap();
            waits.push(stepped.due().map(|due| due.duration_since(start).as_millis()));
        }
        assert_eq!(waits, [Some(2_000), Some(10), Some(3_000), None]);
    }

    #[test]
    fn a_cycle_in_which_the_clock_passes_the_deadline_is_a_hang_and_its_worker_is_built_anew() {
        struct Slow(ManualClock);
        impl Worker for Slow {
            fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
                ctx.phase("reading row 812");
                self.0.advance(if ctx.generation().number() == 1 { secs(11) } else { secs(9) });
                Ok(Next::OnWake)
            }
        }
        let clock = ManualClock::starting_at(Timestamp::UNIX_EPOCH);
        let hands = clock.clone();
        let factory: Factory = Arc::new(move |_| Ok(Box::new(Slow(hands.clone()))));
        let policy = Policy { deadline: Some(secs(10)), ..Policy::default() };
        let mut stepped = Stepped::new("Slow", policy, Arc::new(clock), factory);
        let failure = stepped.step().unwrap_err();
        assert_eq!((failure.kind, failure.phase.as_deref()), (FailureKind::Hang, Some("reading row 812")));
        assert_eq!(failure.message, "no progress for 11.0s, the deadline is 10s");
        assert!(stepped.step().is_ok());
    }

    #[test]
    fn backs_off_after_errors_and_panics_the_same_way_every_time() {
        let waits = || {
            let clock = ManualClock::starting_at(Timestamp::UNIX_EPOCH);
            let mut stepped = stepped(&clock, vec![Err("torn"), Err("panic"), Err("torn")]);
            let mut waits = Vec::new();
            for _ in 0..3 {
                let failure = stepped.step().unwrap_err();
                assert_eq!(failure.message, "torn");
                let wait = stepped.due().unwrap().duration_since(clock.now());
                waits.push(wait);
                clock.advance(wait.unsigned_abs());
            }
            waits
        };
        assert_eq!(waits()[0].as_secs(), 3);
        assert!(waits()[2] > waits()[0]);
        assert_eq!(waits(), waits());
    }
}
