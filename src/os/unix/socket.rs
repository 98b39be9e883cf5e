//! A Unix socket to a server that may have stopped accepting.

use std::io;
use std::path::Path;

pub(crate) use std::os::unix::net::UnixStream;

/// Connects, and never waits: a server that has stopped accepting (Redis' queue of 511 is full) would otherwise be
/// waited for without a bound.
pub(crate) fn connect(path: &Path) -> io::Result<UnixStream> {
    let socket = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&socket2::SockAddr::unix(path)?)?;
    socket.set_nonblocking(false)?;
    Ok(socket.into())
}
