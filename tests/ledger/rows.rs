//! Session rows and ledgers for tests, in one line each.

use jiff::Timestamp;
use jiff::civil::Date;
use std::path::Path;
use std::sync::Arc;
use thor_stack::ledger::{Capture, CaptureOutcome, Ledger, RowId, SessionFilter, SqliteLedger};
use thor_stack::rules::grading::{Decision, Hit};
use thor_stack::supervise::{Generation, ManualClock};
use thor_stack::value::{
    CANONICAL_FUTURES, Column, HitType, Kind, Outcome, Price, SessionRow, Signal, TOTAL,
};

/// When every test's clock stands.
pub(crate) const NOW: &str = "2025-11-28T14:30:01.25Z";

pub(crate) fn open(path: &Path) -> SqliteLedger {
    SqliteLedger::open(path, clock()).unwrap()
}

/// How many copies that did not end lie in `folder`.
pub(crate) fn partial_copies(folder: &Path) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    files.filter(|name| name.to_string_lossy().ends_with(".partial")).count()
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::starting_at(NOW.parse().unwrap()))
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn first() -> Generation {
    Generation::new(1)
}

/// A pending long of `future` at `market`'s open on `day`, captured at 14:30:01 UTC.
pub(crate) fn row(market: &str, day: &str, future: &str) -> SessionRow {
    let date = date(day);
    let mut row = SessionRow::from_columns(|column| column.parse(required(column))).unwrap();
    (row.id.year, row.id.month, row.id.date) = (date.year().into(), date.month().into(), date.day().into());
    row.id.captured_at = at(&format!("{day}T14:30:01Z"));
    row.id.country = market.into();
    row.id.future = future.into();
    row.id.bhs = Some(Signal::Buy);
    row.book.ask_price = Some(price("117.78125"));
    row.trade.entry_price = row.book.ask_price;
    row.trade.target_high = Some(price("117.875"));
    row.trade.target_low = Some(price("117.6875"));
    row.market.market_open = Some(price("117.78125"));
    row
}

fn required(column: &Column) -> &'static str {
    match (column.required, column.kind, column.name) {
        (false, ..) => "",
        (true, _, "wndw") => "PENDING",
        (true, Kind::Integer, _) => "1",
        (true, Kind::Instant, _) => NOW,
        (true, ..) => "Fri",
    }
}

/// A row with a different value in every column that a capture brings.
pub(crate) fn full_row(market: &str, day: &str, future: &str) -> SessionRow {
    let mut row = row(market, day, future);
    for (at, column) in SessionRow::COLUMNS.iter().enumerate() {
        let text = match (column.kind, column.name) {
            _ if column.required => continue,
            (Kind::Integer, _) => format!("{at}"),
            (Kind::Price, _) => format!("{at}.0{at}125"),
            (Kind::Percent, _) => format!("-{at}.0{at}"),
            (Kind::Instant, _) => format!("2025-11-28T14:30:{at:02}.000000001Z").replace(":30:6", ":31:0"),
            (Kind::Text, "bhs") => "STRONG_SELL".into(),
            (Kind::Text, "no_entry_reason") => "spread_exceeds_stop".into(),
            (Kind::Text, "target_hit_type") => "STOP".into(),
            (Kind::Text, _) => "feed was gone 14:28–14:29".into(),
        };
        row.set(column.name, column.parse(&text).unwrap()).unwrap();
    }
    row
}

/// A capture of `market` on `day`: the eleven futures and TOTAL.
pub(crate) fn capture(market: &str, day: &str) -> Capture {
    let futures = CANONICAL_FUTURES.into_iter().chain([TOTAL]);
    capture_of(market, day, futures.map(|future| row(market, day, future)).collect())
}

pub(crate) fn capture_of(market: &str, day: &str, rows: Vec<SessionRow>) -> Capture {
    Capture { market: market.into(), session_date: date(day), open_at: at(&format!("{day}T14:30:00Z")), rows }
}

/// Stores a capture and returns its number.
pub(crate) fn captured(ledger: &dyn Ledger, capture: &Capture) -> i64 {
    match ledger.capture(&first(), capture).unwrap() {
        CaptureOutcome::Captured { session_number, .. } => session_number,
        other => panic!("{other:?}"),
    }
}

/// Every row, in order.
pub(crate) fn all(ledger: &dyn Ledger) -> Vec<SessionRow> {
    let page = ledger.sessions(&SessionFilter::default(), None, 100_000).unwrap();
    page.into_iter().map(|stored| stored.row).collect()
}

pub(crate) fn worked(id: RowId) -> (RowId, Decision) {
    let hit = Hit { at: at("2025-11-28T14:31:00Z"), price: price("117.875"), kind: HitType::Target };
    (id, Decision { outcome: Outcome::Worked, hit: Some(hit) })
}

pub(crate) fn neutral(id: RowId) -> (RowId, Decision) {
    (id, Decision { outcome: Outcome::Neutral, hit: None })
}
