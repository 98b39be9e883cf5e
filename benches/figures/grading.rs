//! From a quote on the board to the grade in the ledger, and a grader's look at many rows that wait.

use super::history::{FIRST_DAY, History, MARKETS, WAITING_SINCE, futures, generation, now, row};
use super::samples;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::sync::Arc;
use std::time::{Duration, Instant};
use thor_stack::board::Board;
use thor_stack::config::Config;
use thor_stack::ledger::{Capture, Ledger, SqliteLedger};
use thor_stack::outlet::NoNotices;
use thor_stack::rules::grading::EvaluationWindow;
use thor_stack::supervise::{Clock, Context, ManualClock, Policy, Supervisors, SystemClock, Worker};
use thor_stack::value::{Outcome, Quote, Sheet, Signal, Symbol};
use thor_stack::workers::{Floor, MarketOpenGrader};

/// How long a grade may take before the measurement gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The grader at work in its thread, on a ledger with history: twelve rows wait, a save that decides them all comes.
pub(crate) fn measure(years: usize, times: usize) {
    let history = History::of_years(years);
    let (floor, reader) = (floor(history.ledger()), history.reader());
    let mut supervisors = Supervisors::new(Arc::new(SystemClock::new()));
    let on = floor.clone();
    let factory = move |_: &Context| Ok(Box::new(MarketOpenGrader::new(on.clone())) as Box<dyn Worker>);
    supervisors.add("Grader", Policy::default(), factory).unwrap();
    let running = supervisors.start().unwrap();
    let cycles = || running.status()[0].cycles;
    let grade = |number: usize| {
        let before = cycles();
        capture(&floor, FIRST_DAY.checked_add((30 * 365 + number as i64).days()).unwrap());
        floor.rows_captured.ring();
        wait(|| cycles() > before + 1); // the grader has the rows, and nothing to decide them by
        let begun = Instant::now();
        save(&floor);
        wait(|| reader.pending(None).unwrap().is_empty());
        begun.elapsed()
    };
    let grades: Vec<Duration> = (0..times).map(grade).collect();
    samples::print(&format!("publish -> graded, {years} years"), &grades);
}

/// One look of a grader at `rows` rows that all wait, with a quote of none.
pub(crate) fn tick(rows: usize, times: usize) {
    let history = History::pending(rows);
    let floor = floor(history.ledger());
    let ctx = Context::detached(Arc::new(SystemClock::new()));
    let mut grader = MarketOpenGrader::new(floor);
    let looks = samples::of(times, || grader.cycle(&ctx).unwrap());
    samples::print(&format!("grader's look, {rows} pending"), &looks);
}

/// A whole look of a grader at `rows` rows that wait, on a ledger with `years` of history: with a save of every future
/// since the last look, after a capture of twelve more, and with all rows read anew, as after a start.
pub(crate) fn looks(years: usize, rows: usize, times: usize) {
    let history = History::waiting(years, rows);
    let clock = ManualClock::starting_at(WAITING_SINCE);
    clock.advance(Duration::from_secs(60));
    let board = Arc::new(Board::new(Duration::from_secs(60), clock.now()));
    let mut config = Config::at_home("no such folder".into());
    // Not the session: many of the days are weekends and holidays, and what waits in no session is over.
    config.grader.evaluation_window = EvaluationWindow::For(Duration::from_secs(86_400));
    let floor = Floor::new(Arc::new(config), Arc::clone(&board), history.ledger(), Arc::new(NoNotices));
    let ctx = Context::detached(Arc::new(clock.clone()));
    let mut price = 100;
    let mut save = || {
        price += 1;
        save_at(&board, clock.now(), &price.to_string());
    };
    let mut grader = MarketOpenGrader::new(floor.clone());
    let mut look = |grader: &mut MarketOpenGrader| {
        save();
        samples::once(|| grader.cycle(&ctx).unwrap())
    };
    look(&mut grader);
    let known: Vec<Duration> = (0..times).map(|_| look(&mut grader)).collect();
    samples::print(&format!("a grader's look at {rows} rows, {years} years"), &known);
    let anew: Vec<Duration> = (0..times).map(|_| look(&mut MarketOpenGrader::new(floor.clone()))).collect();
    samples::print(&format!("a grader's look at {rows} rows read anew, {years} years"), &anew);
    let after_a_capture = |day: usize| {
        capture(&floor, FIRST_DAY.checked_add((60 * 365 + day as i64).days()).unwrap());
        look(&mut grader)
    };
    let captured: Vec<Duration> = (0..times).map(after_a_capture).collect();
    samples::print(&format!("a grader's look at {rows} rows after a capture, {years} years"), &captured);
    let waiting = floor.ledger.pending(None).unwrap().len();
    assert!(waiting >= rows, "{waiting} rows wait: a look has decided some");
}

fn floor(ledger: Arc<SqliteLedger>) -> Floor {
    let mut config = Config::at_home("no such folder".into());
    config.grader.evaluation_window = EvaluationWindow::Off;
    let board = Arc::new(Board::new(Duration::from_secs(60), now()));
    Floor::new(Arc::new(config), board, ledger, Arc::new(NoNotices))
}

fn capture(floor: &Floor, day: Date) {
    let mut rows: Vec<_> = futures().map(|future| row(MARKETS[6], day, future, Outcome::Pending)).collect();
    for row in &mut rows {
        row.id.captured_at = now();
        row.id.bhs = Some(Signal::Buy);
    }
    let capture = Capture { market: MARKETS[6].into(), session_date: day, open_at: now(), rows };
    floor.ledger.capture(&generation(), &capture).unwrap();
}

/// A save whose prices are beyond every target.
fn save(floor: &Floor) {
    save_at(&floor.board, now(), "900000");
}

/// A save with every future at `price`.
fn save_at(board: &Board, now: Timestamp, price: &str) {
    let price = price.parse().ok();
    let quote = |future: &str| Quote {
        last: price,
        bid: price,
        ask: price,
        ..Quote::absent(Symbol::new(future).unwrap())
    };
    let quotes =
        futures().filter(|future| *future != "TOTAL").map(|future| Arc::new(quote(future))).collect();
    let sheet = Sheet { saved_at: now, quotes, not_loaded: Vec::new(), rejected: Vec::new() };
    board.apply(&generation(), &sheet, now).unwrap();
}

fn wait(mut until: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !until() {
        assert!(begun.elapsed() < PATIENCE, "nothing happened");
        std::thread::yield_now();
    }
}
