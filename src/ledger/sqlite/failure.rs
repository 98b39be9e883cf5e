//! Failures of SQLite as errors of the ledger.

use super::PATIENCE;
use crate::ledger::LedgerError;
use crate::supervise::Revoked;
use crate::value::ColumnError;
use rusqlite::ErrorCode;
use std::path::Path;

/// What went wrong inside a call, before it is known which file it was about.
#[derive(Debug)]
pub(super) enum Failure {
    Sql(rusqlite::Error),
    Io(std::io::Error),
    Locked,
    ReadOnly,
    Foreign,
    Missing,
    NewerSchema { found: i64, known: i64 },
    Corrupt(String),
    Ledger(LedgerError),
}

impl Failure {
    /// A value that does not fit its column or its row.
    pub(super) fn row(problem: impl Into<String>) -> Failure {
        Failure::Ledger(LedgerError::Row(problem.into()))
    }

    /// Which of a copy's two files failed: only the source is ever damaged or locked.
    pub(super) fn copied<'a>(&self, source: &'a Path, copy: &'a Path) -> &'a Path {
        let code = match self {
            Failure::Sql(error) => error.sqlite_error_code(),
            Failure::Locked => return source,
            _ => None,
        };
        use ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, NotADatabase};
        match code {
            Some(DatabaseCorrupt | NotADatabase | DatabaseBusy | DatabaseLocked) => source,
            _ => copy,
        }
    }

    /// The error, with the file named.
    pub(super) fn of(self, path: Option<&Path>) -> LedgerError {
        let path = path.map_or_else(|| "in memory".into(), |path| path.display().to_string());
        match self {
            Failure::Sql(error) => of_sql(&error, path),
            Failure::Io(error) => of_io(&error, path),
            Failure::Locked => LedgerError::Locked { path, waited: PATIENCE },
            Failure::ReadOnly => LedgerError::ReadOnly { path, detail: "it may only be read".into() },
            Failure::Foreign => LedgerError::Foreign { path },
            Failure::Missing => LedgerError::Missing { path },
            Failure::NewerSchema { found, known } => LedgerError::NewerSchema { path, found, known },
            Failure::Corrupt(detail) => LedgerError::Corrupt { path, detail },
            Failure::Ledger(error) => error,
        }
    }
}

fn of_sql(error: &rusqlite::Error, path: String) -> LedgerError {
    let detail = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => LedgerError::Corrupt { path, detail },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            LedgerError::ReadOnly { path, detail }
        }
        Some(ErrorCode::DiskFull) => LedgerError::DiskFull { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            LedgerError::Locked { path, waited: PATIENCE }
        }
        Some(ErrorCode::ConstraintViolation) => LedgerError::Refused { path, detail },
        _ => LedgerError::Io { path, detail },
    }
}

fn of_io(error: &std::io::Error, path: String) -> LedgerError {
    use std::io::ErrorKind;
    let detail = error.to_string();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => LedgerError::DiskFull { path },
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => LedgerError::ReadOnly { path, detail },
        _ => LedgerError::Io { path, detail },
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        Failure::Sql(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Io(error)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Failure {
        Failure::Ledger(error)
    }
}

impl From<Revoked> for Failure {
    fn from(revoked: Revoked) -> Failure {
        Failure::Ledger(revoked.into())
    }
}

impl From<ColumnError> for Failure {
    fn from(error: ColumnError) -> Failure {
        Failure::row(error.to_string())
    }
}
