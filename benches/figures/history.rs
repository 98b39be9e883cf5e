//! Ledgers with years of history, made once in the target folder: 9 markets × 12 rows × 250 days a year, and of each
//! future a high and a low a day.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thor_stack::ledger::{DayRange, ImportRow, Ledger, SqliteLedger};
use thor_stack::rules::extremes::DailyRange;
use thor_stack::supervise::{Generation, SystemClock};
use thor_stack::value::{CANONICAL_FUTURES, Column, Kind, Outcome, Price, SessionRow, Signal, TOTAL};

pub(crate) const MARKETS: [&str; 9] =
    ["Japan", "China", "India", "Germany", "United Kingdom", "Pre_USA", "USA", "Canada", "Mexico"];
const DAYS_A_YEAR: usize = 250;

/// The first day of history; whatever is captured by a measurement comes after its last.
pub(crate) const FIRST_DAY: Date = Date::constant(2003, 1, 6);

/// The last day with highs and lows.
const LAST_DAY: Date = Date::constant(2025, 12, 31);

/// The first day on which rows wait, when their captures are said to have been, and when they are looked at: the
/// calendar knows each session and none is over.
const FIRST_WAITING: Date = Date::constant(2014, 2, 3);
pub(crate) const WAITING_SINCE: Timestamp = Timestamp::constant(1_390_000_000, 0);

/// A copy of the ledger of so many years, in a folder of its own.
pub(crate) struct History {
    folder: tempfile::TempDir,
}

impl History {
    pub(crate) fn of_years(years: usize) -> History {
        History::copy(&History::kept_years(years))
    }

    /// The file that the copies are made of.
    pub(crate) fn kept_years(years: usize) -> PathBuf {
        let outcome = |at: usize| [Outcome::Worked, Outcome::DidntWork, Outcome::Neutral][at % 3];
        kept(&format!("history-{years}-years.db"), years * DAYS_A_YEAR * MARKETS.len(), outcome)
    }

    /// So many rows that all wait for their grade, give or take a session.
    pub(crate) fn pending(rows: usize) -> History {
        History::copy(&kept(&format!("pending-{rows}.db"), rows.div_ceil(12), |_| Outcome::Pending))
    }

    /// So many years, and after them so many rows (give or take a session) that wait in sessions to come, with exits
    /// that no price reaches.
    pub(crate) fn waiting(years: usize, rows: usize) -> History {
        let history = History::of_years(years);
        let rows = rows_from(FIRST_WAITING, rows.div_ceil(12), |market, day, future, _| {
            let mut row = row(market, day, future, Outcome::Pending);
            (row.id.bhs, row.id.captured_at) = (Some(Signal::Buy), WAITING_SINCE);
            row.trade.target_high = "900000".parse().ok();
            row.trade.target_low = "1".parse().ok();
            row
        });
        import(&history.ledger(), rows);
        history
    }

    fn copy(kept: &Path) -> History {
        let history = History { folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap() };
        std::fs::copy(kept, history.path()).unwrap();
        history
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    pub(crate) fn ledger(&self) -> Arc<SqliteLedger> {
        Arc::new(open(&self.path()))
    }

    /// The ledger as a command opens it.
    pub(crate) fn reader(&self) -> SqliteLedger {
        SqliteLedger::open_read_only(&self.path(), Arc::new(SystemClock::new())).unwrap()
    }
}

fn kept(name: &str, opens: usize, outcome: impl Fn(usize) -> Outcome) -> PathBuf {
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if !kept.exists() {
        let partial = kept.with_extension("making");
        std::fs::remove_file(&partial).ok();
        let row = |market, day, future, at| row(market, day, future, outcome(at));
        let ledger = open(&partial);
        import(&ledger, rows_from(FIRST_DAY, opens, row));
        record_days(&ledger, opens / MARKETS.len());
        drop(ledger);
        std::fs::rename(&partial, &kept).unwrap();
    }
    kept
}

fn open(path: &Path) -> SqliteLedger {
    SqliteLedger::open(path, Arc::new(SystemClock::new())).unwrap()
}

/// The rows of so many opens from `first` on, nine a day.
fn rows_from(
    first: Date,
    opens: usize,
    row: impl Fn(&'static str, Date, &'static str, usize) -> SessionRow,
) -> impl Iterator<Item = SessionRow> {
    let rows = (0..opens).flat_map(move |open| {
        let day = first.checked_add((open as i64 / MARKETS.len() as i64).days()).unwrap();
        futures().map(move |future| (MARKETS[open % MARKETS.len()], day, future))
    });
    rows.enumerate().map(move |(at, (market, day, future))| row(market, day, future, at))
}

/// So many days with their highs and lows, up to those on which captures are measured.
fn record_days(ledger: &SqliteLedger, days: usize) {
    let date = |back: usize| LAST_DAY.checked_sub((back as i64).days()).unwrap();
    let range = |date: Date| {
        let price = |extra: i16| Price::from(i64::from(20_000 + extra + date.day_of_year()));
        DailyRange { date, high: price(100), low: price(0) }
    };
    for future in CANONICAL_FUTURES {
        let days: Vec<DayRange> =
            (0..days).map(|back| DayRange { future: future.into(), range: range(date(back)) }).collect();
        ledger.record_extremes(&generation(), &days, &[]).unwrap();
    }
}

fn import(ledger: &SqliteLedger, rows: impl Iterator<Item = SessionRow>) {
    let mut rows = rows.enumerate().map(|(at, row)| ImportRow { line: at as u64, row }).peekable();
    while rows.peek().is_some() {
        let chunk: Vec<ImportRow> = rows.by_ref().take(10_800).collect();
        assert_eq!(ledger.import(&generation(), &chunk).unwrap().imported, chunk.len());
    }
}

/// A row with a value in nearly every column, as a real capture has.
pub(crate) fn row(market: &str, day: Date, future: &str, outcome: Outcome) -> SessionRow {
    let mut row = SessionRow::from_columns(|column| column.parse(&example(column, day))).unwrap();
    (row.id.year, row.id.month, row.id.date) = (day.year().into(), day.month().into(), day.day().into());
    row.id.captured_at = day.at(14, 30, 1, 0).in_tz("UTC").unwrap().timestamp();
    (row.id.country, row.id.future, row.id.wndw) = (market.into(), future.into(), outcome);
    (row.id.session_number, row.id.capture_group) = (None, None);
    (row.id.country_future, row.id.country_future_wndw_total) = (None, None);
    row.id.bhs = Some(Signal::ALL[day.day() as usize % Signal::ALL.len()]);
    if !outcome.is_final() {
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

pub(crate) fn futures() -> impl Iterator<Item = &'static str> {
    CANONICAL_FUTURES.into_iter().chain([TOTAL])
}

pub(crate) fn generation() -> Generation {
    Generation::new(1)
}

pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
