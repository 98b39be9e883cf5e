//! The one restart loop: builds a worker, runs its cycles, builds it again when it fails.

use super::backoff::{Backoff, Verdict};
use super::catch::catch;
use super::cell::{Cell, Restart};
use super::event::{EventKind, LOG_TARGET, RestartReason};
use super::policy::SHORTEST_INTERVAL;
use super::status::{Failure, State};
use super::trace;
use super::wait::{Until, Waited, wait};
use super::{Clock, Context, FailureKind, Mono, Next, Worker, WorkerError};
use crate::fault::edge;
use std::sync::Arc;
use std::time::Duration;

/// How often a supervisor shows a sign of life at debug level.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// Works as the supervisor `cell` until the order to stop. A panic of the loop itself (a clock of the host's, say)
/// ends in the state `failed`: loud, never quiet.
pub(super) fn supervise(cell: &Cell) {
    trace::supervised();
    while let Err(message) = catch(|| Supervisor::new(cell).run()) {
        cell.revoke();
        cell.give_up(&cell.failure(FailureKind::Panic, format!("supervisor panicked: {message}")));
        match wait(cell, Until::Told, false) {
            Waited::Stop => return cell.enter(State::Stopped),
            Waited::Restart(_) | Waited::Woken | Waited::Due => {}
        }
    }
}

/// What a thread brings to the supervisor that it works for.
struct Supervisor<'a> {
    cell: &'a Cell,
    backoff: Backoff,
    /// What the next incarnation is built for; `None` for the first.
    reason: Option<RestartReason>,
    /// Who wants to know the number of the next generation.
    askers: Vec<Restart>,
    /// Since when every cycle has succeeded, over incarnations that returned or were restarted by command too.
    healthy_since: Option<Mono>,
    /// How many failures there were since the last success.
    failures: u32,
    heartbeat: Mono,
}

/// One incarnation of the worker.
struct Incarnation {
    ctx: Context,
    worker: Box<dyn Worker>,
}

/// Why an incarnation is over.
enum End {
    /// The order to stop.
    Stop,
    /// Its generation was revoked while it was in a cycle: another has its place, or the stack is gone.
    Abandoned,
    Command(Restart),
    Returned,
    /// The failure, and for how long cycles had succeeded before it.
    Failed(Arc<Failure>, Duration),
}

impl<'a> Supervisor<'a> {
    fn new(cell: &'a Cell) -> Supervisor<'a> {
        Supervisor {
            cell,
            backoff: Backoff::new(cell.policy.clone()),
            reason: None,
            askers: Vec::new(),
            healthy_since: None,
            failures: 0,
            heartbeat: cell.surroundings.clock.mono(),
        }
    }

    fn clock(&self) -> &'a dyn Clock {
        self.cell.surroundings.clock.as_ref()
    }

    fn run(mut self) {
        loop {
            let go_on = match self.incarnation() {
                End::Stop => false,
                End::Abandoned => return,
                End::Command(asker) => self.commanded(asker),
                End::Returned => self.returned(),
                End::Failed(failure, stable) => self.failed(&failure, stable),
            };
            if !go_on {
                break;
            }
        }
        self.cell.revoke();
        self.cell.enter(State::Stopped);
        self.cell.emit(EventKind::Stopped);
    }

    /// Builds a worker and runs it to its end.
    fn incarnation(&mut self) -> End {
        if self.cell.surroundings.stop.is_set() {
            return End::Stop;
        }
        // A restart asked for before this moment is this one.
        self.askers.extend(self.cell.restarts.1.try_iter());
        let ctx = self.cell.next_context();
        let began = self.cell.enter_busy(State::Starting);
        let built = catch(|| {
            edge!(&format!("build.{}", ctx.name()), |fault| WorkerError::from_error(&fault));
            (self.cell.factory)(&ctx)
        });
        if ctx.generation().check().is_err() {
            return End::Abandoned;
        }
        match flatten(built) {
            Ok(worker) => {
                self.announce(ctx.generation().number());
                let mut incarnation = Incarnation { ctx, worker };
                let end = self.cycles(&mut incarnation);
                self.bury(incarnation);
                end
            }
            Err((kind, message)) => {
                self.count_restart(ctx.generation().number());
                self.end_failed(began, kind, message)
            }
        }
    }

    /// Says that the worker stands, to everybody and to those who asked for it.
    fn announce(&mut self, generation: u64) {
        self.count_restart(generation);
        self.cell.emit(match self.reason {
            None => EventKind::Started,
            Some(reason) => EventKind::Restarted { generation, reason },
        });
        for asker in self.askers.drain(..) {
            asker.try_send(generation).ok(); // it may have stopped waiting
        }
    }

    fn count_restart(&self, generation: u64) {
        let counts = matches!(self.reason, Some(RestartReason::Failure | RestartReason::Command));
        self.cell.surroundings.status.update(|facts| {
            facts.generation = generation;
            facts.restarts += u64::from(counts);
        });
    }

