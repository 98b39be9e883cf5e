//! What a ledger of ten years costs: 9 markets × 12 rows × 2,500 days, made once in the target folder.
//!
//! Bounds: statistics before an open 5 ms, capture 20 ms, a grader tick with 108 pending rows 1 ms and with 100,000
//! 100 ms, from a save to the grade 5 ms at the 99th percentile, `sessions` and `stats` 100 ms with the opening of the
//! file.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a measurement that cannot go on stops
#![allow(missing_docs)] // criterion's macro makes public items

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use thor_stack::board::Board;
use thor_stack::config::Config;
use thor_stack::ledger::{Capture, ImportRow, Ledger, SessionFilter, SqliteLedger};
use thor_stack::outlet::NoNotices;
use thor_stack::rules::grading::EvaluationWindow;
use thor_stack::supervise::{Context, Generation, Policy, Supervisors, SystemClock, Worker};
use thor_stack::value::{
    CANONICAL_FUTURES, Column, Kind, Outcome, Price, Quote, SessionRow, Sheet, Signal, Symbol, TOTAL,
};
use thor_stack::workers::{Floor, MarketOpenGrader};

const MARKETS: [&str; 9] =
    ["Japan", "China", "India", "Germany", "United Kingdom", "Pre_USA", "USA", "Canada", "Mexico"];
const DAYS: i32 = 2_500;

criterion_group!(benches, before_the_open, capture, grader, save_to_grade, commands);
criterion_main!(benches);

fn before_the_open(c: &mut Criterion) {
    let ledger = open(&ten_years());
    let futures: Vec<&str> = futures().collect();
    c.bench_function("statistics of a market before its open", |b| {
        b.iter(|| black_box(ledger.tallies("USA", &futures, Timestamp::now()).unwrap()));
    });
}

fn capture(c: &mut Criterion) {
    let ledger = open(&copy_of(&ten_years(), "captures.db"));
    let mut day = first_day().checked_add(20.years()).unwrap();
    let mut next = || {
        day = day.tomorrow().unwrap();
        let rows = futures().map(|future| row("USA", day, future, Outcome::Pending)).collect();
        Capture { market: "USA".into(), session_date: day, open_at: Timestamp::now(), rows }
    };
    c.bench_function("capture of twelve rows", |b| {
        b.iter_batched(&mut next, |it| ledger.capture(&first(), &it).unwrap(), BatchSize::PerIteration);
    });
}

/// The whole tick of a new quote that decides nothing: the ledger's rows, the board's quotes, each row against its quote.
fn grader(c: &mut Criterion) {
    for (name, opens) in [("108", 9), ("100,000", 8_334)] {
        let path = folder().join(format!("waiting-{opens}.db"));
        drop(made(&path, |ledger| fill(ledger, opens, |_| Outcome::Pending)));
        let floor = floor(open(&path));
        let (mut grader, ctx) =
            (MarketOpenGrader::new(floor.clone()), Context::detached(Arc::new(SystemClock::new())));
        let mut tick = |last: i64| {
            floor.board.apply(&first(), &sheet(last), Timestamp::now()).unwrap();
            grader.cycle(&ctx).unwrap()
        };
        let mut last = 0;
        c.bench_function(&format!("grader tick with {name} pending"), |b| {
            b.iter(|| {
                last += 1;
                black_box(tick(100 + last % 50));
            });
        });
        assert_eq!(floor.ledger.pending(None).unwrap().len(), opens as usize * 12, "none was decided");
    }
}

/// From a save on the board to the grades in the ledger: twelve rows, by a grader in its own thread.
fn save_to_grade(c: &mut Criterion) {
    let path = folder().join("graded.db");
    std::fs::remove_file(&path).ok();
    let (floor, ledger) = (floor(open(&path)), open(&path));
    let mut supervisors = Supervisors::new(Arc::new(SystemClock::new()));
    let its = floor.clone();
    let build = move |_: &Context| Ok(Box::new(MarketOpenGrader::new(its.clone())) as Box<dyn Worker>);
    supervisors.add("Grader", Policy::default(), build).unwrap();
    let _running = supervisors.start().unwrap();
    let (mut day, mut took) = (first_day(), Vec::<Duration>::new());
    c.bench_function("save to grade", |b| {
        b.iter_custom(|times| {
            let all = (0..times).map(|_| {
                day = day.tomorrow().unwrap();
                grade_one(&floor, &ledger, day)
            });
            let all: Vec<Duration> = all.collect();
            took.extend(&all);
            all.iter().sum()
        });
    });
    took.sort();
    let at = |share: usize| took.get((took.len() * share / 100).min(took.len().saturating_sub(1)));
    if let (Some(p50), Some(p99)) = (at(50), at(99)) {
        println!("save to grade: p50 {p50:?}, p99 {p99:?}, of {}", took.len());
    }
}

