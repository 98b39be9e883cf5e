//! What a crash and a stop cost, each beside the least that they could cost.

use super::samples;
use crossbeam_channel::{Receiver, Sender};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use thor_stack::supervise::{
    Context, Next, Policy, Running, State, Supervisors, SystemClock, Worker, WorkerError,
};

pub(crate) fn measure(times: usize) {
    samples::print("crash -> running", &crashes(times));
    samples::print("crash -> running, catch_unwind alone", &catches(times));
    samples::print("crash -> running, a new thread each", &threads(times));
    samples::print("shutdown of five sleepers", &shutdowns(times.div_ceil(5)));
    samples::print("shutdown of five sleepers, threads on a channel", &channels(times.div_ceil(5)));
}

/// Tells when it runs, sleeps until it is woken, and then panics.
struct Crasher {
    runs: Sender<Instant>,
    cycles: u32,
}

impl Worker for Crasher {
    fn cycle(&mut self, _: &Context) -> Result<Next, WorkerError> {
        self.cycles += 1;
        self.runs.send(Instant::now()).unwrap();
        if self.cycles > 1 {
            crash();
        }
        Ok(Next::OnWake)
    }
}

/// Not by `panic!`: the panic hook prints, and printing is not what is measured.
fn crash() {
    resume_unwind(Box::new("measured"));
}

/// From the panic to the first cycle of the next incarnation.
fn crashes(times: usize) -> Vec<Duration> {
    let (runs, seen) = crossbeam_channel::unbounded();
    let mut supervisors = Supervisors::new(Arc::new(SystemClock::new()));
    let policy = Policy { first: Duration::ZERO, ..Policy::default() };
    let factory =
        move |_: &Context| Ok(Box::new(Crasher { runs: runs.clone(), cycles: 0 }) as Box<dyn Worker>);
    let waker = supervisors.add("Crasher", policy, factory).unwrap();
    let _running = supervisors.start().unwrap();
    seen.recv().unwrap();
    let once = || {
        waker.wake();
        let crashed = seen.recv().unwrap();
        seen.recv().unwrap().duration_since(crashed)
    };
    (0..times).map(|_| once()).collect()
}

fn catches(times: usize) -> Vec<Duration> {
    samples::of(times, || catch_unwind(AssertUnwindSafe(crash)).is_err())
}

/// What a program does that starts a thread in place of the one that died.
#[allow(clippy::disallowed_methods)] // the one door is what is compared with
fn threads(times: usize) -> Vec<Duration> {
    let once = || {
        let (runs, seen) = crossbeam_channel::bounded(1);
        let begun = Instant::now();
        let thread = std::thread::spawn(move || runs.send(Instant::now()).unwrap());
        let took = seen.recv().unwrap().duration_since(begun);
        thread.join().unwrap();
        took
    };
    (0..times).map(|_| once()).collect()
}

struct Sleeper;

impl Worker for Sleeper {
    fn cycle(&mut self, _: &Context) -> Result<Next, WorkerError> {
        Ok(Next::After(Duration::from_secs(3_600)))
    }
}

fn shutdowns(times: usize) -> Vec<Duration> {
    (0..times).map(|_| sleepers().shutdown(Duration::from_secs(5)).took).collect()
}

fn sleepers() -> Running {
    let mut supervisors = Supervisors::new(Arc::new(SystemClock::new()));
    for name in ["Poller", "Grader", "Capture", "Week52", "PreOpen"] {
        supervisors.add(name, Policy::default(), |_| Ok(Box::new(Sleeper))).unwrap();
    }
    let running = supervisors.start().unwrap();
    while running.status().iter().any(|status| status.state != State::Waiting) {
        std::thread::yield_now();
    }
    running
}

/// Five bare threads that wait for a channel to close.
#[allow(clippy::disallowed_methods)] // the one door is what is compared with
fn channels(times: usize) -> Vec<Duration> {
    let once = || {
        let (stop, stopped) = crossbeam_channel::bounded::<()>(0);
        let wait = |stopped: Receiver<()>| move || stopped.recv().is_err();
        let threads: Vec<_> = (0..5).map(|_| std::thread::spawn(wait(stopped.clone()))).collect();
        crossbeam_channel::never::<()>().recv_timeout(Duration::from_millis(2)).ok(); // until they wait
        samples::once(|| {
            drop(stop);
            threads.into_iter().for_each(|thread| assert!(thread.join().unwrap()));
        })
    };
    (0..times).map(|_| once()).collect()
}
