//! Ledgers with years of history: 9 markets × 12 rows × 250 days a year, made once in the target folder.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::path::PathBuf;
use std::sync::Arc;
use thor_stack::ledger::{ImportRow, Ledger, SqliteLedger};
use thor_stack::supervise::{Generation, SystemClock};
use thor_stack::value::{CANONICAL_FUTURES, Column, Kind, Outcome, Price, SessionRow, Signal, TOTAL};

pub(crate) const MARKETS: [&str; 9] =
    ["Japan", "China", "India", "Germany", "United Kingdom", "Pre_USA", "USA", "Canada", "Mexico"];
const DAYS_A_YEAR: usize = 250;

/// The first day of history; whatever is captured by a measurement comes after its last.
pub(crate) const FIRST_DAY: Date = Date::constant(2003, 1, 6);

/// A copy of the ledger of so many years, in a folder of its own.
pub(crate) struct History {
    folder: tempfile::TempDir,
}

impl History {
    pub(crate) fn of_years(years: usize) -> History {
        let outcome = |at: usize| [Outcome::Worked, Outcome::DidntWork, Outcome::Neutral][at % 3];
        History::copy(&format!("history-{years}.db"), years * DAYS_A_YEAR * MARKETS.len(), outcome)
    }

    /// So many rows that all wait for their grade, give or take a session.
    pub(crate) fn pending(rows: usize) -> History {
        History::copy(&format!("pending-{rows}.db"), rows.div_ceil(12), |_| Outcome::Pending)
    }

    fn copy(name: &str, opens: usize, outcome: impl Fn(usize) -> Outcome) -> History {
        let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        if !kept.exists() {
            let partial = kept.with_extension("making");
            std::fs::remove_file(&partial).ok();
            fill(&open(&partial), opens, outcome);
            std::fs::rename(&partial, &kept).unwrap();
        }
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

fn open(path: &std::path::Path) -> SqliteLedger {
    SqliteLedger::open(path, Arc::new(SystemClock::new())).unwrap()
}

fn fill(ledger: &SqliteLedger, opens: usize, outcome: impl Fn(usize) -> Outcome) {
    let rows = (0..opens).flat_map(|open| {
        let day = FIRST_DAY.checked_add((open as i64 / MARKETS.len() as i64).days()).unwrap();
        futures().map(move |future| (MARKETS[open % MARKETS.len()], day, future))
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
