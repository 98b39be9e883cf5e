//! The lock's file on Windows: LockFileEx, which belongs to the handle, and no child gets the handle.
//!
//! The system does not say who holds a lock, and whether one is held shows only in taking it. So who looks takes it
//! shared, which keeps no other who looks, and who wants it takes it alone, again for a while, because somebody may
//! just be looking. Neither shares the file's deletion: a file that is deleted while it is open loses its name at once
//! (Windows 10), and another of that name would let a second stack into the home.

use crate::os::file::is_same;
use crossbeam_channel::after;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;
use windows_sys::Win32::Storage::FileSystem::{FILE_SHARE_READ, FILE_SHARE_WRITE};

/// How often a lock that is held is tried again, for the case that somebody only looks, which takes microseconds.
const ATTEMPTS: u32 = 20;

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(2);

/// What others may do with the file while it is open: all but renaming and deleting it.
const SHARED: u32 = FILE_SHARE_READ | FILE_SHARE_WRITE;

/// The open and locked file. Dropping it gives the lock back.
#[derive(Debug)]
pub(crate) struct LockFile(File);

impl LockFile {
    /// `None`: another handle has it.
    pub(crate) fn try_lock(path: &Path) -> io::Result<Option<LockFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).share_mode(SHARED);
        let file = options.open(path)?;
        for _ in 1..ATTEMPTS {
            if taken(file.try_lock())? {
                return Ok(Some(LockFile(file)));
            }
            after(PAUSE).recv().ok(); // fires once
        }
        Ok(taken(file.try_lock())?.then_some(LockFile(file)))
    }

    /// Whether `path` still leads to this file: nobody can put another there, but a drive or a link on the way may lead
    /// elsewhere by now. A look that is refused tells nothing.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        is_same(&self.0, path).unwrap_or_else(|error| error.kind() != io::ErrorKind::NotFound)
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
    let file = match OpenOptions::new().read(true).share_mode(SHARED).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(if taken(file.try_lock_shared())? { None } else { Some(None) })
}
