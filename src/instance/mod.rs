//! One stack a home folder: a lock that ends with the process that took it.
//!
//! The lock is a file lock and never a pid file, so a process that is killed leaves nothing to clean up. On Unix it
//! is an fcntl record lock: std's `File::lock` is a flock, which forked children inherit, so that a Django worker
//! that outlives its parent would keep a stack's home for ever. A record lock has two gaps, both closed here: it
//! excludes other processes only (a list of the homes of this process excludes two stacks in one), and closing any
//! descriptor of the file gives it back (nothing here opens the file of a home that this process holds).

mod holder;
mod home;
mod registry;
mod role;
mod standby;

pub use holder::{Holder, HolderInfo};
pub use home::{HomeError, HomeId, open_to_others, prepare};
pub use role::Role;
pub use standby::wait_for;

use crate::os::lock::{self, LockFile};
use registry::Reservation;
use std::io;
use std::path::{Path, PathBuf};

/// How often a lock file that was replaced while it was being locked is tried again.
const REPLACED_ATTEMPTS: u32 = 5;

/// A home folder held by this process. Dropping it gives the home back; so does the end of the process, in whatever
/// way and whatever children live on.
#[derive(Debug)]
pub struct InstanceLock {
    home: PathBuf,
    role: Role,
    file: Option<LockFile>,   // gone only while dropping
    reservation: Reservation, // dropped after the file
}

/// What came of trying to take a home.
#[derive(Debug)]
pub enum Attempt {
    /// It is ours.
    Acquired(InstanceLock),
    /// It is somebody else's, maybe another stack's of this process.
    HeldBy(Holder),
}

/// Why a home could not even be tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The folder itself.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The system refused the lock.
    #[error("locking {}: choose a home on a local disk, with locks", path.display())]
    System {
        /// The lock's file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The lock that was held is not any more: the folder was replaced, or the host closed a descriptor of the file.
    #[error("the lock of home {} is lost: stop this stack, for another may run there", home.display())]
    Lost {
        /// The home.
        home: PathBuf,
    },
}

impl InstanceLock {
    /// Takes `home` for a stack if it is free, without waiting; makes the folder (with mode 0700) if it is not there.
    /// `info` is what others are told of the holder. A home whose stack died is not free while a parent is about to
    /// start it again.
    ///
    /// # Errors
    /// [`LockError`] when the folder cannot be made, written or locked.
    pub fn try_acquire(home: &Path, info: &HolderInfo) -> Result<Attempt, LockError> {
        match holder_as(Role::Parent, home)? {
            Some(parent) => Ok(Attempt::HeldBy(holder(home)?.unwrap_or(parent))),
            None => InstanceLock::try_acquire_as(Role::Stack, home, info),
        }
    }

    /// The same for any role, whoever else holds the home for another.
    ///
    /// # Errors
    /// As of [`InstanceLock::try_acquire`].
    pub fn try_acquire_as(role: Role, home: &Path, info: &HolderInfo) -> Result<Attempt, LockError> {
        let id = prepare(home)?;
        let reservation = match Reservation::take(&id, role) {
            Ok(reservation) => reservation,
            Err(info) => return Ok(Attempt::HeldBy(Holder::of_this_process(info))),
        };
        let path = home.join(role.lock_file());
        match lock(&path).map_err(|source| LockError::from_io(home, path, source))? {
            Some(file) => {
                reservation.hold(info);
                holder::write(home, role, info);
                // Once a start: its parent comes before, with a lock of its own.
                if role == Role::Stack
                    && let Some(warning) = open_to_others(home)
                {
                    log::warn!("{warning}");
                }
                let home = home.to_owned();
                Ok(Attempt::Acquired(InstanceLock { home, role, file: Some(file), reservation }))
            }
            None => Ok(Attempt::HeldBy(holder_elsewhere(home, role))),
        }
    }

    /// The home.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Makes sure that the home is still ours: a host that opens and closes the lock's file gives it back unaware,
    /// which this repairs, and somebody may replace the folder. A few microseconds.
    ///
    /// # Errors
    /// [`LockError::Lost`] when another has it, or the folder is another one.
    pub fn confirm(&self) -> Result<(), LockError> {
        let held = self.file.as_ref().is_some_and(|file| file.relock(&self.home.join(self.role.lock_file())));
        if held { Ok(()) } else { Err(LockError::Lost { home: self.home.clone() }) }
    }
}

impl Drop for InstanceLock {
    fn drop(&mut self) {
        let Some(file) = self.file.take() else { return };
        if self.reservation.is_of_this_process() {
            holder::remove(&self.home, self.role);
            drop(file);
        } else {
            // In a forked child this is the parent's lock; closing the copy of its descriptor would give back a
            // lock that the child took itself.
            std::mem::forget(file);
        }
    }
}

impl LockError {
    fn from_io(home: &Path, path: PathBuf, source: io::Error) -> LockError {
        match source.kind() {
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::InvalidFilename => LockError::Home(HomeError::of(home, source)),
            _ => LockError::System { path, source },
        }
    }
}

/// Which stack holds `home` now; `None`: none does, or there is no such folder. Takes nothing.
///
/// # Errors
/// [`LockError`] when that cannot be told.
pub fn holder(home: &Path) -> Result<Option<Holder>, LockError> {
    holder_as(Role::Stack, home)
}

/// The same for any role.
///
/// # Errors
/// As of [`holder()`].
pub fn holder_as(role: Role, home: &Path) -> Result<Option<Holder>, LockError> {
    let Some(id) = home::id(home)? else { return Ok(None) };
    let _reservation = match Reservation::take(&id, role) {
        Ok(reservation) => reservation,
        Err(info) => return Ok(Some(Holder::of_this_process(info))),
    };
    match lock::holder(&home.join(role.lock_file())) {
        Ok(None) => Ok(None),
        Ok(Some(pid)) => Ok(Some(Holder::new(pid, holder::read(home, role)))),
        Err(source) => Err(HomeError::of(home, source).into()),
    }
}

/// The holder for a refusal: a home that could not be had has one, though it may be gone by now.
fn holder_elsewhere(home: &Path, role: Role) -> Holder {
    let pid = lock::holder(&home.join(role.lock_file())).ok().flatten().flatten();
    Holder::new(pid, holder::read(home, role))
}

/// `None`: somebody else has it.
fn lock(path: &Path) -> io::Result<Option<LockFile>> {
    for _ in 0..REPLACED_ATTEMPTS {
        match LockFile::try_lock(path)? {
            // The name must still lead to the file that was locked, else the next one locks another.
            Some(file) if !file.is_at(path) => {}
            answer => return Ok(answer),
        }
    }
    Err(io::Error::other("the file is replaced again and again"))
}
