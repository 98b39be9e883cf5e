//! What the schema itself allows and answers, whoever speaks SQL to it.

use super::rows::*;
use rusqlite::Connection;
use tempfile::TempDir;
use thor_stack::ledger::{Ledger, MissedCapture};

/// A ledger with one capture of the USA, one missed open of Japan, and a plain SQL connection to it.
fn with_sql() -> (TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("ledger.db"));
    captured(&ledger, &capture("USA", "2025-11-28"));
    let ym = ledger.pending(None).unwrap().into_iter().find(|it| &*it.future == "YM").unwrap();
    ledger.decide(&first(), &[worked(ym.id)]).unwrap();
    let missed = MissedCapture {
        market: "Japan".into(),
        session_date: date("2025-11-28"),
        reason: "no workbook".into(),
        recorded_at: at(NOW),
    };
    ledger.record_missed(&first(), &missed).unwrap();
    let sql = Connection::open(folder.path().join("ledger.db")).unwrap();
    (folder, sql)
}

#[test]
fn plain_sql_cannot_break_the_rules() {
    let (_folder, sql) = with_sql();
    let copy = |changes: &str| {
        format!(
            "INSERT INTO sessions (session_number, capture_group, year, month, date, day, captured_at, country, future,
                 country_future, country_future_wndw_total, wndw)
             SELECT session_number, capture_group, {changes}, country_future, country_future_wndw_total, wndw
             FROM sessions WHERE future = 'YM'"
        )
    };
    let same = copy("year, month, date, day, captured_at, country, future");
    for (statement, rule) in [
        (same.clone(), "in the ledger already"),
        (same.replace("INSERT", "INSERT OR REPLACE"), "in the ledger already"),
        ("INSERT OR REPLACE INTO sessions SELECT * FROM sessions".into(), "in the ledger already"),
        (copy("2025, 11, 28, 'Fri', captured_at, 'Japan', 'YM'"), "recorded as missed"),
        (copy("2025, 13, 28, 'Fri', captured_at, 'USA', 'PL'"), "CHECK constraint failed: month"),
        (
            "INSERT INTO missed_captures VALUES ('USA', '2025-11-28', 'late', '')".into(),
            "the open of this market and date was captured",
        ),
        (
            "UPDATE sessions SET wndw = 'PENDING' WHERE future = 'YM'".into(),
            "a final outcome does not change",
        ),
        (
            "UPDATE sessions SET wndw = 'NEUTRAL' WHERE future = 'YM'".into(),
            "a final outcome does not change",
        ),
        (
            "UPDATE sessions SET target_hit_price = 1 WHERE future = 'YM'".into(),
            "a final outcome does not change",
        ),
        (
            "UPDATE sessions SET wndw = 'WORKED' WHERE future = 'ES'".into(),
            "WORKED and DIDNT_WORK have a hit",
        ),
        (
            "UPDATE sessions SET target_hit_price = 1 WHERE future = 'ES'".into(),
            "PENDING and NEUTRAL have none",
        ),
        ("UPDATE sessions SET wndw = 'MAYBE' WHERE future = 'ES'".into(), "CHECK constraint failed: wndw"),
        (
            "UPDATE sessions SET entry_price = 1 WHERE future = 'ES'".into(),
            "what was captured does not change",
        ),
        ("UPDATE sessions SET bhs = 'SELL'".into(), "what was captured does not change"),
        ("UPDATE OR REPLACE sessions SET future = 'ES'".into(), "what was captured does not change"),
    ] {
        let error = sql.execute_batch(&statement).unwrap_err().to_string();
        assert!(error.contains(rule), "{statement}\n{error}");
    }
    let rows: (i64, i64) = sql
        .query_row("SELECT count(*), sum(wndw = 'WORKED') FROM sessions", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(rows, (12, 1));
}

/// Every column that a capture brings is in the trigger that protects it; the others are those that change later.
#[test]
fn each_captured_column_stays_as_it_was_captured() {
    let (_folder, sql) = with_sql();
    let later = |name: &str| {
        name.starts_with("market_")
            || name.starts_with("target_hit_")
            || ["session_number", "capture_group", "country_future", "country_future_wndw_total"]
                .contains(&name)
            || ["wndw", "capture_delay_ms", "data_gap"].contains(&name)
    };
    for column in thor_stack::value::SessionRow::COLUMNS {
        let statement = format!("UPDATE sessions SET {0} = {0} WHERE future = 'ES'", column.name);
        assert_eq!(sql.execute(&statement, []).is_ok(), later(column.name), "{}", column.name);
    }
}

#[test]
fn prices_can_be_summed_averaged_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("ledger.db"));
    let prices = ["117.78125", "-37.63", "47476", "0.5"];
    let rows = ["ZB", "CL", "YM", "DX"].into_iter().zip(prices).map(|(future, last)| {
        let mut row = row("USA", "2025-11-28", future);
        row.book.last_price = Some(price(last));
        row
    });
    captured(&ledger, &capture_of("USA", "2025-11-28", rows.collect()));
    let sql = Connection::open(folder.path().join("ledger.db")).unwrap();
    let answer = |question: &str| -> String {
        sql.query_row(&format!("SELECT CAST({question} AS TEXT) FROM sessions"), [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(answer("sum(last_price)"), "47556.65125");
    assert_eq!(answer("avg(last_price)"), "11889.1628125");
    assert_eq!(answer("min(last_price)"), "-37.63");
    assert_eq!(answer("sum(last_price > 100)"), "2");
    assert_eq!(answer("sum(last_price = 117.78125)"), "1");
    assert_eq!(answer("sum(captured_at >= '2025-11-28T14:30:01')"), "4");
    assert_eq!(answer("max(datetime(captured_at))"), "2025-11-28 14:30:01");
}
