//! Disks that are full or may not be written to. Each scene has a disk of its own.

use super::rows::*;
use super::scene;
use std::path::Path;
use std::process::Command;
use thor_stack::ledger::{Ledger, LedgerError, SqliteLedger};

/// Plays `scene` of the test `name` on a disk of `size`; a panic in it fails the test.
pub(crate) fn on_a_disk_of(size: &str, name: &str, scene: impl FnOnce(&Path)) {
    if let Some(folder) = scene::folder() {
        return scene(&folder);
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(mut scene) = scene::on_a_disk_of(size, &scene::play(name, folder.path())) else { return };
    let output = scene.output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{scene:?}\n{said}");
}

#[test]
fn a_full_disk_is_said_and_costs_nothing_that_was_committed() {
    const NAME: &str = "ledger::disk::a_full_disk_is_said_and_costs_nothing_that_was_committed";
    on_a_disk_of("2m", NAME, fill);
}

fn fill(folder: &Path) {
    let path = folder.join("ledger.db");
    std::fs::write(folder.join("ballast"), vec![1; 600_000]).unwrap();
    let ledger = open(&path);
    let mut captures = 0;
    let mut day = date("2000-01-01");
    let error = loop {
        match ledger.capture(&first(), &capture("USA", &day.to_string())) {
            Ok(_) => captures += 1,
            Err(error) => break error,
        }
        day = day.tomorrow().unwrap();
    };
    assert!(matches!(error, LedgerError::DiskFull { .. }), "{error}");
    assert!(captures > 3, "{captures}");
    assert_eq!(all(&ledger).len(), captures * 12);
    let error = ledger.backup(&folder.join("copy.db")).unwrap_err();
    assert!(matches!(error, LedgerError::DiskFull { .. }), "{error}");
    assert!(error.to_string().contains("copy.db") && partial_copies(folder) == 0, "{error}");

    std::fs::remove_file(folder.join("ballast")).unwrap();
    captured(&ledger, &capture("USA", &day.to_string()));
    drop(ledger);
    let ledger = open(&path);
    ledger.verify().unwrap();
    assert_eq!(all(&ledger).len(), (captures + 1) * 12);
}

#[test]
fn a_disk_that_may_not_be_written_to_is_said_and_still_read() {
    const NAME: &str = "ledger::disk::a_disk_that_may_not_be_written_to_is_said_and_still_read";
    on_a_disk_of("4m", NAME, stop_writing);
}

fn stop_writing(folder: &Path) {
    let path = folder.join("ledger.db");
    let ledger = open(&path);
    captured(&ledger, &capture("USA", "2025-11-28"));
    ledger.backup(&folder.join("copy.db")).unwrap();
    drop(ledger);
    remount_read_only(folder);
    for path in [&path, &folder.join("copy.db"), &folder.join("new.db"), &folder.join("absent/new.db")] {
        let Err(error) = SqliteLedger::open(path, clock()) else { panic!("opened {}", path.display()) };
        assert!(matches!(error, LedgerError::ReadOnly { .. }), "{}: {error}", path.display());
    }
    let copy = SqliteLedger::open_read_only(&folder.join("copy.db"), clock()).unwrap();
    assert_eq!(all(&copy).len(), 12, "a backup can be read where nothing can be written");
}

fn remount_read_only(folder: &Path) {
    let status = Command::new("mount").args(["-o", "remount,ro"]).arg(folder).status().unwrap();
    assert!(status.success());
}
