//! The lock's file on Unix: an fcntl record lock, which belongs to the process and to no child of it.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The open and locked file. Dropping it gives the lock back.
#[derive(Debug)]
pub(crate) struct LockFile(File);

impl LockFile {
    /// `None`: another process has it. Must not be called for a file that this process has locked: closing the
    /// second descriptor would give the lock back.
    pub(crate) fn try_lock(path: &Path) -> io::Result<Option<LockFile>> {
        // Close-on-exec, as all that std opens: a program started by the host does not get the descriptor.
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        Ok(set_lock(&file)?.then_some(LockFile(file)))
    }

    /// Whether `path` still leads to this file. A look that is refused (a share that does not answer) tells nothing.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        match (self.0.metadata(), fs::metadata(path)) {
            (Ok(own), Ok(found)) => (own.dev(), own.ino()) == (found.dev(), found.ino()),
            (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
            (Err(_), Ok(_)) => true,
        }
    }

    /// Takes the lock again, which changes nothing where it is held; whether it is held now, and at `path`. It is lost to
    /// another process alone: a system that cannot tell leaves it as it was.
    pub(crate) fn relock(&self, path: &Path) -> bool {
        self.is_at(path) && set_lock(&self.0).unwrap_or(true)
    }
}

/// False: another process has it.
fn set_lock(file: &File) -> io::Result<bool> {
    match fcntl(file, FcntlArg::F_SETLK(&whole_file())) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The process that has the lock, as far as the system names it (not one of another process namespace); `None`:
/// nobody has it. Must not be called for a file that this process has locked.
pub(crate) fn holder(path: &Path) -> io::Result<Option<Option<u32>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut found = whole_file();
    fcntl(&file, FcntlArg::F_GETLK(&mut found))?;
    if found.l_type == libc::F_UNLCK as libc::c_short {
        return Ok(None);
    }
    Ok(Some(u32::try_from(found.l_pid).ok().filter(|pid| *pid != 0)))
}

/// The lock as it is asked for and looked for. The constants are small; their C types differ among systems.
fn whole_file() -> libc::flock {
    libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regression: one look that a share did not answer ended a healthy stack.
    #[test]
    fn a_lock_is_lost_to_another_file_and_to_none_but_not_to_a_look_that_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let lock = LockFile::try_lock(&path).unwrap().unwrap();
        assert!(lock.relock(&path));
        assert!(lock.relock(&folder.path().join("a name that is too long".repeat(100))));
        fs::remove_file(&path).unwrap();
        assert!(!lock.relock(&path));
        File::create(&path).unwrap();
        assert!(!lock.relock(&path));
    }
}