fn grade_one(floor: &Floor, ledger: &SqliteLedger, day: Date) -> Duration {
    floor.board.apply(&first(), &sheet(100), Timestamp::now()).unwrap();
    let rows = futures().map(|future| row("USA", day, future, Outcome::Pending)).collect();
    let open_at = Timestamp::now();
    let capture = Capture { market: "USA".into(), session_date: day, open_at, rows };
    floor.ledger.capture(&first(), &capture).unwrap();
    floor.rows_captured.ring();
    std::thread::park_timeout(Duration::from_millis(5)); // the grader has looked, and waits for quotes
    let began = Instant::now();
    floor.board.apply(&first(), &sheet(2_000_000), Timestamp::now()).unwrap();
    while !ledger.pending(None).unwrap().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(5), "never graded");
        std::thread::yield_now();
    }
    began.elapsed()
}

/// The floor of a stack that grades for ever: rows of long ago wait like those of today.
fn floor(ledger: SqliteLedger) -> Floor {
    let mut config = Config::at_home(folder());
    config.grader.evaluation_window = EvaluationWindow::Off;
    let board = Arc::new(Board::new(config.workbook.stale_after, Timestamp::now()));
    Floor::new(Arc::new(config), board, Arc::new(ledger), Arc::new(NoNotices))
}

/// Every future at `last`, with a book around it.
fn sheet(last: i64) -> Sheet {
    let quote = |future: &str| {
        let last = Price::from(last);
        let side = Some(last);
        Quote { last: side, bid: side, ask: side, ..Quote::absent(Symbol::new(future).unwrap()) }
    };
    Sheet {
        saved_at: Timestamp::now(),
        quotes: CANONICAL_FUTURES.into_iter().map(quote).map(Arc::new).collect(),
        not_loaded: Vec::new(),
        rejected: Vec::new(),
    }
}

fn commands(c: &mut Criterion) {
    let path = ten_years();
    let day = first_day().checked_add(2_000.days()).unwrap();
    let month = SessionFilter {
        market: Some("USA".into()),
        from: Some(day),
        to: day.checked_add(30.days()).ok(),
        ..SessionFilter::default()
    };
    let week =
        SessionFilter { from: Some(day), to: day.checked_add(7.days()).ok(), ..SessionFilter::default() };
    let future =
        SessionFilter { market: Some("USA".into()), future: Some("YM".into()), ..SessionFilter::default() };
    let pending = SessionFilter { outcome: Some(Outcome::Pending), ..SessionFilter::default() };
    let filters = [
        ("a market's month", month),
        ("all markets' week", week),
        ("a future's ten years", future),
        ("what is pending", pending),
    ];
    for (name, filter) in filters {
        c.bench_function(&format!("sessions: {name}"), |b| {
            b.iter(|| black_box(reader(&path).sessions(&filter, None, 10_000).unwrap()));
        });
    }
    c.bench_function("sessions: the first thousand", |b| {
        b.iter(|| black_box(reader(&path).sessions(&SessionFilter::default(), None, 1_000).unwrap()));
    });
    c.bench_function("sessions show", |b| b.iter(|| black_box(reader(&path).session(11_111).unwrap())));
    c.bench_function("stats", |b| b.iter(|| black_box(reader(&path).stats(None, None).unwrap())));
    c.bench_function("stats of a market", |b| {
        b.iter(|| black_box(reader(&path).stats(Some("USA"), None).unwrap()));
    });
}