    /// Runs cycles until something ends the incarnation.
    fn cycles(&mut self, incarnation: &mut Incarnation) -> End {
        loop {
            let began = self.begin_cycle();
            let Incarnation { ctx, worker } = incarnation;
            let outcome = flatten(catch(|| cycle(worker.as_mut(), ctx)));
            if ctx.generation().check().is_err() {
                return End::Abandoned;
            }
            let next = match outcome {
                Ok(next) => next,
                Err((kind, message)) => return self.end_failed(began, kind, message),
            };
            let until = match next {
                Next::After(duration) => Until::Mono(began.plus(duration)),
                Next::At(instant) => Until::Wall(instant),
                Next::OnWake => Until::Told,
                Next::Done => {
                    self.end_cycle(began, None);
                    return End::Returned;
                }
            };
            self.end_cycle(began, Some(until));
            match wait(self.cell, until, true) {
                Waited::Stop => return End::Stop,
                Waited::Restart(asker) => return End::Command(asker),
                Waited::Woken | Waited::Due => {}
            }
        }
    }

    fn begin_cycle(&self) -> Mono {
        // Wake-ups from before this moment are answered by this cycle.
        self.cell.wakes.try_recv().ok();
        self.cell.enter_busy(State::Running)
    }

    /// Notes a cycle that succeeded; `until` is what is waited for now, if the incarnation goes on.
    fn end_cycle(&mut self, began: Mono, until: Option<Until>) {
        let (ended, now) = (self.clock().mono(), self.clock().now());
        let next_at = until.and_then(|until| until.at(ended, now));
        self.cell.surroundings.status.update(|facts| {
            facts.enter(State::Waiting, now);
            facts.cycles += 1;
            facts.last_cycle = Some(ended.since(began));
            facts.last_ok_at = Some(now);
            facts.next_at = next_at;
        });
        self.healthy_since.get_or_insert(ended);
        match std::mem::take(&mut self.failures) {
            0 => {}
            failures => self.cell.emit(EventKind::Recovered { failures }),
        }
        self.show_life(ended);
    }

    /// The end by a failure of what began at `began`.
    fn end_failed(&mut self, began: Mono, kind: FailureKind, message: String) -> End {
        let stable = self.healthy_since.take().map_or(Duration::ZERO, |since| began.since(since));
        self.failures = self.failures.saturating_add(1);
        End::Failed(self.cell.failure(kind, message), stable)
    }

    fn show_life(&mut self, now: Mono) {
        if now.since(self.heartbeat) >= HEARTBEAT && log::log_enabled!(target: LOG_TARGET, log::Level::Debug)
        {
            self.heartbeat = now;
            self.cell.emit(EventKind::Heartbeat { cycles: self.cell.surroundings.status.facts().cycles });
        }
    }

    /// Drops a worker, which is user code too, while it may still write (it gives back locks).
    fn bury(&self, incarnation: Incarnation) {
        let Incarnation { ctx, worker, .. } = incarnation;
        if let Err(message) = catch(|| drop(worker)) {
            let failure = self.cell.drop_failure(message.clone());
            self.cell.emit_failure(EventKind::DropPanicked { message }, &failure);
        }
        ctx.generation().revoke();
    }

    fn commanded(&mut self, asker: Restart) -> bool {
        self.askers.push(asker);
        self.backoff.reset();
        self.reason = Some(RestartReason::Command);
        true
    }

    /// The worker returned normally: no failure, no back-off, and no busy loop.
    fn returned(&mut self) -> bool {
        let again_in = self.cell.policy.interval.max(SHORTEST_INTERVAL);
        self.cell.emit(EventKind::Returned { again_in });
        let until = Until::Mono(self.clock().mono().plus(again_in));
        let next_at = until.at(self.clock().mono(), self.clock().now());
        self.cell.surroundings.status.update(|facts| facts.next_at = next_at);
        self.rest(until, RestartReason::Returned)
    }

    fn failed(&mut self, failure: &Arc<Failure>, stable: Duration) -> bool {
        let now = self.clock().mono();
        match self.backoff.failed(now, stable) {
            Verdict::RetryIn(retry_in) => {
                self.cell.back_off(failure, retry_in);
                let Failure { kind, message, phase, .. } = Failure::clone(failure);
                self.cell.emit_failure(EventKind::Failed { kind, message, phase, retry_in }, failure);
                self.rest(Until::Mono(now.plus(retry_in)), RestartReason::Failure)
            }
            Verdict::GiveUp => {
                self.cell.give_up(failure);
                self.rest(Until::Told, RestartReason::Command)
            }
        }
    }

    /// Waits without a worker; false on the order to stop. Wake-ups are kept for the next incarnation.
    fn rest(&mut self, until: Until, reason: RestartReason) -> bool {
        match wait(self.cell, until, false) {
            Waited::Stop => false,
            Waited::Restart(asker) => self.commanded(asker),
            Waited::Woken | Waited::Due => {
                self.reason = Some(reason);
                true
            }
        }
    }
}

/// One cycle, with its edges.
fn cycle(worker: &mut dyn Worker, ctx: &Context) -> Result<Next, WorkerError> {
    edge!(&format!("cycle.{}.before", ctx.name()), |fault| WorkerError::from_error(&fault));
    let next = worker.cycle(ctx)?;
    edge!(&format!("cycle.{}.after", ctx.name()), |fault| WorkerError::from_error(&fault));
    Ok(next)
}

/// An error and a panic side by side.
fn flatten<T>(outcome: Result<Result<T, WorkerError>, String>) -> Result<T, (FailureKind, String)> {
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err((FailureKind::Error, error.to_string())),
        Err(message) => Err((FailureKind::Panic, message)),
    }
}
