//! No Unix socket: std has none here, and no Redis for Windows offers one.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::path::Path;
use std::time::Duration;

/// A connection that there is none of.
#[derive(Debug)]
pub(crate) enum UnixStream {}

/// Refuses.
pub(crate) fn connect(_path: &Path) -> io::Result<UnixStream> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no Unix sockets; use redis://"))
}

impl UnixStream {
    pub(crate) fn try_clone(&self) -> io::Result<UnixStream> {
        match *self {}
    }

    pub(crate) fn shutdown(&self, _how: Shutdown) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn set_read_timeout(&self, _timeout: Option<Duration>) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn set_write_timeout(&self, _timeout: Option<Duration>) -> io::Result<()> {
        match *self {}
    }
}

impl Read for UnixStream {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }
}

impl Write for UnixStream {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match *self {}
    }
}
