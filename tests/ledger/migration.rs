//! A ledger that an earlier version of the program wrote.

use super::rows::*;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use thor_stack::ledger::{
    Alive, Ledger, LedgerError, MissedCapture, RecordFilter, SessionFilter, SqliteLedger,
};
use thor_stack::value::Outcome;

/// A ledger of schema 1 with a capture, a grade and a missed open: written by the rules that schema has in common with
/// this one, into the tables of that schema alone.
fn of_schema_one() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let new = open(&folder.path().join("new.db"));
    captured(&new, &capture("USA", "2025-11-28"));
    let ym = new.pending(None).unwrap().into_iter().find(|it| &*it.future == "YM").unwrap();
    new.decide(&first(), &[worked(ym.id)]).unwrap();
    let missed = MissedCapture {
        market: "Japan".into(),
        session_date: date("2025-11-28"),
        reason: "no workbook".into(),
        recorded_at: at(NOW),
    };
    new.record_missed(&first(), &missed).unwrap();
    new.watched_since(&first(), at(NOW)).unwrap();
    drop(new);
    let path = folder.path().join("ledger.db");
    let old = Connection::open(&path).unwrap();
    old.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    old.execute_batch(include_str!("../../src/ledger/sqlite/schema/1.sql")).unwrap();
    old.execute("ATTACH ?1 AS new", [folder.path().join("new.db").to_str().unwrap()]).unwrap();
    for table in ["missed_captures", "watched", "sessions"] {
        old.execute(&format!("INSERT INTO main.{table} SELECT * FROM new.{table}"), []).unwrap();
    }
    old.pragma_update(None, "application_id", 0x5448_4f52).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    (folder, path)
}

fn schema(path: &Path) -> i64 {
    Connection::open(path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn a_ledger_of_schema_one_is_brought_up_with_all_its_rows() {
    let (_folder, path) = of_schema_one();
    assert_eq!(schema(&path), 1);
    let ledger = open(&path);
    assert_eq!(all(&ledger).len(), 12);
    assert_eq!(all(&ledger).iter().filter(|row| row.id.wndw == Outcome::Worked).count(), 1);
    assert_eq!(ledger.missed(&SessionFilter::default()).unwrap().len(), 1);
    assert_eq!(captured(&ledger, &capture("USA", "2025-12-01")), 2, "numbers go on");
    assert_eq!(ledger.crashes(&RecordFilter::default(), 9).unwrap(), []);
    ledger.mark_alive(&first(), &Alive { at: at(NOW), stopped: false }, &[]).unwrap();
    ledger.verify().unwrap();
    drop(ledger);
    assert_eq!(schema(&path), 2);
}

#[test]
fn a_reader_of_schema_one_sees_what_is_there_and_changes_nothing() {
    let (_folder, path) = of_schema_one();
    let ledger = SqliteLedger::open_read_only(&path, clock()).unwrap();
    assert_eq!(all(&ledger).len(), 12);
    assert_eq!(ledger.crashes(&RecordFilter::default(), 9).unwrap(), []);
    assert_eq!(ledger.crash(1).unwrap(), None);
    assert_eq!(ledger.gaps(&RecordFilter::default(), 9).unwrap(), []);
    assert_eq!((ledger.alive().unwrap(), ledger.standing().unwrap()), (None, Vec::new()));
    drop(ledger);
    assert_eq!(schema(&path), 1);
}

#[test]
fn a_reader_of_a_first_start_that_is_not_through_finds_no_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    Connection::open(&path).unwrap().query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    let read = SqliteLedger::open_read_only(&path, clock()).map(drop);
    assert!(matches!(read, Err(LedgerError::Missing { .. })), "{read:?}");
}

#[test]
fn a_later_schema_is_refused_by_readers_and_writers() {
    let (_folder, path) = of_schema_one();
    drop(open(&path));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 3).unwrap();
    for refused in
        [SqliteLedger::open(&path, clock()).map(drop), SqliteLedger::open_read_only(&path, clock()).map(drop)]
    {
        assert!(matches!(refused, Err(LedgerError::NewerSchema { found: 3, known: 2, .. })), "{refused:?}");
    }
}
