//! Opening a ledger: for writing, for reading, for copying.
//!
//! The file is never opened but by SQLite: closing any other handle to it would drop the POSIX locks that this process
//! holds on it, and another process might delete the log that is still in use.

use super::failure::Failure;
use super::{PATIENCE, schema};
use crate::os::file::{for_libraries, make_private_folder};
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};
use std::path::Path;
use std::time::Instant;

/// The page cache, KiB. The stack's whole memory is a few MiB, and the system caches the file as well.
const CACHE_KIB: i64 = 512;

pub(super) fn writable(path: &Path) -> Result<Connection, Failure> {
    if let Some(folder) = path.parent() {
        make_private_folder(folder)?;
    }
    let mut connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    if connection.is_readonly(MAIN_DB)? {
        return Err(Failure::ReadOnly); // SQLite opens for reading what it may not write
    }
    // Before anything is written: a file that is not ours must stay as it is.
    schema::version(&connection)?;
    settle(&connection)?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

pub(super) fn read_only(path: &Path) -> Result<Connection, Failure> {
    let connection = source(path)?;
    if schema::version(&connection)? == 0 {
        return Err(Failure::Missing); // an empty file, or a first start that is not through yet
    }
    Ok(connection)
}

/// A connection that a copy can be read from.
pub(super) fn source(path: &Path) -> Result<Connection, Failure> {
    if !path.try_exists()? {
        return Err(Failure::Missing);
    }
    // Opened for writing where that is allowed, though nothing is written: only such a connection takes the files of the
    // log along when it is the last to close. One for reading alone would leave them in the folder.
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

pub(super) fn in_memory() -> Result<Connection, Failure> {
    let mut connection = Connection::open_in_memory()?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

/// Reads every page and index.
pub(super) fn verify(connection: &Connection) -> Result<(), Failure> {
    let answer: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if answer == "ok" { Ok(()) } else { Err(Failure::Corrupt(answer.replace('\n', " "))) }
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, Failure> {
    // The ledger has its own lock around the connection, so SQLite needs none.
    let connection =
        Connection::open_with_flags(for_libraries(path), flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Has the file written by a log (WAL), which it then is for good. To change that, SQLite has to upgrade a lock, and for
/// an upgrade it waits for nobody: of several that open a new file at once, all but one are told "busy" at once. A
/// transaction that writes nothing is waited for, and after it the other is through.
fn log_ahead(connection: &Connection) -> Result<(), Failure> {
    let until = Instant::now() + PATIENCE;
    let busy = |it: &rusqlite::Error| it.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
    loop {
        match connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())) {
            Err(error) if busy(&error) && Instant::now() < until => {
                connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
            }
            set => return Ok(set?),
        }
    }
}

fn settle(connection: &Connection) -> Result<(), Failure> {
    log_ahead(connection)?;
    // FULL syncs the log at every commit: with NORMAL a loss of power could take back a capture that a trader has
    // already seen. There are a few commits a minute, at a sync of the disk each.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.query_row("PRAGMA journal_size_limit = 4194304", [], |_| Ok(()))?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(())
}
