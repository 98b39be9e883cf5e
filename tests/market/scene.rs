//! A floor on which one worker is played by hand: save, advance, cycle, look into the ledger.

use crate::conformance::spoken::quote;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use thor_stack::board::Board;
use thor_stack::config::Config;
use thor_stack::ledger::{Ledger, SqliteLedger};
use thor_stack::outlet::{Notices, OutletError};
use thor_stack::supervise::{
    Clock, Context, Generation, ManualClock, Next, Policy, Running, Supervisors, Worker,
};
use thor_stack::value::Sheet;
use thor_stack::workers::Floor;

pub(crate) struct Scene {
    pub(crate) clock: ManualClock,
    pub(crate) ctx: Context,
    pub(crate) floor: Floor,
    pub(crate) notices: Arc<Pinboard>,
    _home: tempfile::TempDir,
}

impl Scene {
    /// A scene that begins at `now`, an instant as RFC 3339 writes it.
    pub(crate) fn at(now: &str) -> Scene {
        Scene::with(now, |_| {})
    }

    pub(crate) fn with(now: &str, change: impl FnOnce(&mut Config)) -> Scene {
        let home = tempfile::tempdir().unwrap();
        let clock = ManualClock::starting_at(instant(now));
        let mut config = Config::at_home(home.path().into());
        change(&mut config);
        let ledger: Arc<dyn Ledger> =
            Arc::new(SqliteLedger::open(&config.ledger_path(), Arc::new(clock.clone())).unwrap());
        let board = Arc::new(Board::new(config.workbook.stale_after, clock.now()));
        let notices = Arc::new(Pinboard::default());
        let floor = Floor::new(Arc::new(config), board, ledger, Arc::clone(&notices) as Arc<dyn Notices>);
        Scene { ctx: Context::detached(Arc::new(clock.clone())), clock, floor, notices, _home: home }
    }

    pub(crate) fn ledger(&self) -> &dyn Ledger {
        &*self.floor.ledger
    }

    /// Moves both clocks on to `now`.
    pub(crate) fn until(&self, now: &str) {
        let left = instant(now).duration_since(self.clock.now());
        assert!(!left.is_negative(), "{now} is past");
        self.clock.advance(left.unsigned_abs());
    }

    /// A save now, seen now, of rows written as `("YM", "last=47476 bid=47475")`.
    pub(crate) fn save(&self, rows: &[(&str, &str)]) {
        self.save_as_of(self.clock.now(), rows);
    }

    /// A save of `saved_at`, seen now.
    pub(crate) fn save_as_of(&self, saved_at: Timestamp, rows: &[(&str, &str)]) {
        let sheet = Sheet {
            saved_at,
            quotes: rows.iter().map(|(symbol, fields)| Arc::new(quote(symbol, fields))).collect(),
            not_loaded: Vec::new(),
            rejected: Vec::new(),
        };
        self.floor.board.apply(&Generation::new(1), &sheet, self.clock.now()).unwrap();
    }

    pub(crate) fn cycle(&self, worker: &mut dyn Worker) -> Next {
        worker.cycle(&self.ctx).unwrap()
    }

    /// A save of `rows` at `now`, and a cycle.
    pub(crate) fn play(&self, worker: &mut dyn Worker, now: &str, rows: &[(&str, &str)]) -> Next {
        self.until(now);
        self.save(rows);
        self.cycle(worker)
    }

    /// The worker that `build` makes, under a supervisor and the scene's clock.
    pub(crate) fn supervised<W: Worker + 'static>(&self, build: fn(Floor) -> W) -> Running {
        let mut supervisors = Supervisors::new(Arc::new(self.clock.clone()));
        let floor = self.floor.clone();
        supervisors.add("Worker", Policy::default(), move |_| Ok(Box::new(build(floor.clone())))).unwrap();
        supervisors.start().unwrap()
    }
}

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// Notices as they were put, the last one of each key at the end.
#[derive(Default)]
pub(crate) struct Pinboard {
    put: Mutex<Vec<(String, Duration, Value)>>,
    pub(crate) down: AtomicBool,
}

impl Pinboard {
    /// Every key with its term, in the order put.
    pub(crate) fn keys(&self) -> Vec<(String, Duration)> {
        self.put.lock().iter().map(|(key, ttl, _)| (key.clone(), *ttl)).collect()
    }

    /// What was put last under `key`.
    pub(crate) fn last(&self, key: &str) -> Option<Value> {
        self.put.lock().iter().rev().find(|(put, ..)| put == key).map(|(.., value)| value.clone())
    }
}

impl Notices for Pinboard {
    fn put(
        &self,
        generation: &Generation,
        key: &str,
        ttl: Duration,
        value: &Value,
    ) -> Result<(), OutletError> {
        generation.check()?;
        if self.down.load(Ordering::SeqCst) {
            return Err(OutletError::Failed("redis://127.0.0.1:1: no server there".into()));
        }
        self.put.lock().push((key.into(), ttl, value.clone()));
        Ok(())
    }
}
