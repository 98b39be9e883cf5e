//! What may never happen, whoever runs when.

use crate::supervise::{
    Context, EventKind, ManualClock, Next, Policy, Running, State, Supervisors, Worker, WorkerError,
};
use crate::sync::{self, Mutex, Receiver, Sender, TryRecvError};
use shuttle::thread;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const ALL: [(&str, fn()); 8] = [
    ("shutdown_while_spawning", shutdown_while_spawning),
    ("shutdown_while_backing_off", shutdown_while_backing_off),
    ("restart_during_stop", restart_during_stop),
    ("fence_during_publish", fence_during_publish),
    ("hang_verdict_races_completion", hang_verdict_races_completion),
    ("hang_verdict_races_shutdown", hang_verdict_races_shutdown),
    ("restart_of_a_worker_that_hangs", restart_of_a_worker_that_hangs),
    ("a_hang_is_found_however_the_keeper_slept", a_hang_is_found_however_the_keeper_slept),
];

const LONG: Duration = Duration::from_secs(3_600);
const DEADLINE: Duration = Duration::from_secs(10);

/// What every incarnation writes to, as the board is: the fence is asked under the lock of the write.
#[derive(Clone, Default)]
struct Sheet(Arc<Mutex<Vec<u64>>>);

impl Sheet {
    fn write(&self, ctx: &Context) {
        let mut rows = self.0.lock();
        if ctx.generation().check().is_ok() {
            rows.push(ctx.generation().number());
        }
    }

    /// No incarnation wrote after a later one had.
    fn is_fenced(&self) {
        let rows = self.0.lock().clone();
        assert!(rows.is_sorted(), "a replaced incarnation wrote: {rows:?}");
    }
}

/// Writes twice a cycle, and fails where it is told to.
struct Writer {
    sheet: Sheet,
    fails: bool,
}

impl Worker for Writer {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        self.sheet.write(ctx);
        thread::yield_now();
        self.sheet.write(ctx);
        if self.fails { Err(WorkerError::new("torn")) } else { Ok(Next::OnWake) }
    }
}

/// Supervisors of `names` that write to one sheet each; the first incarnations fail.
fn house(names: &[&str], policy: &Policy, failing: u64) -> (ManualClock, Supervisors, Vec<Sheet>) {
    let clock = ManualClock::starting_at("2025-11-28T14:30:00Z".parse().unwrap());
    let mut supervisors = Supervisors::new(Arc::new(clock.clone()));
    let mut sheets = Vec::new();
    for name in names {
        let sheet = Sheet::default();
        sheets.push(sheet.clone());
        let factory = move |ctx: &Context| -> Result<Box<dyn Worker>, WorkerError> {
            Ok(Box::new(Writer { sheet: sheet.clone(), fails: ctx.generation().number() <= failing }))
        };
        supervisors.add(name, policy.clone(), factory).unwrap();
    }
    (clock, supervisors, sheets)
}

/// Stops everything; nobody runs and nobody writes from then on.
fn stops(running: &Running, sheets: &[Sheet]) {
    let report = running.shutdown(LONG);
    for status in running.status() {
        assert_eq!(status.state, State::Stopped, "{report}");
    }
    let rows: Vec<usize> = sheets.iter().map(|sheet| sheet.0.lock().len()).collect();
    thread::yield_now();
    let later: Vec<usize> = sheets.iter().map(|sheet| sheet.0.lock().len()).collect();
    assert_eq!(rows, later, "written after the end");
    sheets.iter().for_each(Sheet::is_fenced);
}

fn shutdown_while_spawning() {
    let (_, supervisors, sheets) = house(&["Poller", "Grader"], &Policy::default(), 0);
    let running = supervisors.start().unwrap();
    stops(&running, &sheets);
    assert_eq!(running.shutdown(LONG).stopped, ["Grader", "Poller"]);
}

fn shutdown_while_backing_off() {
    let policy = Policy { first: Duration::from_secs(3), ..Policy::default() };
    let (clock, supervisors, sheets) = house(&["Grader"], &policy, 2);
    let running = supervisors.start().unwrap();
    let time = thread::spawn(move || (0..3).for_each(|_| clock.advance(Duration::from_secs(3))));
    stops(&running, &sheets);
    time.join().unwrap();
}

/// Whoever asked is answered, or learns that nobody will answer.
fn restart_during_stop() {
    let (_, supervisors, sheets) = house(&["Poller"], &Policy::default(), 0);
    let running = Arc::new(supervisors.start().unwrap());
    let asked = Arc::clone(&running);
    let asker = thread::spawn(move || asked.restart("Poller").ok());
    stops(&running, &sheets);
    if let Some(answer) = asker.join().unwrap() {
        assert_ne!(answer.try_recv(), Err(TryRecvError::Empty), "an answer that never comes");
    }
}

