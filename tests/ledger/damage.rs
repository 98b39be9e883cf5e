//! Files that are damaged, newer than the program, or not ledgers at all.

use super::rows::*;
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use thor_stack::ledger::{Ledger, LedgerError, SqliteLedger};

fn refused(path: &Path) -> LedgerError {
    let before = fs::read(path).unwrap();
    let Err(error) = SqliteLedger::open(path, clock()) else { panic!("opened {}", path.display()) };
    assert_eq!(fs::read(path).unwrap(), before, "the file stays as it is");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    error
}

#[test]
fn a_newer_schema_is_refused_by_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    captured(&open(&path), &capture("USA", "2025-11-28"));
    let sql = Connection::open(&path).unwrap();
    sql.execute_batch("PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(sql);
    let error = refused(&path);
    assert!(matches!(error, LedgerError::NewerSchema { found: 99, known: 2, .. }), "{error}");
    let Err(error) = SqliteLedger::open_read_only(&path, clock()) else { panic!("opened") };
    assert!(matches!(error, LedgerError::NewerSchema { found: 99, .. }), "{error}");
}

#[test]
fn the_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.sqlite3");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE django_migrations (id INTEGER)").unwrap();
    let error = refused(&path);
    assert!(matches!(error, LedgerError::Foreign { .. }), "{error}");
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    fs::write(&path, "Symbol,Last\n".repeat(1000)).unwrap();
    let error = refused(&path);
    assert!(matches!(error, LedgerError::Corrupt { .. }), "{error}");
    let error = refused_folder(folder.path());
    assert!(matches!(error, LedgerError::ReadOnly { .. }), "{error}");
}

fn refused_folder(path: &Path) -> LedgerError {
    let Err(error) = SqliteLedger::open(path, clock()) else { panic!("opened a folder") };
    error
}

#[test]
fn damaged_pages_are_reported_and_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path);
    for day in 1..=28 {
        captured(&ledger, &capture("USA", &format!("2025-11-{day:02}")));
    }
    drop(ledger);
    let mut bytes = fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    for page in pages / 2..pages {
        bytes[page * 4096..page * 4096 + 512].fill(0xA5);
    }
    fs::write(&path, bytes).unwrap();
    let ledger = open(&path);
    let error = ledger.verify().unwrap_err();
    assert!(matches!(error, LedgerError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("ledger backup"), "says what to do: {error}");
    let error = ledger.sessions(&Default::default(), None, 1000).unwrap_err();
    assert!(matches!(error, LedgerError::Corrupt { .. }), "{error}");
}
