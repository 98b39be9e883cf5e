//! The panic hook: never set unasked, chained to the one before, and only for our threads.

use super::until;
use crate::ledger::scene;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use thor_stack::supervise::{
    Context, Event, Next, Policy, Supervisors, SystemClock, Trace, Worker, WorkerError,
};

const UNASKED: &str = "records::hook::the_library_sets_no_panic_hook_unasked";
const CHAINED: &str = "records::hook::the_hook_chains_to_the_one_before_and_acts_only_on_our_threads";

struct Bomb;

impl Worker for Bomb {
    fn cycle(&mut self, _: &Context) -> Result<Next, WorkerError> {
        panic!("boom")
    }
}

/// The trace of the first panic of a worker, if there is one.
fn trace_of_a_panic() -> Option<Trace> {
    let mut supervisors = Supervisors::new(Arc::new(SystemClock::new()));
    supervisors.add("Bomb", Policy::default(), |_| Ok(Box::new(Bomb))).unwrap();
    let events = supervisors.events();
    let running = supervisors.start().unwrap();
    let failed = |event: Event| event.failure;
    let failure = events.iter().find_map(failed).unwrap();
    assert!(running.shutdown(Duration::from_secs(5)).is_clean());
    failure.trace.clone()
}

/// This test alone in a process of its own: the hook is the process's.
fn passes_alone(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let output = scene::play(name, folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_library_sets_no_panic_hook_unasked() {
    if scene::folder().is_none() {
        return passes_alone(UNASKED);
    }
    assert_eq!(trace_of_a_panic(), None);
    thor_stack::record_panics();
    assert!(trace_of_a_panic().is_some());
}

#[test]
fn the_hook_chains_to_the_one_before_and_acts_only_on_our_threads() {
    if scene::folder().is_none() {
        return passes_alone(CHAINED);
    }
    let heard = Arc::new(AtomicU64::new(0));
    let hearing = Arc::clone(&heard);
    std::panic::set_hook(Box::new(move |_| {
        hearing.fetch_add(1, Ordering::SeqCst);
    }));
    thor_stack::record_panics();
    thor_stack::record_panics(); // again is harmless
    let trace = trace_of_a_panic().unwrap();
    assert!(trace.location.contains("records/hook.rs:"), "{trace:?}");
    assert_eq!(heard.load(Ordering::SeqCst), 1, "once for one panic");
    std::thread::scope(|scope| scope.spawn(|| panic!("the host's own")).join().unwrap_err());
    until("the host's panics are its own", || heard.load(Ordering::SeqCst) == 2);
}
