//! The lock's file on Windows: LockFileEx, which belongs to the handle, and no child gets the handle.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// The open and locked file. Dropping it gives the lock back.
#[derive(Debug)]
pub(super) struct LockFile {
    _file: File,
}

impl LockFile {
    /// `None`: another handle has it.
    pub(super) fn try_lock(path: &Path) -> io::Result<Option<LockFile>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(LockFile { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether `path` still leads to this file: nobody else can put another there while this one is open.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        path.exists()
    }

    /// Whether it is still held: nothing else than this handle's end gives it back.
    pub(super) fn relock(&self, path: &Path) -> bool {
        self.is_at(path)
    }
}

/// `None`: nobody has it. The system does not say who has: the outer `Some` is all there is.
pub(super) fn holder(path: &Path) -> io::Result<Option<Option<u32>>> {
    if !path.exists() {
        return Ok(None);
    }
    Ok(if LockFile::try_lock(path)?.is_some() { None } else { Some(None) })
}
