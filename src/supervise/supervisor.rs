//! The one restart loop: builds a worker, runs its cycles, builds it again when it fails.

use super::backoff::Verdict;
use super::catch::catch;
use super::cell::Cell;
use super::estate::Estate;
use super::event::{EventKind, LOG_TARGET, RestartReason};
use super::policy::SHORTEST_INTERVAL;
use super::post::{Dismissed, Holder};
use super::status::{Failure, State};
use super::trace;
use super::wait::{Until, Waited, wait};
use super::{Clock, Context, FailureKind, Mono, Next, Worker, WorkerError};
use crate::fault::edge;
use crate::os::evidence;
use std::time::Duration;

/// How often a supervisor shows a sign of life at debug level.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// Works as the supervisor `cell` until the order to stop, or until it comes back from a worker that hung and finds that
/// another has its place: then it touches nothing any more. A panic of the loop itself (a clock of the host's, say) ends
/// in the state `failed`: loud, never quiet.
pub(super) fn supervise(cell: &Cell) {
    trace::supervised();
    let Some(holder) = cell.post.take(evidence::this_thread()) else { return };
    loop {
        match catch(|| Supervisor::new(cell, holder).run()) {
            Ok(Ok(())) => return,
            Ok(Err(Dismissed)) => return cell.zombie_ended(),
            Err(message) => {
                if cell.post.end(holder).is_err() {
                    return cell.zombie_ended();
                }
                cell.revoke();
                cell.give_up(&cell.failure(FailureKind::Panic, format!("supervisor panicked: {message}")));
                *cell.estate.lock() = Estate::new(cell.policy.clone());
                match wait(cell, Until::Told, false) {
                    Waited::Stop => return cell.enter(State::Stopped),
                    Waited::Restart(asker) => cell.commanded(asker),
                    Waited::Woken | Waited::Due => {}
                }
            }
        }
    }
}

/// A thread that holds the post.
struct Supervisor<'a> {
    cell: &'a Cell,
    holder: Holder,
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
    Command,
    Returned,
    /// It failed at that instant, and this follows.
    Failed(Verdict, Mono),
}

impl<'a> Supervisor<'a> {
    fn new(cell: &'a Cell, holder: Holder) -> Supervisor<'a> {
        Supervisor { cell, holder, heartbeat: cell.surroundings.clock.mono() }
    }

    fn clock(&self) -> &'a dyn Clock {
        self.cell.surroundings.clock.as_ref()
    }

    fn run(mut self) -> Result<(), Dismissed> {
        loop {
            let go_on = match self.incarnation()? {
                End::Stop => false,
                End::Command => true,
                End::Returned => self.returned(),
                End::Failed(verdict, at) => self.failed(verdict, at),
            };
            if !go_on {
                break;
            }
        }
        self.cell.revoke();
        self.cell.drop_restarts();
        self.cell.enter(State::Stopped);
        self.cell.emit(EventKind::Stopped);
        Ok(())
    }

    /// User code runs from now on; when that is.
    fn begin(&self, state: Option<State>) -> Mono {
        let Cell { surroundings, policy, post, pulse, .. } = self.cell;
        let (began, now) = (surroundings.clock.mono(), surroundings.clock.now());
        if state.is_some() {
            surroundings.status.clear_phase();
        }
        surroundings.status.update(|facts| {
            if let Some(state) = state {
                facts.enter(state, now);
            }
            facts.busy_since = Some(began);
        });
        post.begin(self.holder, began);
        if let Some(deadline) = policy.deadline {
            pulse.busy(began, deadline);
        }
        began
    }

    /// Builds a worker and runs it to its end.
    fn incarnation(&mut self) -> Result<End, Dismissed> {
        if self.cell.surroundings.stop.is_set() {
            return Ok(End::Stop);
        }
        // A restart asked for before this moment is this one.
        self.cell.estate.lock().askers.extend(self.cell.restarts.1.try_iter());
        let ctx = self.cell.next_context();
        let began = self.begin(Some(State::Starting));
        let built = catch(|| {
            edge!(&format!("build.{}", ctx.name()), |fault| WorkerError::from_error(&fault));
            (self.cell.factory)(&ctx)
        });
        if let Err(dismissed) = self.cell.post.end(self.holder) {
            catch(|| drop(built)).ok();
            return Err(dismissed);
        }
        match flatten(built) {
            Ok(worker) => {
                self.announce(ctx.generation().number());
                let mut incarnation = Incarnation { ctx, worker };
                let end = self.cycles(&mut incarnation);
                self.bury(incarnation, end)
            }
            Err((kind, message)) => {
                self.count_restart(ctx.generation().number());
                Ok(self.end_failed(began, kind, message))
            }
        }
    }

    /// Says that the worker stands, to everybody and to those who asked for it.
    fn announce(&mut self, generation: u64) {
        self.count_restart(generation);
        let mut estate = self.cell.estate.lock();
        self.cell.emit(match estate.reason {
            None => EventKind::Started,
            Some(reason) => EventKind::Restarted { generation, reason },
        });
        for asker in estate.askers.drain(..) {
            asker.try_send(generation).ok(); // it may have stopped waiting
        }
    }

