//! Several users of one ledger at once.

use super::rows::*;
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};
use thor_stack::ledger::{CaptureOutcome, Ledger, LedgerError, SessionFilter, SqliteLedger};
use thor_stack::rules::grading::Decision;
use thor_stack::value::{CANONICAL_FUTURES, Outcome};

/// Opens a ledger that others make at this moment, each of which waits for the disk.
fn opened(path: &Path) -> SqliteLedger {
    for _ in 0..10 {
        let began = Instant::now();
        match SqliteLedger::open(path, clock()) {
            // Told at once, it would be the defect below.
            Err(LedgerError::Locked { waited, .. }) if began.elapsed() >= waited => {}
            ledger => return ledger.unwrap(),
        }
    }
    panic!("{} is held for ever", path.display());
}

#[test]
fn two_that_capture_the_same_open_make_one_capture() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/ledger.db");
    let together = Barrier::new(4);
    let race = || {
        together.wait();
        opened(&path).capture(&first(), &capture("USA", "2025-11-28")).unwrap()
    };
    let outcomes: Vec<CaptureOutcome> = thread::scope(|scope| {
        let racers: Vec<_> = (0..4).map(|_| scope.spawn(race)).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    let stored = |it: &&CaptureOutcome| matches!(it, CaptureOutcome::Captured { session_number: 1, .. });
    assert_eq!(outcomes.iter().filter(stored).count(), 1, "{outcomes:?}");
    assert_eq!(all(&open(&path)).len(), 12);
}

/// One was told that the file belongs to another program, as it read half of what marks it before and half after another
/// had made it a ledger; and another that it was held for two seconds, at once.
#[test]
fn many_that_open_a_new_ledger_at_once_all_have_it() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..25 {
        let path = folder.path().join(format!("{round}.db"));
        let together = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    together.wait();
                    opened(&path);
                });
            }
        });
    }
}

/// The grader reads anew only what is new; another process may capture, grade and import.
#[test]
fn what_another_process_writes_is_a_new_revision() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let (ledger, other) = (open(&path), open(&path));
    let empty = ledger.revision().unwrap();
    captured(&other, &capture("USA", "2025-11-28"));
    let captured = ledger.revision().unwrap();
    assert_ne!(captured, empty);
    let neutral = Decision { outcome: Outcome::Neutral, hit: None };
    let rows = ledger.pending(None).unwrap();
    assert_eq!(ledger.revision().unwrap(), captured);
    other.decide(&first(), &[(rows[0].id, neutral)]).unwrap();
    assert_ne!(ledger.revision().unwrap(), captured);
}

#[test]
fn readers_see_whole_captures_while_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for day in 1..=28 {
                captured(&ledger, &capture("USA", &format!("2025-11-{day:02}")));
            }
        });
        let reader = SqliteLedger::open_read_only(&path, clock()).unwrap();
        while !writer.is_finished() {
            assert_eq!(all(&reader).len() % 12, 0);
        }
        writer.join().unwrap();
        assert_eq!(all(&reader).len(), 28 * 12);
    });
}

#[test]
fn another_writer_is_waited_for_within_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path);
    captured(&ledger, &capture("USA", "2025-11-28"));
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let started = Instant::now();
    let error = ledger.capture(&first(), &capture("Canada", "2025-11-28")).unwrap_err();
    assert!(matches!(error, LedgerError::Locked { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(all(&ledger).len(), 12, "readers do not wait for writers");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(captured(&ledger, &capture("Canada", "2025-11-28")), 2);
}

#[test]
fn one_that_only_reads_writes_nothing_and_creates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let Err(error) = SqliteLedger::open_read_only(&path, clock()) else { panic!("opened") };
    assert!(matches!(error, LedgerError::Missing { .. }), "{error}");
    assert!(!path.exists());
    let ledger = open(&path);
    captured(&ledger, &capture("USA", "2025-11-28"));
    let reader = SqliteLedger::open_read_only(&path, clock()).unwrap();
    let page = reader.sessions(&SessionFilter::default(), None, 100).unwrap();
    assert_eq!(page.len(), CANONICAL_FUTURES.len() + 1);
    let error = reader.capture(&first(), &capture("Canada", "2025-11-28")).unwrap_err();
    assert!(matches!(error, LedgerError::ReadOnly { .. }), "{error}");
}
