//! The lock's file on Windows: LockFileEx, which belongs to the handle, and no child gets the handle.
//!
//! The system does not say who holds a lock, and whether one is held shows only in taking it. So who looks takes it
//! shared, which keeps no other who looks, and who wants it takes it alone, again for a while, because somebody may
//! just be looking.

use crossbeam_channel::after;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How often a lock that is held is tried again, for the case that somebody only looks, which takes microseconds.
const ATTEMPTS: u32 = 20;

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(2);

/// The open and locked file. Dropping it gives the lock back.
#[derive(Debug)]
pub(crate) struct LockFile {
    _file: File,
}

impl LockFile {
    /// `None`: another handle has it.
    pub(crate) fn try_lock(path: &Path) -> io::Result<Option<LockFile>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        for _ in 1..ATTEMPTS {
            if taken(file.try_lock())? {
                return Ok(Some(LockFile { _file: file }));
            }
            after(PAUSE).recv().ok(); // fires once
        }
        Ok(taken(file.try_lock())?.then_some(LockFile { _file: file }))
    }

    /// Whether `path` still leads to this file: nobody else can put another there while this one is open.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        path.exists()
    }

    /// Whether it is still held: nothing else than this handle's end gives it back.
    pub(crate) fn relock(&self, path: &Path) -> bool {
        self.is_at(path)
    }
}

fn taken(answer: Result<(), TryLockError>) -> io::Result<bool> {
    match answer {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// `None`: nobody has it. The system does not say who has: the outer `Some` is all there is.
pub(crate) fn holder(path: &Path) -> io::Result<Option<Option<u32>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(if taken(file.try_lock_shared())? { None } else { Some(None) })
}
