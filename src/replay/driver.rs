//! The driver: saves and due workers take turns, the earliest first.

use super::clock::DrivenClock;
use super::{Save, Saves, workers};
use crate::board::Board;
use crate::config::Config;
use crate::ledger::{Ledger, LedgerError, SqliteLedger};
use crate::outlet::NoNotices;
use crate::supervise::{Clock, Factory, Failure, Generation, Policy, Revoked, Stepped};
use crate::workers::Floor;
use jiff::Timestamp;
use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// A stack that is driven: its board, its workers and its clock, in one thread.
pub struct Driver {
    clock: DrivenClock,
    floor: Floor,
    ledger: Arc<SqliteLedger>,
    generation: Generation,
    workers: Vec<Stepped>,
    run: Run,
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// When the first save was seen.
    pub first: Option<Timestamp>,
    /// When the last one was.
    pub last: Option<Timestamp>,
    /// How many saves were taken.
    pub saves: u64,
    /// How many cycles the workers did.
    pub cycles: u64,
    /// Whether it was ended before the last save.
    pub interrupted: bool,
    /// The cycles that failed, the first thousand of them.
    pub failures: Vec<WorkerFailure>,
}

/// A cycle that failed; its worker was built again after its back-off.
#[derive(Debug, Clone)]
pub struct WorkerFailure {
    /// The worker.
    pub worker: String,
    /// What happened, and when.
    pub failure: Failure,
}

/// Where a run is; see [`Driver::run`].
pub struct Progress<'a> {
    /// The time that the clock is about to show.
    pub next: Timestamp,
    /// The board and the ledger so far.
    pub floor: &'a Floor,
    /// The run so far.
    pub run: &'a Run,
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The source of saves cannot go on.
    #[error("reading the next save: {0}")]
    Saves(#[source] Box<dyn Error + Send + Sync>),
    /// The ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The board refused a save.
    #[error(transparent)]
    Refused(#[from] Revoked),
}

/// How many failures are kept; a worker that fails all day fails for one reason.
const KEPT_FAILURES: usize = 1_000;

/// How often workers may wake each other at one instant.
const ROUNDS: usize = 16;

impl Driver {
    /// The market workers of `config`, their clock at `first`, and an empty ledger: in the file `ledger`, or in memory.
    ///
    /// # Errors
    /// [`LedgerError`]: the file cannot be made.
    pub fn new(config: Config, first: Timestamp, ledger: Option<&Path>) -> Result<Driver, LedgerError> {
        let clock = DrivenClock::starting_at(first);
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let ledger = Arc::new(match ledger {
            Some(path) => SqliteLedger::open(path, Arc::clone(&shared))?,
            None => SqliteLedger::in_memory(Arc::clone(&shared))?,
        });
        let board = Arc::new(Board::new(config.workbook.stale_after, first));
        let shared: Arc<dyn Ledger> = Arc::<SqliteLedger>::clone(&ledger);
        let mut floor = Floor::new(Arc::new(config), board, shared, Arc::new(NoNotices));
        floor.opens_from = Some(first);
        let mut driver = Driver {
            clock,
            ledger,
            generation: Generation::new(1),
            workers: Vec::new(),
            run: Run::default(),
            floor,
        };
        for (name, policy, factory) in workers::market_workers(&driver.floor) {
            driver.add(name, policy, factory);
        }
        Ok(driver)
    }

    /// Adds a worker after the others.
    pub fn add(&mut self, name: &str, policy: Policy, factory: Factory) {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        self.workers.push(Stepped::new(name, policy, clock, factory));
    }

    /// What the workers share, with board and ledger.
    #[must_use]
    pub fn floor(&self) -> &Floor {
        &self.floor
    }

    /// The ledger that the workers fill.
    #[must_use]
    pub fn ledger(&self) -> &Arc<SqliteLedger> {
        &self.ledger
    }

    /// Takes every save and steps every worker up to the last save. Before the clock moves on, `watch` is asked whether
    /// to go on; it may take its time.
    ///
    /// # Errors
    /// [`RunError`]. What the ledger got until then stays.
    pub fn run(
        &mut self,
        saves: &mut dyn Saves,
        watch: &mut dyn FnMut(&Progress<'_>) -> ControlFlow<()>,
    ) -> Result<Run, RunError> {
        while let Some(save_at) = saves.next_at().map_err(RunError::Saves)? {
            let worker = self.next_due().filter(|(due, _)| *due < save_at);
            let next = worker.map_or(save_at, |(due, _)| due);
            if self.clock.now() < next && self.ask(watch, next).is_break() {
                self.run.interrupted = true;
                break;
            }
            self.clock.advance_to(next);
            match worker {
                Some((_, place)) => self.work(place)?,
                None => self.take(saves)?,
            }
        }
        self.finish()?;
        Ok(self.run.clone())
    }

    fn ask(
        &self,
        watch: &mut dyn FnMut(&Progress<'_>) -> ControlFlow<()>,
        next: Timestamp,
    ) -> ControlFlow<()> {
        watch(&Progress { next, floor: &self.floor, run: &self.run })
    }

    /// The worker that is due first; of several, the first in start order.
    fn next_due(&self) -> Option<(Timestamp, usize)> {
        let due = self.workers.iter().enumerate().filter_map(|(place, worker)| Some((worker.due()?, place)));
        due.min()
    }

    fn take(&mut self, saves: &mut dyn Saves) -> Result<(), RunError> {
        let now = self.clock.now();
        let (board, generation) = (&self.floor.board, &self.generation);
        match saves.take(now).map_err(RunError::Saves)? {
            Save::Confirmed { saved_at } => drop(board.confirm(generation, saved_at, now)?),
            Save::Changed(sheet) => drop(board.apply(generation, &sheet, now)?),
            Save::Repeated => return Ok(()),
        }
        self.run.saves += 1;
        self.run.first.get_or_insert(now);
        self.run.last = Some(now);
        self.wake();
        Ok(())
    }

    /// Steps the workers that were woken, in start order, and those that they woke in their turn. Who is woken for ever
    /// has to wait for the next save.
    fn wake(&mut self) {
        for _ in 0..ROUNDS {
            for place in 0..self.workers.len() {
                if self.workers[place].is_woken() {
                    self.step(place);
                }
            }
            if !self.workers.iter().any(Stepped::is_woken) {
                return;
            }
        }
    }

    /// Steps a worker that is due, after marking what has turned stale until then, as a poller does.
    fn work(&mut self, place: usize) -> Result<(), RunError> {
        self.floor.board.mark_stale(&self.generation, self.clock.now())?;
        self.step(place);
        self.wake();
        Ok(())
    }

    fn step(&mut self, place: usize) {
        let worker = &mut self.workers[place];
        match worker.step() {
            Ok(()) => self.run.cycles += 1,
            Err(failure) => {
                let (name, at) = (worker.name(), failure.at);
                log::warn!("{name} failed at {at}: {}", failure.message);
                if self.run.failures.len() < KEPT_FAILURES {
                    self.run.failures.push(WorkerFailure { worker: name.to_owned(), failure });
                }
            }
        }
    }

    /// What is due at the instant of the last save comes after it.
    fn finish(&mut self) -> Result<(), RunError> {
        let now = self.clock.now();
        while let Some((_, place)) = self.next_due().filter(|(due, _)| *due <= now) {
            self.work(place)?;
            if self.clock.now() > now {
                break; // a worker that paused has moved the clock past the end
            }
        }
        Ok(())
    }
}
