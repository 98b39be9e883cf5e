//! Where the control channel of a home is.

use crate::os::OpenError;
use std::io;
use std::path::{Path, PathBuf};

/// Why no control channel could be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The system refused the socket.
    #[error("opening the control socket of home {}: make the home writable, or choose another", home.display())]
    Socket {
        /// The home.
        home: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path is longer than a socket's name may be, and this system knows no way around it.
    #[error("home {} has a path too long for a control socket (at most {limit} bytes): choose a shorter one", home.display())]
    TooLong {
        /// The home.
        home: PathBuf,
        /// The longest path of a home.
        limit: usize,
    },
    /// The system refused the thread.
    #[error("starting the control thread: raise the limit of threads")]
    Thread(#[source] io::Error),
}

impl ServeError {
    pub(super) fn of(home: &Path, error: OpenError) -> ServeError {
        let home = home.to_owned();
        match error {
            OpenError::TooLong { limit } => ServeError::TooLong { home, limit },
            OpenError::System(source) => ServeError::Socket { home, source },
        }
    }
}
