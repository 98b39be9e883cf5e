//! What a crash and a stop cost: from a worker's panic to the first cycle of the next one, and the shutdown of five
//! sleepers. The bar: 100 µs at the median and 5 ms at the 99th percentile.

#![allow(clippy::expect_used)] // a bench that can't start has nothing to say
#![allow(missing_docs)] // what criterion's macros make is not documented

use criterion::{Criterion, criterion_group, criterion_main};
use crossbeam_channel::{Receiver, Sender};
use std::sync::Arc;
use std::time::{Duration, Instant};
use thor_stack::Stack;
use thor_stack::config::Config;
use thor_stack::supervise::{
    Context, Next, Policy, Running, State, Supervisors, SystemClock, Waker, Worker, WorkerError,
};

/// Tells the other side that it runs, sleeps until it is woken, and then panics.
struct Crasher {
    runs: Sender<Instant>,
    cycles: u32,
}

impl Worker for Crasher {
    fn cycle(&mut self, _: &Context) -> Result<Next, WorkerError> {
        self.cycles += 1;
        self.runs.send(Instant::now()).ok();
        // Not by `panic!`: the panic hook prints, and printing is not what is measured.
        if self.cycles > 1 {
            std::panic::resume_unwind(Box::new("measured"));
        }
        Ok(Next::OnWake)
    }
}

fn crasher() -> (Running, Waker, Receiver<Instant>) {
    let (runs, seen) = crossbeam_channel::unbounded();
    let mut supervisors = Supervisors::new(Arc::new(SystemClock::new()));
    let policy = Policy { first: Duration::ZERO, ..Policy::default() };
    let waker = supervisors
        .add("Crasher", policy, move |_| Ok(Box::new(Crasher { runs: runs.clone(), cycles: 0 })))
        .expect("a free name");
    (supervisors.start().expect("a thread"), waker, seen)
}

/// From the instant of the panic to the first instant of the next incarnation's first cycle.
fn crash_to_running(bench: &mut Criterion) {
    let (_running, waker, seen) = crasher();
    seen.recv().expect("the first run");
    bench.bench_function("crash to running", |bencher| {
        bencher.iter_custom(|times| {
            (0..times).fold(Duration::ZERO, |sum, _| {
                waker.wake();
                let crashed = seen.recv().expect("the cycle that crashes");
                sum + seen.recv().expect("the next incarnation").duration_since(crashed)
            })
        });
    });
}

/// The same with all that is kept of a crash: the panic hook captures the stack, and a stack's recorder writes to a
/// ledger on disk meanwhile. The panic message itself is not printed.
fn recorded_crash_to_running(bench: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    std::panic::set_hook(Box::new(|_| ()));
    thor_stack::record_panics();
    let (runs, seen) = crossbeam_channel::unbounded();
    let wakers = crossbeam_channel::bounded(1);
    let policy = Policy { first: Duration::ZERO, ..Policy::default() };
    let first = wakers.0.clone();
    let stack = Stack::builder(Config::at_home(folder.path().into()))
        .worker("Crasher", policy, move |ctx| {
            first.try_send(ctx.waker()).ok(); // only the first is taken
            Ok(Box::new(Panicker { runs: runs.clone(), cycles: 0 }))
        })
        .start()
        .expect("a stack");
    let waker = wakers.1.recv().expect("the first build");
    seen.recv().expect("the first run");
    bench.bench_function("recorded crash to running", |bencher| {
        bencher.iter_custom(|times| {
            (0..times).fold(Duration::ZERO, |sum, _| {
                waker.wake();
                let crashed = seen.recv().expect("the cycle that crashes");
                sum + seen.recv().expect("the next incarnation").duration_since(crashed)
            })
        });
    });
    drop(stack);
    drop(std::panic::take_hook());
}

/// As [`Crasher`], by the panic that hooks see.
struct Panicker {
    runs: Sender<Instant>,
    cycles: u32,
}

impl Worker for Panicker {
    #[allow(clippy::panic)] // what is measured
    fn cycle(&mut self, _: &Context) -> Result<Next, WorkerError> {
        self.cycles += 1;
        self.runs.send(Instant::now()).ok();
        assert!(self.cycles < 2, "measured");
        Ok(Next::OnWake)
    }
}

struct Sleeper;

impl Worker for Sleeper {
    fn cycle(&mut self, _: &Context) -> Result<Next, WorkerError> {
        Ok(Next::After(Duration::from_secs(3_600)))
    }
}

fn sleepers() -> Running {
    let mut supervisors = Supervisors::new(Arc::new(SystemClock::new()));
    for name in ["Poller", "Grader", "Capture", "Week52", "PreOpen"] {
        supervisors.add(name, Policy::default(), |_| Ok(Box::new(Sleeper))).expect("a free name");
    }
    let running = supervisors.start().expect("a thread");
    while running.status().iter().any(|status| status.state != State::Waiting) {
        std::thread::yield_now();
    }
    running
}

fn shutdown_of_five_sleepers(bench: &mut Criterion) {
    bench.bench_function("shutdown of five sleepers", |bencher| {
        bencher.iter_custom(|times| {
            (0..times).fold(Duration::ZERO, |sum, _| {
                let running = sleepers();
                sum + running.shutdown(Duration::from_secs(5)).took
            })
        });
    });
}

criterion_group!(benches, crash_to_running, recorded_crash_to_running, shutdown_of_five_sleepers);
criterion_main!(benches);
