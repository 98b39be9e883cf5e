//! Trading days, from the board to the graded and closed rows, under a manual clock and the real calendar.

mod capture;
mod grading;
mod intraday;
mod kill;
mod preopen;
mod scene;
mod shared;
mod threads;
mod vwap_minutes;
mod week52;

use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::Board;
use thor_stack::config::Config;
use thor_stack::ledger::{Ledger, MissedCapture, SessionFilter, SqliteLedger};
use thor_stack::outlet::NoNotices;
use thor_stack::supervise::{Clock, Context, Generation, ManualClock, Next, Worker, WorkerError};
use thor_stack::value::{Outcome, Quote, SessionRow, Sheet, Symbol};
use thor_stack::workers::{Floor, MarketOpenCapture, MarketOpenGrader};

/// Symbol, last, bid, ask, close, change: every instrument but DX and ZB has a signal that trades.
const SHEET: [[&str; 6]; 11] = [
    ["YM", "47476", "47475", "47477", "47400", "76"],
    ["ES", "6812.25", "6812", "6812.25", "6805.25", "7"],
    ["NQ", "25434.75", "25434", "25435", "25400", "34.75"],
    ["RTY", "2492.8", "2492.7", "2492.9", "2480", "12.8"],
    ["CL", "58.55", "58.54", "58.55", "58.65", "-0.1"],
    ["SI", "53.607", "53.605", "53.61", "53.5", "0.107"],
    ["HG", "5.2215", "5.221", "5.222", "5.2", "0.0215"],
    ["GC", "4212.3", "4212.2", "4212.4", "4216", "-3.7"],
    ["VX", "17.15", "17.1", "17.15", "17.25", "-0.1"],
    ["$DXY", "99.436", "", "", "99.5", "-0.064"],
    ["30YRBOND", "117.78125", "117.78125", "117.8125", "117.75", "0.03125"],
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn quote([symbol, last, bid, ask, close, change]: [&str; 6]) -> Quote {
    let price = |text: &str| text.parse().ok();
    Quote {
        last: price(last),
        bid: price(bid),
        ask: price(ask),
        close: price(close),
        change: price(change),
        ..Quote::absent(Symbol::new(symbol).unwrap())
    }
}

/// A trader's desk: a board that tests write, a ledger, a clock, and the workers between them, called by hand.
struct Desk {
    clock: ManualClock,
    board: Arc<Board>,
    ledger: Arc<dyn Ledger>,
    floor: Floor,
    ctx: Context,
    quotes: Vec<Quote>,
}

impl Desk {
    fn at(now: &str) -> Desk {
        Desk::with(now, |_| {})
    }

    fn with(now: &str, set: impl FnOnce(&mut Config)) -> Desk {
        let clock = ManualClock::starting_at(at(now));
        let ledger = Arc::new(SqliteLedger::in_memory(Arc::new(clock.clone())).unwrap());
        Desk::on(clock, ledger, set)
    }

    fn on(clock: ManualClock, ledger: Arc<dyn Ledger>, set: impl FnOnce(&mut Config)) -> Desk {
        let mut config = Config::at_home("no such folder".into());
        set(&mut config);
        let board = Arc::new(Board::new(Duration::from_secs(60), clock.now()));
        let notices = Arc::new(NoNotices);
        let floor = Floor::new(Arc::new(config), Arc::clone(&board), Arc::clone(&ledger), notices);
        let ctx = Context::detached(Arc::new(clock.clone()));
        Desk { clock, board, ledger, floor, ctx, quotes: SHEET.map(quote).to_vec() }
    }

    fn capture(&self) -> MarketOpenCapture {
        MarketOpenCapture::new(self.floor.clone())
    }

    fn grader(&self) -> MarketOpenGrader {
        MarketOpenGrader::new(self.floor.clone())
    }

    /// Moves the clock to `instant`, which is not before now.
    fn until(&self, instant: &str) {
        self.until_instant(at(instant));
    }

    fn until_instant(&self, instant: Timestamp) {
        self.clock.advance(Duration::try_from(instant.duration_since(self.clock.now())).unwrap());
    }

    /// A save of the whole sheet, now.
    fn save(&self) {
        self.save_of(self.clock.now());
    }

    /// A save that was made at `saved_at`, and is seen now.
    fn save_of(&self, saved_at: Timestamp) {
        self.save_with(saved_at, &[]);
    }

    /// As [`Desk::save_of`], with `absent` symbols not loaded.
    fn save_with(&self, saved_at: Timestamp, absent: &[&str]) {
        let is_absent = |quote: &&Quote| absent.contains(&quote.symbol.as_str());
        let sheet = Sheet {
            saved_at,
            quotes: self.quotes.iter().filter(|it| !is_absent(it)).cloned().map(Arc::new).collect(),
            not_loaded: self.quotes.iter().filter(is_absent).map(|it| it.symbol.clone()).collect(),
            rejected: Vec::new(),
        };
        self.board.apply(&Generation::new(1), &sheet, self.clock.now()).unwrap();
    }

    /// Sets bid and ask of a symbol, for the saves to come.
    fn quoted(&mut self, symbol: &str, bid: &str, ask: &str) {
        let quote = self.quotes.iter_mut().find(|quote| quote.symbol.as_str() == symbol).unwrap();
        (quote.bid, quote.ask) = (bid.parse().ok(), ask.parse().ok());
    }

    fn run(&self, worker: &mut impl Worker) -> Next {
        self.try_run(worker).unwrap()
    }

    fn try_run(&self, worker: &mut impl Worker) -> Result<Next, WorkerError> {
        worker.cycle(&self.ctx)
    }

    fn rows(&self) -> Vec<SessionRow> {
        let all = self.ledger.sessions(&SessionFilter::default(), None, 10_000).unwrap();
        all.into_iter().map(|stored| stored.row).collect()
    }

    fn row(&self, market: &str, future: &str) -> SessionRow {
        let is_it = |row: &SessionRow| row.id.country == market && row.id.future == future;
        self.rows().into_iter().find(is_it).unwrap_or_else(|| panic!("no row of {market} {future}"))
    }

    fn outcome(&self, future: &str) -> Outcome {
        self.row("USA", future).id.wndw
    }

    /// The markets in the order captured, each with its number of rows.
    fn captured(&self) -> Vec<(String, usize)> {
        let mut captured: Vec<(String, usize)> = Vec::new();
        for row in self.rows() {
            match captured.last_mut().filter(|(market, _)| *market == row.id.country) {
                Some((_, rows)) => *rows += 1,
                None => captured.push((row.id.country, 1)),
            }
        }
        captured
    }

    fn missed(&self) -> Vec<MissedCapture> {
        self.ledger.missed(&SessionFilter::default()).unwrap()
    }
}

/// Only these markets are watched.
fn only(markets: &'static [&'static str]) -> impl FnOnce(&mut Config) {
    move |config| {
        config.markets.iter_mut().for_each(|market| market.enabled = markets.contains(&market.name.as_str()));
    }
}
