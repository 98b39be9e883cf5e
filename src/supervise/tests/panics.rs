//! What a panic can and cannot do.

use super::*;
use std::panic::panic_any;

/// A worker whose first incarnation panics by `panic` in its cycle.
fn panicking(panic: fn()) -> Lived {
    let factory = move |ctx: &Context| {
        let first = ctx.generation().number() == 1;
        play(move |_| {
            if first {
                panic();
            }
            Ok(Next::OnWake)
        })
    };
    House::new().with("Grader", Policy::default(), factory).start()
}

fn message_of(panic: fn()) -> String {
    let house = panicking(panic);
    let (kind, message, retry_in) = house.failed();
    assert_eq!((kind, retry_in), (FailureKind::Panic, secs(3)));
    house.clock.advance(retry_in);
    assert_eq!(house.restarted(), RestartReason::Failure);
    message
}

#[test]
fn the_text_of_a_panic_is_told_whatever_its_payload() {
    let not_text = "panic with a payload that is not text";
    assert_eq!(message_of(|| panic!("a literal")), "a literal");
    assert_eq!(message_of(|| panic!("row {}", 812)), "row 812");
    assert_eq!(message_of(|| panic_any(String::from("a string"))), "a string");
    assert_eq!(message_of(|| panic_any(42)), not_text);
}

struct PanicsOnDrop(u32);

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(PanicsOnDrop(self.0 - 1));
        }
    }
}

#[test]
fn a_payload_that_panics_when_dropped_is_forgotten() {
    assert_eq!(message_of(|| panic_any(PanicsOnDrop(3))), "panic with a payload that is not text");
}

struct BadEnd;

impl Worker for BadEnd {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        if ctx.generation().number() == 1 { Err(WorkerError::new("no rows")) } else { Ok(Next::OnWake) }
    }
}

impl Drop for BadEnd {
    fn drop(&mut self) {
        panic!("the lock is gone");
    }
}

#[test]
fn a_worker_that_panics_when_dropped_is_reported_and_restarted() {
    let house = House::new().with("Poller", Policy::default(), |_| Ok(Box::new(BadEnd))).start();
    let retry_in = house.failed().2;
    let said = house.event(|event| match &event.kind {
        EventKind::DropPanicked { message } => Some(message.clone()),
        _ => None,
    });
    assert_eq!(said, "the lock is gone");
    house.clock.advance(retry_in);
    house.restarted();
    assert!(house.running.shutdown(PATIENCE).is_clean());
}

#[test]
fn a_factory_that_fails_or_panics_is_backed_off_like_a_cycle() {
    let factory = |ctx: &Context| match ctx.generation().number() {
        1 => Err(WorkerError::new("opening ledger.db: locked")),
        2 => panic!("no calendar"),
        _ => play(|_| Ok(Next::OnWake)),
    };
    let house = House::new().with("Capture", Policy::default(), factory).start();
    let (kind, message, retry_in) = house.failed();
    assert_eq!((kind, message.as_str()), (FailureKind::Error, "opening ledger.db: locked"));
    house.clock.advance(retry_in);
    let (kind, message, retry_in) = house.failed();
    assert_eq!((kind, message.as_str()), (FailureKind::Panic, "no calendar"));
    house.clock.advance(retry_in);
    let status = house.in_state("Capture", State::Waiting);
    assert_eq!((status.generation, status.restarts, status.cycles), (3, 2, 1));
}

#[test]
fn the_record_of_a_crash_says_what_the_cycle_was_doing() {
    let factory = |_: &Context| {
        play(|ctx| {
            ctx.phase(format!("reading row {}", 812));
            panic!("boom")
        })
    };
    let house = House::new().with("Poller", Policy::default(), factory).start();
    let line = house.event(|event| matches!(event.kind, EventKind::Failed { .. }).then(|| event.to_string()));
    assert_eq!(line, "Poller: panic: boom (while reading row 812); restart in 3.0s");
    let failure = house.status("Poller").last_error.unwrap();
    assert_eq!(failure.phase.as_deref(), Some("reading row 812"));
}

