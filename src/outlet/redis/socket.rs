//! The socket under a connection: TCP, TLS or a Unix path.

use super::deadline::Deadline;
use super::host::look_up;
use crate::os::socket::{self, UnixStream};
use ::redis::ConnectionAddr;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// A plain socket. TLS has its own type, because the client library owns its session.
pub(super) struct Socket {
    stream: Stream,
    bounds: Bounds,
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// The timeouts that the system knows of.
#[derive(Default)]
struct Bounds {
    read: Option<Duration>,
    write: Option<Duration>,
}

/// How far a timeout may be from what is left, as a fraction of that, before the system is told: two calls to it for
/// each read and write cost more than a small edition's bytes.
const TOLERANCE: u32 = 16;

/// A timeout of nothing is refused by the system.
const LEAST: Duration = Duration::from_millis(1);

/// Whether the system must be told of a new timeout.
fn is_off(known: Option<Duration>, left: Duration) -> bool {
    known.is_none_or(|known| known.abs_diff(left) > left / TOLERANCE)
}

impl Socket {
    /// Connects within `deadline`, the look-up of a host name included.
    pub(super) fn connect(target: &ConnectionAddr, deadline: &Deadline) -> io::Result<Socket> {
        match target {
            ConnectionAddr::Tcp(host, port) => connect_tcp(host, *port, deadline).map(Stream::Tcp),
            ConnectionAddr::Unix(path) => socket::connect(path).map(Stream::Unix),
            _ => {
                Err(io::Error::new(io::ErrorKind::Unsupported, "this kind of address is not supported here"))
            }
        }
        .map(Socket::of)
    }

    fn of(stream: Stream) -> Socket {
        Socket { stream, bounds: Bounds::default() }
    }

    pub(super) fn try_clone(&self) -> io::Result<Socket> {
        match &self.stream {
            Stream::Tcp(stream) => stream.try_clone().map(Stream::Tcp),
            Stream::Unix(stream) => stream.try_clone().map(Stream::Unix),
        }
        .map(Socket::of)
    }

    /// Ends every read and write on this socket and its clones.
    pub(super) fn shut_down(&self) {
        match &self.stream {
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Stream::Unix(stream) => stream.shutdown(Shutdown::Both),
        }
        .ok(); // fails when the other side is gone, which is what is wanted
    }

    /// Bounds the next read.
    fn bound_read(&mut self, left: Duration) -> io::Result<()> {
        if is_off(self.bounds.read, left) {
            match &self.stream {
                Stream::Tcp(stream) => stream.set_read_timeout(Some(left))?,
                Stream::Unix(stream) => stream.set_read_timeout(Some(left))?,
            }
            self.bounds.read = Some(left);
        }
        Ok(())
    }

    /// Bounds the next write.
    fn bound_write(&mut self, left: Duration) -> io::Result<()> {
        if is_off(self.bounds.write, left) {
            match &self.stream {
                Stream::Tcp(stream) => stream.set_write_timeout(Some(left))?,
                Stream::Unix(stream) => stream.set_write_timeout(Some(left))?,
            }
            self.bounds.write = Some(left);
        }
        Ok(())
    }
}

fn connect_tcp(host: &str, port: u16, deadline: &Deadline) -> io::Result<TcpStream> {
    connect_any(&look_up(host, port, deadline)?, deadline)
}

/// A host may have several addresses (`localhost`: ::1 and 127.0.0.1), of which one may answer nothing: each gets its
/// share of what is left.
fn connect_any(addresses: &[SocketAddr], deadline: &Deadline) -> io::Result<TcpStream> {
    let mut last_error = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
    for (address, yet) in addresses.iter().zip((1..=addresses.len() as u32).rev()) {
        match TcpStream::connect_timeout(address, (deadline.left()? / yet).max(LEAST)) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}

/// A socket whose every read and write ends at the deadline, give or take a sixteenth of what was left.
pub(super) struct Bounded<'a> {
    pub(super) socket: &'a mut Socket,
    pub(super) deadline: &'a Deadline,
}

impl Bounded<'_> {
    fn read_once(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.bound_read(self.deadline.left()?)?;
        match &mut self.socket.stream {
            Stream::Tcp(stream) => stream.read(buffer),
            Stream::Unix(stream) => stream.read(buffer),
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
        self.socket.bound_write(self.deadline.left()?)?;
        match &mut self.socket.stream {
            Stream::Tcp(stream) => stream.write(bytes),
            Stream::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Regression: the first address of a name got all of the time, so a server behind the second was never reached where
    /// the first swallows what it is sent (`localhost` on Windows, a host whose IPv6 is filtered).
    #[test]
    fn an_address_that_answers_nothing_leaves_time_for_the_next() {
        let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        full.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        full.listen(0).unwrap();
        let silent = full.local_addr().unwrap().as_socket().unwrap();
        let connect = || TcpStream::connect_timeout(&silent, Duration::from_millis(300));
        let waiting: Vec<_> = (0..10).map_while(|_| connect().ok()).collect();
        assert!(waiting.len() < 10, "the queue is never full");
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = server.local_addr().unwrap();
        let connected = connect_any(&[silent, silent, there], &Deadline::after(Duration::from_secs(3)));
        assert_eq!(connected.unwrap().peer_addr().unwrap(), there);
    }
}
