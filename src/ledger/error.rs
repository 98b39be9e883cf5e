//! Why the ledger could not do what it was asked.

use crate::supervise::Revoked;
use std::time::Duration;

/// Why the ledger could not do what it was asked. After any of these nothing of the call was stored, and what was
/// committed before is still there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A later version of the program wrote the file.
    #[error(
        "ledger {path} has schema {found}, this program knows up to {known}; use the version that wrote it, or a newer one"
    )]
    NewerSchema {
        /// The ledger's file.
        path: String,
        /// Its schema.
        found: i64,
        /// The latest that this program knows.
        known: i64,
    },
    /// The file is a database of something else.
    #[error("{path} is a database of another program; name another file in ledger.url")]
    Foreign {
        /// The file.
        path: String,
    },
    /// The file is damaged, or no database at all.
    #[error(
        "ledger {path} is damaged ({detail}); stop the stack, keep the file, and put the last `ledger backup` in its place, or recover it with sqlite3's .recover"
    )]
    Corrupt {
        /// The ledger's file.
        path: String,
        /// What SQLite says.
        detail: String,
    },
    /// The file, its folder or its disk cannot be written to.
    #[error("ledger {path} cannot be written ({detail}); make the file and its folder writable")]
    ReadOnly {
        /// The ledger's file.
        path: String,
        /// What SQLite says.
        detail: String,
    },
    /// The disk is full.
    #[error("no space left for ledger {path}; free some on its disk, what was committed is safe")]
    DiskFull {
        /// The ledger's file.
        path: String,
    },
    /// Another writer held the ledger for longer than the bound.
    #[error("ledger {path} is held by another writer for more than {waited:?}; try again when it is done")]
    Locked {
        /// The ledger's file.
        path: String,
        /// The bound.
        waited: Duration,
    },
    /// A price that SQL could not give back exactly.
    #[error("column {column}: {value} has more than 15 significant digits; round it before it is stored")]
    TooPrecise {
        /// The column.
        column: String,
        /// The price.
        value: String,
    },
    /// A stored value is not what its column holds, or a row does not belong to its capture.
    #[error("{0}; correct the row and try again")]
    Row(String),
    /// The rules of the schema do not allow the change.
    #[error(
        "ledger {path} refuses the change ({detail}); read the row again, it is not what it was taken for"
    )]
    Refused {
        /// The ledger's file.
        path: String,
        /// The rule.
        detail: String,
    },
    /// The writer was replaced.
    #[error(transparent)]
    Revoked(#[from] Revoked),
    /// A backup would overwrite what it copies.
    #[error("{path} is the ledger itself; name another file for the copy")]
    BackupOntoItself {
        /// The ledger's file.
        path: String,
    },
    /// There is no such file.
    #[error("no ledger at {path}; start the stack once, or name its file in ledger.url")]
    Missing {
        /// Where it should be.
        path: String,
    },
    /// Any other failure of the disk or of SQLite.
    #[error("ledger {path}: {detail}; check the disk and the system log")]
    Io {
        /// The ledger's file.
        path: String,
        /// What happened.
        detail: String,
    },
}
