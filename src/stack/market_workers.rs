//! The workers around the ledger, and the floor that they stand on.

use crate::board::Board;
use crate::config::{
    BusUrl, Config, INTRADAY_METRICS, MARKET_OPEN_CAPTURE, MARKET_OPEN_GRADER, PREOPEN_BACKTEST, WEEK52,
};
use crate::lease::Lease;
use crate::ledger::{Ledger, LedgerError, SqliteLedger};
use crate::outlet::redis::RedisNotices;
use crate::outlet::{NoNotices, Notices};
use crate::supervise::{Clock, Worker, WorkerError};
use crate::workers::{
    Floor, IntradayMetrics, MarketOpenCapture, MarketOpenGrader, PreopenBacktest, Week52Monitor,
};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How one of them is built.
pub(crate) struct MarketWorker {
    pub(crate) name: &'static str,
    /// How often it works where nothing wakes it.
    pub(crate) interval: fn(&Config) -> Duration,
    /// Why its own section says that it does not run, if it does.
    pub(crate) off: fn(&Config) -> Option<&'static str>,
    pub(crate) build: fn(Floor) -> Box<dyn Worker>,
}

/// In the order in which they are started: who grades is there before who captures.
pub(crate) const MARKET_WORKERS: &[MarketWorker] = &[
    MarketWorker {
        name: MARKET_OPEN_GRADER,
        interval: |config| config.grader.interval,
        off: |_| None,
        build: |floor| Box::new(MarketOpenGrader::new(floor)),
    },
    MarketWorker {
        name: MARKET_OPEN_CAPTURE,
        interval: |config| config.capture.interval,
        off: |_| None,
        build: |floor| Box::new(MarketOpenCapture::new(floor)),
    },
    MarketWorker {
        name: WEEK52,
        interval: |config| config.week52.interval,
        off: |config| (!config.week52.enabled).then_some("week52.enabled is off"),
        build: |floor| Box::new(Week52Monitor::new(floor)),
    },
    MarketWorker {
        name: PREOPEN_BACKTEST,
        interval: |config| config.preopen.interval,
        off: |config| (!config.preopen.enabled).then_some("preopen.enabled is off"),
        build: |floor| Box::new(PreopenBacktest::new(floor)),
    },
    MarketWorker {
        name: INTRADAY_METRICS,
        interval: |config| config.intraday.interval,
        off: |config| (!config.intraday.enabled).then_some("intraday.enabled is off"),
        build: |floor| Box::new(IntradayMetrics::new(floor)),
    },
];

/// Where the floor is, once the first of its workers needs it.
pub(super) struct Premises {
    config: Arc<Config>,
    board: Arc<Board>,
    clock: Arc<dyn Clock>,
    ledger: Mutex<Option<Arc<dyn Ledger>>>,
    lease: Option<Arc<Lease>>,
    floor: Mutex<Option<Floor>>,
    absence_told: Arc<AtomicBool>,
}

impl Premises {
    pub(super) fn new(
        config: &Config,
        board: &Arc<Board>,
        clock: &Arc<dyn Clock>,
        ledger: Option<Arc<dyn Ledger>>,
        lease: Option<Arc<Lease>>,
    ) -> Arc<Premises> {
        let (config, board, clock) = (Arc::new(config.clone()), Arc::clone(board), Arc::clone(clock));
        let ledger = Mutex::new(ledger);
        let (floor, absence_told) = (Mutex::default(), Arc::default());
        Arc::new(Premises { config, board, clock, ledger, lease, floor, absence_told })
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// The ledger knows from when to when nobody was there before this process.
    pub(super) fn absence_is_told(&self) {
        self.absence_told.store(true, Ordering::Release);
    }

    /// The floor, if a worker has needed it.
    pub(super) fn built(&self) -> Option<Floor> {
        self.floor.lock().clone()
    }

    /// The ledger, if somebody has opened it.
    pub(super) fn open_ledger(&self) -> Option<Arc<dyn Ledger>> {
        self.ledger.lock().clone()
    }

    /// The floor, the same for all; its ledger is opened where nobody could before. Nobody stands on it before the board
    /// knows since when rows stood still for an earlier process: a capture in that moment would trade a frozen feed.
    pub(super) fn floor(&self) -> Result<Floor, WorkerError> {
        let mut floor = self.floor.lock();
        if let Some(floor) = &*floor {
            return Ok(floor.clone());
        }
        let ledger = self.ledger().map_err(|error| WorkerError::from_error(&error))?;
        let (config, board) = (Arc::clone(&self.config), Arc::clone(&self.board));
        let mut new = Floor::new(config, board, ledger, self.notices()?);
        new.recall().map_err(|error| WorkerError::from_error(&error))?;
        new.absence_told = Arc::clone(&self.absence_told);
        if let Some(lease) = &self.lease {
            new.claims = Arc::<Lease>::clone(lease);
        }
        Ok(floor.insert(new).clone())
    }

    fn notices(&self) -> Result<Arc<dyn Notices>, WorkerError> {
        if self.config.bus.url == BusUrl::Local {
            return Ok(Arc::new(NoNotices));
        }
        let notices = RedisNotices::new(&self.config.bus).map_err(|error| WorkerError::from_error(&error))?;
        Ok(match &self.lease {
            Some(lease) => Arc::new(notices.under(Arc::clone(lease))),
            None => Arc::new(notices),
        })
    }

    /// The ledger, the same for all; opened by the first who needs it.
    pub(super) fn ledger(&self) -> Result<Arc<dyn Ledger>, LedgerError> {
        let mut ledger = self.ledger.lock();
        if let Some(ledger) = &*ledger {
            return Ok(Arc::clone(ledger));
        }
        let opened = SqliteLedger::open(&self.config.ledger_path(), Arc::clone(&self.clock))?;
        Ok(Arc::clone(ledger.insert(Arc::new(opened))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::said;
    use crate::ledger::{Alive, Standing};
    use crate::supervise::{Generation, ManualClock};
    use crate::value::{Quote, Sheet, Symbol};
    use jiff::Timestamp;

    /// Regression: it was learnt with the first events of the stack, or a minute later; an open in between was captured
    /// as if the feed were alive.
    #[test]
    fn who_stands_on_the_floor_knows_what_stood_still_before() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::starting_at(at("2025-11-28T14:30:00Z")));
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::in_memory(Arc::clone(&clock)).unwrap());
        let quote = Arc::new(Quote::absent(Symbol::new("YM").unwrap()));
        let since = at("2025-11-28T14:00:00Z");
        let standing = Standing { symbol: "YM".into(), said: said(&quote), since };
        let alive = Alive { at: at("2025-11-28T14:29:00Z"), stopped: false };
        ledger.mark_alive(&Generation::new(1), &alive, &[standing]).unwrap();

        let config = Config::at_home("no such folder".into());
        let board = Arc::new(Board::new(config.workbook.stale_after, clock.now()));
        let (saved_at, quotes) = (clock.now(), vec![quote]);
        let sheet = Sheet { saved_at, quotes, not_loaded: Vec::new(), rejected: Vec::new() };
        board.apply(&Generation::new(1), &sheet, clock.now()).unwrap();
        Premises::new(&config, &board, &clock, Some(ledger), None).floor().unwrap();
        assert_eq!(board.snapshot().quotes()[0].unchanged_since, since);
    }
}
