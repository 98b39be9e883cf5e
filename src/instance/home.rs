//! The home folder of a stack: lock, control socket, ledger and logs.

use crate::os::file::{self, FolderId};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder itself, whatever path leads to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeId(FolderId);

/// What is wrong with a home folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// There is something else.
    #[error("home {} is not a folder: remove what is there, or choose another home", path.display())]
    NotAFolder {
        /// The home.
        path: PathBuf,
    },
    /// It cannot be made or written.
    #[error("home {} cannot be written: make it writable for this user, or choose another home", path.display())]
    NotWritable {
        /// The home.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Its path, or a part of it, is longer than the system's limit.
    #[error("home {} has a path too long for this system: choose a shorter one", path.display())]
    TooLong {
        /// The home.
        path: PathBuf,
    },
    /// Anything else.
    #[error("home {} cannot be used: choose another home", path.display())]
    Unusable {
        /// The home.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl HomeError {
    pub(super) fn of(home: &Path, source: io::Error) -> HomeError {
        let path = home.to_owned();
        match source.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => HomeError::NotAFolder { path },
            io::ErrorKind::InvalidFilename => HomeError::TooLong { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                HomeError::NotWritable { path, source }
            }
            _ => HomeError::Unusable { path, source },
        }
    }
}

/// Makes `home` if it is not there, for this user alone (mode 0700), and says which folder it is.
///
/// # Errors
/// [`HomeError`] when there is none and none can be made.
pub fn prepare(home: &Path) -> Result<HomeId, HomeError> {
    if let Some(id) = id(home)? {
        return Ok(id);
    }
    file::make_private_folder(home).map_err(|source| HomeError::of(home, source))?;
    let gone = || HomeError::of(home, io::Error::from(io::ErrorKind::NotFound));
    id(home)?.ok_or_else(gone)
}

/// What to tell of a `home` that was there before and is open to others, with what to do behind a semicolon; `None`: it is
/// this user's alone, or not there. Ledger, journal and logs are made by the umask, so only the folder keeps them private.
#[must_use]
pub fn open_to_others(home: &Path) -> Option<String> {
    let (found, shown) = (fs::metadata(home).ok()?, home.display());
    if file::is_anothers(&found) {
        return Some(format!(
            "home {shown} belongs to another user, who can read and replace what is in it; choose another home"
        ));
    }
    file::others_may_enter(&found).then(|| {
        format!("home {shown} is open to others, who could read the ledger and the logs; chmod 700 {shown}")
    })
}

/// Which folder `home` is; `None` when nothing is there.
pub(super) fn id(home: &Path) -> Result<Option<HomeId>, HomeError> {
    let error = |source| HomeError::of(home, source);
    match fs::metadata(home) {
        Ok(found) if !found.is_dir() => Err(HomeError::NotAFolder { path: home.to_owned() }),
        Ok(found) => file::folder_id(home, &found).map(|id| Some(HomeId(id))).map_err(error),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(error(source)),
    }
}