fn fence_during_publish() {
    let (_, supervisors, sheets) = house(&["Poller"], &Policy::default(), 0);
    let running = Arc::new(supervisors.start().unwrap());
    let askers: Vec<_> = (0..2)
        .map(|_| {
            let running = Arc::clone(&running);
            thread::spawn(move || drop(running.restart("Poller")))
        })
        .collect();
    askers.into_iter().for_each(|asker| asker.join().unwrap());
    stops(&running, &sheets);
}

fn watched() -> Policy {
    Policy { deadline: Some(DEADLINE), first: Duration::ZERO, ..Policy::default() }
}

/// Time passes the deadline while the worker is at its work, or just before or after: it is replaced or left alone, and
/// in either case one thread works, the sheet is fenced and no zombie is left.
fn hang_verdict_races_completion() {
    let (clock, supervisors, sheets) = house(&["Poller"], &watched(), 0);
    let running = supervisors.start().unwrap();
    clock.advance(DEADLINE * 2);
    thread::yield_now();
    clock.advance(DEADLINE * 2);
    stops_clean(&running, &sheets);
}

fn hang_verdict_races_shutdown() {
    let (clock, supervisors, sheets) = house(&["Poller", "Grader"], &watched(), 1);
    let running = supervisors.start().unwrap();
    let time = thread::spawn(move || (0..2).for_each(|_| clock.advance(DEADLINE * 2)));
    stops_clean(&running, &sheets);
    time.join().unwrap();
}

fn restart_of_a_worker_that_hangs() {
    let (clock, supervisors, sheets) = house(&["Poller"], &watched(), 0);
    let running = Arc::new(supervisors.start().unwrap());
    let asked = Arc::clone(&running);
    let asker = thread::spawn(move || asked.restart("Poller").ok());
    clock.advance(DEADLINE * 2);
    let answer = asker.join().unwrap();
    stops_clean(&running, &sheets);
    if let Some(answer) = answer {
        assert_ne!(answer.try_recv(), Err(TryRecvError::Empty), "an answer that never comes");
    }
}

/// Hangs in its third cycle until it is let go; its first ones make the keeper look, and fall asleep again.
struct Stuck {
    cycles: u32,
    entered: Sender<()>,
    release: Receiver<()>,
    sheet: Sheet,
}

impl Worker for Stuck {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        self.cycles += 1;
        if ctx.generation().number() == 1 && self.cycles == 3 {
            self.entered.try_send(()).ok();
            sync::select_biased! { recv(self.release) -> _ => {} }
        }
        self.sheet.write(ctx);
        Ok(if self.cycles < 3 { Next::After(Duration::from_secs(1)) } else { Next::OnWake })
    }
}

/// A keeper that slept through the call of a busy worker would leave everything here waiting for ever.
fn a_hang_is_found_however_the_keeper_slept() {
    let clock = ManualClock::starting_at("2025-11-28T14:30:00Z".parse().unwrap());
    let mut supervisors = Supervisors::new(Arc::new(clock.clone()));
    let (entered, is_in) = sync::unbounded();
    let (release, released) = sync::unbounded();
    let sheet = Sheet::default();
    let shown = sheet.clone();
    let factory = move |_: &Context| -> Result<Box<dyn Worker>, WorkerError> {
        let (entered, release, sheet) = (entered.clone(), released.clone(), sheet.clone());
        Ok(Box::new(Stuck { cycles: 0, entered, release, sheet }))
    };
    supervisors.add("Poller", watched(), factory).unwrap();
    let events = supervisors.events();
    let running = supervisors.start().unwrap();
    while is_in.is_empty() {
        clock.advance(Duration::from_secs(1));
        thread::yield_now();
    }
    clock.advance(DEADLINE * 2);
    let hung = events.into_iter().any(|event| matches!(event.kind, EventKind::Hung { .. }));
    assert!(hung, "the verdict never came");
    drop(release);
    stops_clean(&running, std::slice::from_ref(&shown));
    let of_the_first = shown.0.lock().iter().filter(|number| **number == 1).count();
    assert_eq!(of_the_first, 2, "written after the verdict");
}

/// As [`stops`], and every zombie has come back: nothing here hangs for ever.
fn stops_clean(running: &Running, sheets: &[Sheet]) {
    stops(running, sheets);
    assert!(running.status().iter().all(|status| status.zombies == 0), "a zombie is still counted");
}