#[test]
fn a_panic_of_the_clock_ends_in_failed_and_not_in_silence() {
    struct Broken(ManualClock);
    impl Clock for Broken {
        fn now(&self) -> jiff::Timestamp {
            self.0.now()
        }
        fn mono(&self) -> Mono {
            self.0.mono()
        }
        fn timer(&self, _: Mono) -> Receiver<Instant> {
            panic!("no timers")
        }
    }
    let clock = ManualClock::starting_at("2025-11-28T14:30:00Z".parse().unwrap());
    let mut supervisors = Supervisors::new(Arc::new(Broken(clock.clone())));
    supervisors.add("Week52", Policy::default(), |_| play(|_| Ok(Next::After(secs(1))))).unwrap();
    let events = supervisors.events();
    let house = Lived { clock, events, running: supervisors.start().unwrap() };
    assert_eq!(house.gave_up(), "panic: supervisor panicked: no timers");
    assert_eq!(house.status("Week52").state, State::Failed);
    assert!(house.running.shutdown(PATIENCE).is_clean());
}

/// Regression: who asked for the restart was told that nobody would answer, although the worker was built anew.
#[test]
fn a_restart_after_a_panic_of_the_clock_is_answered() {
    struct BrokenOnce(ManualClock, std::sync::atomic::AtomicBool);
    impl Clock for BrokenOnce {
        fn now(&self) -> jiff::Timestamp {
            self.0.now()
        }
        fn mono(&self) -> Mono {
            self.0.mono()
        }
        fn timer(&self, deadline: Mono) -> Receiver<Instant> {
            let is_the_workers = std::thread::current().name() == Some("Week52");
            assert!(!is_the_workers || self.1.swap(true, std::sync::atomic::Ordering::SeqCst), "no timers");
            self.0.timer(deadline)
        }
    }
    let clock = ManualClock::starting_at("2025-11-28T14:30:00Z".parse().unwrap());
    let mut supervisors = Supervisors::new(Arc::new(BrokenOnce(clock.clone(), false.into())));
    supervisors.add("Week52", Policy::default(), |_| play(|_| Ok(Next::After(secs(1))))).unwrap();
    let events = supervisors.events();
    let house = Lived { clock, events, running: supervisors.start().unwrap() };
    house.gave_up();
    let answer = house.running.restart("Week52").unwrap();
    assert_eq!(answer.recv_timeout(PATIENCE), Ok(2));
    assert!(house.running.shutdown(PATIENCE).is_clean());
}

/// The first failure of a worker whose only cycle is `cycle`, with the panic hook opted in.
fn failure_of(cycle: fn(&Context) -> Result<Next, WorkerError>) -> Arc<Failure> {
    record_panics();
    let house = House::new().with("Poller", Policy::default(), move |_| play(cycle)).start();
    house.event(|event| event.failure.clone())
}

#[inline(never)]
fn trips() -> Result<Next, WorkerError> {
    panic!("boom")
}

/// Trap 4: the stack is captured unresolved, and resolved when it is printed.
#[test]
fn a_panic_tells_its_place_and_its_stack_which_is_named_only_when_it_is_printed() {
    let trace = failure_of(|_| trips()).trace.clone().unwrap();
    assert!(trace.location.contains("panics.rs:"), "{trace:?}");
    let unresolved = format!("{trace:?} {:?}", trace.stack);
    assert!(!unresolved.contains("trips"), "{unresolved}");
    let frames = trace.stack.to_string();
    assert!(frames.lines().next().unwrap().contains("trips"), "{frames}");
    assert!(!frames.contains("rust_begin_unwind") && !frames.contains("catch_unwind"), "{frames}");
}

/// Trap 3: a payload may panic itself when it is dropped. The place that is told is the first panic's.
#[test]
fn the_place_is_the_panics_own_and_not_that_of_its_payloads_drop() {
    let failure = failure_of(|_| panic_any(PanicsOnDrop(3)));
    let line = failure.trace.as_ref().unwrap().location.clone();
    let drop_line = failure_of(|_| -> Result<Next, WorkerError> {
        drop(std::panic::catch_unwind(|| drop(PanicsOnDrop(1))));
        Err(WorkerError::new("no rows"))
    });
    assert_eq!(drop_line.trace, None, "an error has no place, whatever was caught before it");
    assert!(line.contains("panics.rs:"), "{line}");
    let own = failure_of(|_| panic_any(42)).trace.clone().unwrap().location;
    assert_ne!(line, own);
}

#[test]
fn a_failure_says_which_incarnation_it_was() {
    let house = House::new()
        .with("Poller", Policy::default(), |_| play(|_| Err(WorkerError::new("no rows"))))
        .start();
    for generation in 1..=3 {
        let failure = house.event(|event| event.failure.clone());
        assert_eq!(failure.generation, generation);
        house.clock.advance(secs(60));
    }
}
