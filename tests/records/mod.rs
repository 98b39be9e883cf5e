//! What the stack records of itself: crashes, gaps, and session rows that miss data because of them.

mod crashes;
mod gaps;
mod hook;
#[cfg(unix)] // signals
mod life;
mod touched;

use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thor_stack::config::{Config, SupervisorConfig};
use thor_stack::ledger::{Alive, Gap, Ledger, RecordFilter, SqliteLedger, StoredCrash};
use thor_stack::supervise::{Clock, Context, Generation, ManualClock, Next, Policy, Worker, WorkerError};
use thor_stack::value::{Quote, Sheet};
use thor_stack::{Stack, StackHandle};

const GUEST: &str = "Guest";
const GRADER: &str = "MarketOpenGraderSupervisor";
const ALARMS: &str = "Alarms";

/// Looks again and again until `found` says yes.
#[track_caller]
fn until(what: &str, mut found: impl FnMut() -> bool) {
    let deadline = Instant::now() + crate::support::program::SOON;
    while !found() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A worker that is one closure.
struct Play<F>(F);

impl<F: FnMut(&Context) -> Result<Next, WorkerError> + Send> Worker for Play<F> {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        (self.0)(ctx)
    }
}

/// A stack under a manual clock on Friday afternoon in New York, with a ledger that outlives it.
struct House {
    clock: ManualClock,
    ledger: Arc<dyn Ledger>,
    config: Config,
    /// The sign of life before the stack was built.
    earlier: Mutex<Option<Alive>>,
}

impl House {
    fn new() -> House {
        let clock = ManualClock::starting_at(at("2025-11-28T15:00:00Z"));
        let ledger = Arc::new(SqliteLedger::in_memory(Arc::new(clock.clone())).unwrap());
        let mut config = Config::at_home("no such folder".into());
        // A clock that leaps finds whoever is in a cycle past its deadline.
        let grader = SupervisorConfig { deadline: None, ..config.supervisor(GRADER) };
        config.supervisors.insert(GRADER.into(), grader);
        House { clock, ledger, config, earlier: Mutex::default() }
    }

    /// A stack of the grader, and of a guest whose cycles are `cycle`.
    fn with_guest<F>(&self, cycle: F) -> StackHandle
    where
        F: Fn(&Context) -> Result<Next, WorkerError> + Send + Sync + Clone + 'static,
    {
        self.with_guest_of(&Policy { deadline: None, ..Policy::default() }, cycle)
    }

    /// The same with a policy of its own, but for the first back-off and the interval: 3 s.
    fn with_guest_of<F>(&self, policy: &Policy, cycle: F) -> StackHandle
    where
        F: Fn(&Context) -> Result<Next, WorkerError> + Send + Sync + Clone + 'static,
    {
        let policy = Policy { first: secs(3), interval: secs(3), ..policy.clone() };
        let factory =
            move |_: &Context| -> Result<Box<dyn Worker>, WorkerError> { Ok(Box::new(Play(cycle.clone()))) };
        self.builder().worker(GUEST, policy, factory).start().unwrap()
    }

    fn stack(&self) -> StackHandle {
        self.builder().start().unwrap()
    }

    fn builder(&self) -> thor_stack::StackBuilder {
        *self.earlier.lock() = self.ledger.alive().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let builder = Stack::builder(self.config.clone()).clock(clock).ledger(Arc::clone(&self.ledger));
        builder.only([GRADER])
    }

    /// A save of this moment.
    fn save(&self, stack: &StackHandle, quotes: Vec<Arc<Quote>>) {
        let saved_at = self.clock.now();
        let sheet = Sheet { saved_at, quotes, not_loaded: Vec::new(), rejected: Vec::new() };
        stack.board().apply(&Generation::new(1), &sheet, saved_at).unwrap();
    }

    /// Lets a minute pass, after which the recorder has looked; it leaves a sign of life last.
    fn a_minute(&self) {
        let earlier = self.earlier.lock().clone();
        until("its first sign of life", || self.ledger.alive().unwrap() != earlier);
        let before = self.ledger.alive().unwrap();
        self.clock.advance(secs(60));
        until("the look of the minute", || self.ledger.alive().unwrap() != before);
    }

    fn crashes(&self) -> Vec<StoredCrash> {
        let mut crashes = self.ledger.crashes(&RecordFilter::default(), 1_000).unwrap();
        crashes.retain(|it| it.crash.supervisor != ALARMS);
        crashes
    }

    fn gaps(&self) -> Vec<Gap> {
        let mut gaps = self.ledger.gaps(&RecordFilter::default(), 1_000).unwrap();
        gaps.retain(|it| it.supervisor.as_deref() != Some(ALARMS));
        gaps
    }
}
