//! The socket under a connection: TCP, TLS or a Unix path.

use super::deadline::Deadline;
use super::host::look_up;
use crate::os::socket::{self, UnixStream};
use ::redis::ConnectionAddr;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// A plain socket. TLS has its own type, because the client library owns its session.
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    /// Connects within `deadline`, the look-up of a host name included.
    pub(super) fn connect(target: &ConnectionAddr, deadline: &Deadline) -> io::Result<Socket> {
        match target {
            ConnectionAddr::Tcp(host, port) => connect_tcp(host, *port, deadline).map(Socket::Tcp),
            ConnectionAddr::Unix(path) => socket::connect(path).map(Socket::Unix),
            _ => {
                Err(io::Error::new(io::ErrorKind::Unsupported, "this kind of address is not supported here"))
            }
        }
    }

    pub(super) fn try_clone(&self) -> io::Result<Socket> {
        match self {
            Socket::Tcp(stream) => stream.try_clone().map(Socket::Tcp),
            Socket::Unix(stream) => stream.try_clone().map(Socket::Unix),
        }
    }

    /// Ends every read and write on this socket and its clones.
    pub(super) fn shut_down(&self) {
        match self {
            Socket::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Socket::Unix(stream) => stream.shutdown(Shutdown::Both),
        }
        .ok(); // fails when the other side is gone, which is what is wanted
    }

    fn set_timeout(&self, left: Duration) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => {
                stream.set_read_timeout(Some(left))?;
                stream.set_write_timeout(Some(left))
            }
            Socket::Unix(stream) => {
                stream.set_read_timeout(Some(left))?;
                stream.set_write_timeout(Some(left))
            }
        }
    }
}

/// A host may have several addresses (`localhost`: ::1 and 127.0.0.1): all of them share the bound.
fn connect_tcp(host: &str, port: u16, deadline: &Deadline) -> io::Result<TcpStream> {
    let mut last_error = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
    for address in look_up(host, port, deadline)? {
        match TcpStream::connect_timeout(&address, deadline.left()?) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}

/// A socket whose every read and write ends at the deadline.
pub(super) struct Bounded<'a> {
    pub(super) socket: &'a mut Socket,
    pub(super) deadline: &'a Deadline,
}

impl Bounded<'_> {
    fn read_once(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_timeout(self.deadline.left()?)?;
        match self.socket {
            Socket::Tcp(stream) => stream.read(buffer),
            Socket::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Read for Bounded<'_> {
    /// A read with a timeout is interrupted by any signal, whatever its handler asks for (signal(7)); that is no
    /// failure of the server.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.read_once(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                answer => return answer,
            }
        }
    }
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_timeout(self.deadline.left()?)?;
        match self.socket {
            Socket::Tcp(stream) => stream.write(bytes),
            Socket::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