    fn count_restart(&self, generation: u64) {
        let reason = self.cell.estate.lock().reason;
        let counts = matches!(reason, Some(RestartReason::Failure | RestartReason::Command));
        self.cell.surroundings.status.update(|facts| {
            facts.generation = generation;
            facts.restarts += u64::from(counts);
        });
    }

    /// Runs cycles until something ends the incarnation.
    fn cycles(&mut self, incarnation: &mut Incarnation) -> Result<End, Dismissed> {
        loop {
            // Wake-ups from before this moment are answered by this cycle.
            self.cell.wakes.try_recv().ok();
            let (began, now) = (self.begin(Some(State::Running)), self.clock().now());
            let Incarnation { ctx, worker } = incarnation;
            let outcome = flatten(catch(|| cycle(worker.as_mut(), ctx)));
            self.cell.post.end(self.holder)?;
            let next = match outcome {
                Ok(next) => next,
                Err((kind, message)) => return Ok(self.end_failed(began, kind, message)),
            };
            let until = match next {
                Next::After(duration) => Until::Mono(began.plus(duration)),
                Next::At(instant) => Until::instant(instant, began, now),
                Next::OnWake => Until::Told,
                Next::Done => {
                    self.end_cycle(began, None);
                    return Ok(End::Returned);
                }
            };
            self.end_cycle(began, Some(until));
            match wait(self.cell, until, true) {
                Waited::Stop => return Ok(End::Stop),
                Waited::Restart(asker) => {
                    self.cell.commanded(asker);
                    return Ok(End::Command);
                }
                Waited::Woken | Waited::Due => {}
            }
        }
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
        match self.cell.estate.lock().succeeded(ended) {
            0 => {}
            failures => self.cell.emit(EventKind::Recovered { failures }),
        }
        self.show_life(ended);
    }

    /// The end by a failure of what began at `began`. It is told now: the drop of the worker may hang.
    fn end_failed(&mut self, began: Mono, kind: FailureKind, message: String) -> End {
        let now = self.clock().mono(); // before anybody can see the failure: the back-off counts from it
        let failure = self.cell.failure(kind, message);
        let verdict = self.cell.estate.lock().failed(began, now);
        match verdict {
            Verdict::RetryIn(retry_in) => {
                self.cell.back_off(&failure, retry_in);
                let Failure { kind, message, phase, .. } = Failure::clone(&failure);
                self.cell.emit_failure(EventKind::Failed { kind, message, phase, retry_in }, &failure);
            }
            Verdict::GiveUp => self.cell.give_up(&failure),
        }
        End::Failed(verdict, now)
    }

    fn show_life(&mut self, now: Mono) {
        if now.since(self.heartbeat) >= HEARTBEAT && log::log_enabled!(target: LOG_TARGET, log::Level::Debug)
        {
            self.heartbeat = now;
            self.cell.emit(EventKind::Heartbeat { cycles: self.cell.surroundings.status.facts().cycles });
        }
    }

    /// Drops a worker, which is user code too, while it may still write (it gives back locks). One that was replaced is
    /// dropped without a word.
    fn bury(&self, incarnation: Incarnation, end: Result<End, Dismissed>) -> Result<End, Dismissed> {
        let Incarnation { ctx, worker } = incarnation;
        if end.is_err() {
            catch(|| drop(worker)).ok();
            return end;
        }
        self.begin(None);
        let dropped = catch(|| drop(worker));
        self.cell.post.end(self.holder)?;
        self.cell.surroundings.status.update(|facts| facts.busy_since = None);
        if let Err(message) = dropped {
            let failure = self.cell.drop_failure(message.clone());
            self.cell.emit_failure(EventKind::DropPanicked { message }, &failure);
        }
        ctx.generation().revoke();
        end
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

    /// Waits as long as the failure at `at` asks for.
    fn failed(&mut self, verdict: Verdict, at: Mono) -> bool {
        match verdict {
            Verdict::RetryIn(retry_in) => self.rest(Until::Mono(at.plus(retry_in)), RestartReason::Failure),
            Verdict::GiveUp => self.rest(Until::Told, RestartReason::Command),
        }
    }

    /// Waits without a worker; false on the order to stop. Wake-ups are kept for the next incarnation.
    fn rest(&mut self, until: Until, reason: RestartReason) -> bool {
        match wait(self.cell, until, false) {
            Waited::Stop => false,
            Waited::Restart(asker) => {
                self.cell.commanded(asker);
                true
            }
            Waited::Woken | Waited::Due => {
                self.cell.estate.lock().reason = Some(reason);
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
pub(super) fn flatten<T>(
    outcome: Result<Result<T, WorkerError>, String>,
) -> Result<T, (FailureKind, String)> {
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err((FailureKind::Error, error.to_string())),
        Err(message) => Err((FailureKind::Panic, message)),
    }
}