fn ten_years() -> PathBuf {
    let path = folder().join("ten-years.db");
    made(&path, |ledger| {
        fill(ledger, DAYS * MARKETS.len() as i32, |at| {
            [Outcome::Worked, Outcome::DidntWork, Outcome::Neutral][at % 3]
        });
    });
    path
}

/// The ledger in `path`, made by `make` unless an earlier run did.
fn made(path: &Path, make: impl FnOnce(&SqliteLedger)) -> SqliteLedger {
    if !path.exists() {
        let partial = path.with_extension("making");
        std::fs::remove_file(&partial).ok();
        make(&open(&partial));
        open(&partial).backup(path).unwrap();
        std::fs::remove_file(&partial).unwrap();
    }
    open(path)
}

/// Fills `ledger` with `opens` opens, as many markets a day as there are.
fn fill(ledger: &SqliteLedger, opens: i32, outcome: impl Fn(usize) -> Outcome) {
    let rows = (0..opens).flat_map(|open| {
        let market = MARKETS[open as usize % MARKETS.len()];
        let day = first_day().checked_add((open / MARKETS.len() as i32).days()).unwrap();
        futures().map(move |future| (market, day, future))
    });
    let mut rows = rows
        .enumerate()
        .map(|(at, (market, day, future))| ImportRow {
            line: at as u64,
            row: row(market, day, future, outcome(at)),
        })
        .peekable();
    while rows.peek().is_some() {
        let chunk: Vec<ImportRow> = rows.by_ref().take(10_800).collect();
        assert_eq!(ledger.import(&first(), &chunk).unwrap().imported, chunk.len());
    }
}

/// A row with a value in nearly every column, as a real capture has.
fn row(market: &str, day: Date, future: &str, outcome: Outcome) -> SessionRow {
    let mut row = SessionRow::from_columns(|column| column.parse(&example(column, day))).unwrap();
    (row.id.year, row.id.month, row.id.date) = (day.year().into(), day.month().into(), day.day().into());
    row.id.captured_at = day.at(14, 30, 1, 0).in_tz("UTC").unwrap().timestamp();
    (row.id.country, row.id.future, row.id.wndw) = (market.into(), future.into(), outcome);
    (row.id.session_number, row.id.capture_group) = (None, None);
    (row.id.country_future, row.id.country_future_wndw_total) = (None, None);
    row.id.bhs = Some(Signal::ALL[day.day() as usize % Signal::ALL.len()]);
    if !outcome.is_final() {
        row.id.bhs = Some(Signal::Buy);
        (row.trade.target_low, row.trade.target_high) = (Some(Price::from(1)), Some(Price::from(1_000_000)));
        (row.trade.target_hit_at, row.trade.target_hit_price, row.trade.target_hit_type) = (None, None, None);
    }
    row.book.last_price = Some(Price::from(40_000 + i64::from(day.day_of_year())));
    row
}

fn example(column: &Column, day: Date) -> String {
    match (column.kind, column.name) {
        (_, "bhs" | "no_entry_reason" | "data_gap") => String::new(),
        (_, "wndw") => "PENDING".into(),
        (_, "target_hit_type") => "TARGET".into(),
        (Kind::Integer, _) => "1200".into(),
        (Kind::Price, _) => format!("{}.78125", 100 + day.day_of_year()),
        (Kind::Percent, _) => format!("{}.0833", day.day()),
        (Kind::Instant, _) => "2025-11-28T14:31:00.25Z".into(),
        (Kind::Text, _) => "Fri".into(),
    }
}

fn futures() -> impl Iterator<Item = &'static str> {
    CANONICAL_FUTURES.into_iter().chain([TOTAL])
}

fn first_day() -> Date {
    Date::constant(2016, 1, 4)
}

fn first() -> Generation {
    Generation::new(1)
}

fn open(path: &Path) -> SqliteLedger {
    SqliteLedger::open(path, Arc::new(SystemClock::new())).unwrap()
}

fn reader(path: &Path) -> SqliteLedger {
    SqliteLedger::open_read_only(path, Arc::new(SystemClock::new())).unwrap()
}

fn copy_of(path: &Path, name: &str) -> PathBuf {
    let copy = folder().join(name);
    open(path).backup(&copy).unwrap();
    copy
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}
