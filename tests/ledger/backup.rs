//! Copies of a ledger in use.

use super::rows::*;
use thor_stack::ledger::{Ledger, LedgerError, SqliteLedger};

#[test]
fn a_backup_is_one_moment_of_a_ledger_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("ledger.db"));
    let copy = folder.path().join("copy.db");
    captured(&ledger, &capture("USA", "2025-11-28"));
    let first_copy = all(&ledger);
    let size = ledger.backup(&copy).unwrap();
    assert_eq!(size, copy.metadata().unwrap().len());
    captured(&ledger, &capture("Canada", "2025-11-28"));
    assert_eq!(all(&open(&copy)), first_copy);
    ledger.backup(&copy).unwrap();
    let copied = open(&copy);
    copied.verify().unwrap();
    assert_eq!(all(&copied), all(&ledger), "an older copy is replaced");
    assert_eq!(captured(&copied, &capture("Mexico", "2025-11-28")), 3, "a copy is a ledger");
    assert_eq!(partial_copies(folder.path()), 0);
}

#[test]
fn a_backup_holds_whole_captures_while_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("ledger.db"));
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for day in 1..=28 {
                captured(&ledger, &capture("USA", &format!("2025-11-{day:02}")));
            }
        });
        let mut copies = 0;
        while !writer.is_finished() {
            copies += 1;
            let copy = folder.path().join(format!("copy-{copies}.db"));
            ledger.backup(&copy).unwrap();
            assert_eq!(all(&open(&copy)).len() % 12, 0);
        }
        assert!(copies > 0);
    });
}

#[test]
fn memory_can_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::in_memory(clock()).unwrap();
    captured(&ledger, &capture("USA", "2025-11-28"));
    ledger.backup(&folder.path().join("kept.db")).unwrap();
    assert_eq!(all(&open(&folder.path().join("kept.db"))), all(&ledger));
}

#[test]
fn a_backup_that_fails_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = open(&path);
    captured(&ledger, &capture("USA", "2025-11-28"));
    let error = ledger.backup(&path).unwrap_err();
    assert!(matches!(error, LedgerError::BackupOntoItself { .. }), "{error}");
    let error = ledger.backup(&folder.path().join("absent/copy.db")).unwrap_err();
    assert!(error.to_string().contains("absent/copy.db"), "names the file that failed: {error}");
    assert_eq!(all(&ledger).len(), 12);
}
