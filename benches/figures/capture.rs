//! An open from the moment when it is due to the commit of its rows, beside a bare transaction as large.

use super::history::{History, generation};
use super::samples;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::Connection;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::Board;
use thor_stack::calendar::Calendar;
use thor_stack::config::Config;
use thor_stack::outlet::NoNotices;
use thor_stack::value::{Market, Quote, Sheet, Symbol, TradingSession};
use thor_stack::workers::{CaptureReport, Floor, capture_now};

/// Symbol, last, bid, ask, close, change.
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
    ["ZB", "117.78125", "117.78125", "117.8125", "117.75", "0.03125"],
];

pub(crate) fn measure(years: usize, times: usize) {
    let history = History::of_years(years);
    let board = Arc::new(Board::new(Duration::from_secs(60), Timestamp::UNIX_EPOCH));
    let config = Arc::new(Config::at_home("no such folder".into()));
    let floor = Floor::new(config, Arc::clone(&board), history.ledger(), Arc::new(NoNotices));
    let captures: Vec<Duration> = sessions().take(times).map(|session| capture(&floor, session)).collect();
    samples::print(&format!("capture, {years} years"), &captures);
    samples::print(&format!("capture, {years} years, bare insert"), &bare_inserts(times));
}

/// Sessions after all history.
fn sessions() -> impl Iterator<Item = TradingSession> {
    let calendar = Calendar::embedded();
    let (from, to) = (Date::constant(2024, 1, 2), Date::constant(2025, 12, 31));
    let all: Vec<_> =
        Market::all().flat_map(|market| calendar.sessions(market, from, to).collect::<Vec<_>>()).collect();
    all.into_iter()
}

fn capture(floor: &Floor, session: TradingSession) -> Duration {
    let save = Sheet {
        saved_at: session.open,
        quotes: SHEET.map(quote).into_iter().map(Arc::new).collect(),
        not_loaded: Vec::new(),
        rejected: Vec::new(),
    };
    floor.board.apply(&generation(), &save, session.open).unwrap();
    samples::once(|| {
        let report = capture_now(floor, session.market, session.open, &generation()).unwrap();
        assert!(matches!(report, CaptureReport::Captured { rows: 12, .. }), "{report:?}");
    })
}

pub(crate) fn quote([symbol, last, bid, ask, close, change]: [&str; 6]) -> Quote {
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

/// Twelve rows of sixty columns, synced at the commit as the ledger's are; no index, no rule.
fn bare_inserts(times: usize) -> Vec<Duration> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut connection = Connection::open(folder.path().join("bare.db")).unwrap();
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    let columns: Vec<String> = (0..60).map(|number| format!("c{number}")).collect();
    connection.execute(&format!("CREATE TABLE it ({})", columns.join(", ")), []).unwrap();
    let insert = format!("INSERT INTO it VALUES ({})", vec!["117.78125"; 60].join(", "));
    samples::of(times, || {
        let transaction = connection.transaction().unwrap();
        for _ in 0..12 {
            transaction.prepare_cached(&insert).unwrap().execute([]).unwrap();
        }
        transaction.commit().unwrap();
    })
}
