//! The runtime under a manual clock: what it survives, when it acts, how it stops.

mod clock;
mod hangs;
mod panics;
mod restarts;
mod shutdown;
mod spawning;
mod traps;
mod waiting;

use super::*;
use crossbeam_channel::{Receiver, Sender};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a test waits for what should come at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// A worker that is one closure.
struct Play<F>(F);

impl<F: FnMut(&Context) -> Result<Next, WorkerError> + Send> Worker for Play<F> {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        (self.0)(ctx)
    }
}

type Built = Result<Box<dyn Worker>, WorkerError>;

fn play(cycle: impl FnMut(&Context) -> Result<Next, WorkerError> + Send + 'static) -> Built {
    Ok(Box::new(Play(cycle)))
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Supervisors under a manual clock at Friday's New York open.
struct House {
    clock: ManualClock,
    supervisors: Supervisors,
}

impl House {
    fn new() -> House {
        let clock = ManualClock::starting_at("2025-11-28T14:30:00Z".parse().unwrap());
        House { supervisors: Supervisors::new(Arc::new(clock.clone())), clock }
    }

    fn with(
        mut self,
        name: &str,
        policy: Policy,
        factory: impl Fn(&Context) -> Built + Send + Sync + 'static,
    ) -> House {
        self.supervisors.add(name, policy, factory).unwrap();
        self
    }

    fn start(self) -> Lived {
        let events = self.supervisors.events();
        Lived { clock: self.clock, events, running: self.supervisors.start().unwrap() }
    }
}

/// A house that runs.
struct Lived {
    clock: ManualClock,
    events: Receiver<Event>,
    running: Running,
}

impl Lived {
    /// The next event that `wanted` accepts; those before it are skipped.
    fn event<T>(&self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let event = self.events.recv_deadline(deadline).expect("the event should have come");
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    }

    fn failed(&self) -> (FailureKind, String, Duration) {
        self.event(|event| match &event.kind {
            EventKind::Failed { kind, message, retry_in, .. } => Some((*kind, message.clone(), *retry_in)),
            _ => None,
        })
    }

    fn restarted(&self) -> RestartReason {
        self.event(|event| match event.kind {
            EventKind::Restarted { reason, .. } => Some(reason),
            _ => None,
        })
    }

    fn gave_up(&self) -> String {
        self.event(|event| match &event.kind {
            EventKind::GaveUp { reason } => Some(reason.clone()),
            _ => None,
        })
    }

    fn status(&self, name: &str) -> SupervisorStatus {
        self.running.status().into_iter().find(|status| status.name == name).unwrap()
    }

    /// The first status of `name` that `wanted` accepts.
    fn status_when(&self, name: &str, wanted: impl Fn(&SupervisorStatus) -> bool) -> SupervisorStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status(name);
            if wanted(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "still {status:#?}");
            a_moment();
        }
    }

    fn in_state(&self, name: &str, state: State) -> SupervisorStatus {
        self.status_when(name, |status| status.state == state)
    }
}

/// Lets other threads go on, between two looks.
fn a_moment() {
    crossbeam_channel::never::<()>().recv_timeout(Duration::from_millis(1)).ok();
}

/// Reports each cycle's number, and then waits as `next` says.
fn counted(next: Next) -> (impl Fn(&Context) -> Built + Send + Sync, Receiver<u64>) {
    let (cycles, seen): (Sender<u64>, _) = crossbeam_channel::unbounded();
    let factory = move |_: &Context| {
        let (cycles, mut n) = (cycles.clone(), 0);
        play(move |_| {
            n += 1;
            cycles.send(n).ok();
            Ok(next)
        })
    };
    (factory, seen)
}

fn next_cycle(seen: &Receiver<u64>) -> u64 {
    seen.recv_timeout(PATIENCE).expect("the cycle should have come")
}
