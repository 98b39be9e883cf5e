//! A consistent copy of the ledger while it is in use.

use super::PATIENCE;
use super::failure::Failure;
use crate::ledger::LedgerError;
use crate::os::file::{for_libraries, replace};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A connection to copy the ledger `path` from, unless `to` is that ledger.
pub(super) fn source(path: &Path, to: &Path) -> Result<Connection, Failure> {
    if to.canonicalize().is_ok_and(|to| path.canonicalize().is_ok_and(|path| path == to)) {
        return Err(LedgerError::BackupOntoItself { path: path.display().to_string() }.into());
    }
    let connection = super::open::source(path)?;
    super::schema::version(&connection)?;
    Ok(connection)
}

/// Copies to a file beside `to` and renames it, so that `to` is never half a copy; returns its size in bytes.
pub(super) fn copy(from: &Connection, to: &Path) -> Result<u64, Failure> {
    let partial = partial(to);
    let copied = pages(from, &partial).and_then(|()| put(&partial, to));
    if copied.is_err() {
        // The reason that is worth telling is why the copy failed; what it left is removed if it can be.
        std::fs::remove_file(&partial).ok();
    }
    copied
}

fn pages(from: &Connection, partial: &Path) -> Result<(), Failure> {
    remove_if_there(partial)?;
    let mut copy = Connection::open_with_flags(
        for_libraries(partial),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )?;
    copy.busy_timeout(PATIENCE)?;
    let step = Backup::new(from, &mut copy)?.step(-1)?; // all pages under one read lock: one moment
    if step != StepResult::Done {
        return Err(Failure::Locked);
    }
    // A copy that lies on read-only media can be read only without the files that WAL needs beside it.
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    Ok(())
}

fn put(partial: &Path, to: &Path) -> Result<u64, Failure> {
    let file = File::options().write(true).open(partial)?;
    file.sync_all()?;
    let size = file.metadata()?.len();
    drop(file);
    replace(partial, to)?;
    Ok(size)
}

fn remove_if_there(path: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Of this process alone: another may be copying to the same file.
fn partial(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    name.into()
}
