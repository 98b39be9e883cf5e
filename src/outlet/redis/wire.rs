//! One connection to the server: requests out, replies in, each exchange under one deadline.

use super::address::Address;
use super::deadline::Deadline;
use super::failure::Failure;
use super::replies::Replies;
use super::request::Arguments;
use super::socket::{Bounded, Socket};
use ::redis::{Parser, RedisError, Value};
use std::io::{self, Write};
use std::time::Duration;

/// The most that one write hands to the system: a stalled server is noticed between two of them.
pub(super) const WRITE_LIMIT: usize = 64 * 1024;

/// A connection that has introduced itself. After an error it is out of step and must be dropped.
pub(super) struct Wire(Kind);

enum Kind {
    Plain {
        socket: Socket,
        parser: Parser,
    },
    /// The client library owns the TLS session; its reads are bounded one by one.
    #[cfg(feature = "tls")]
    Tls(Box<::redis::Connection>),
}

impl Wire {
    /// Connects, authenticates and selects the database within `deadline`. Once connected, each answer takes no longer
    /// than `answer`: the system takes connections for a server that is stalled.
    pub(super) fn connect(address: &Address, deadline: &Deadline, answer: Duration) -> Result<Wire, Failure> {
        let kind = match &address.target {
            #[cfg(feature = "tls")]
            target @ ::redis::ConnectionAddr::TcpTls { .. } => {
                Kind::Tls(Box::new(connect_tls(target, deadline)?))
            }
            target => Kind::Plain { socket: Socket::connect(target, deadline)?, parser: Parser::new() },
        };
        let mut wire = Wire(kind);
        wire.introduce(address, || Ok(Deadline::after(deadline.left()?.min(answer))))?;
        Ok(wire)
    }

    fn introduce(
        &mut self,
        address: &Address,
        deadline: impl Fn() -> io::Result<Deadline>,
    ) -> Result<(), Failure> {
        if let Some(password) = &address.password {
            let user = address.user.as_deref();
            let words = std::iter::once("AUTH").chain(user).chain(std::iter::once(password.as_str()));
            self.call(&Arguments::new(words), &deadline()?)?;
        }
        if address.db != 0 {
            self.call(&Arguments::new(["SELECT", &address.db.to_string()]), &deadline()?)?;
        }
        // Without either, nothing has shown yet that somebody answers; a refusal is an answer too.
        match self.call(&Arguments::new(["PING"]), &deadline()?) {
            Err(failure) if !failure.is("NOPERM") => Err(failure),
            _ => Ok(()),
        }
    }

    /// Sends one command and waits for its reply; an error reply is an error.
    pub(super) fn call(&mut self, command: &Arguments, deadline: &Deadline) -> Result<Value, Failure> {
        self.call_with(command, &Arguments::default(), deadline)
    }

    /// As [`Wire::call`], the arguments of `rest` following those of `command`.
    pub(super) fn call_with(
        &mut self,
        command: &Arguments,
        rest: &Arguments,
        deadline: &Deadline,
    ) -> Result<Value, Failure> {
        self.send(command, rest, deadline)?;
        self.receive(deadline)
    }

    pub(super) fn send(
        &mut self,
        command: &Arguments,
        rest: &Arguments,
        deadline: &Deadline,
    ) -> Result<(), Failure> {
        let (first, others) = command.pieces(rest, WRITE_LIMIT);
        self.write(&first, deadline)?;
        others.into_iter().try_for_each(|piece| self.write(piece, deadline))
    }

    /// Sends bytes of commands.
    pub(super) fn write(&mut self, bytes: &[u8], deadline: &Deadline) -> Result<(), Failure> {
        match &mut self.0 {
            Kind::Plain { socket, .. } => Ok(Bounded { socket, deadline }.write_all(bytes)?),
            #[cfg(feature = "tls")]
            Kind::Tls(connection) => {
                // The first bytes that are sent wait for the answers of the handshake.
                connection.set_read_timeout(Some(deadline.left()?)).map_err(failure)?;
                connection.set_write_timeout(Some(deadline.left()?)).map_err(failure)?;
                connection.send_packed_command(bytes).map_err(failure)
            }
        }
    }

    /// Waits for the next reply (or, after a subscription, message).
    pub(super) fn receive(&mut self, deadline: &Deadline) -> Result<Value, Failure> {
        let value = match &mut self.0 {
            Kind::Plain { socket, parser } => parser.parse_value(Bounded { socket, deadline }),
            #[cfg(feature = "tls")]
            Kind::Tls(connection) => {
                connection.set_read_timeout(Some(deadline.left()?)).map_err(failure)?;
                connection.recv_response()
            }
        };
        match value.map_err(failure)? {
            Value::ServerError(error) => Err(Failure::Server {
                code: error.code().to_string(),
                detail: without_place(error.details().unwrap_or_default()).to_string(),
            }),
            value => Ok(value),
        }
    }

    /// Whether [`Wire::replies`] can read here.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.0, Kind::Plain { .. })
    }

    /// The replies to come, read in place; `None` where the client library owns the connection.
    pub(super) fn replies<'a>(&'a mut self, deadline: &'a Deadline) -> Option<Replies<'a>> {
        match &mut self.0 {
            Kind::Plain { socket, .. } => Some(Replies::of(Bounded { socket, deadline })),
            #[cfg(feature = "tls")]
            Kind::Tls(_) => None,
        }
    }

    /// A second hold on the socket, by which another thread can end a read.
    pub(super) fn hold(&self) -> Option<Socket> {
        match &self.0 {
            Kind::Plain { socket, .. } => socket.try_clone().ok(),
            #[cfg(feature = "tls")]
            Kind::Tls(_) => None,
        }
    }
}

/// An error without the line of the script where it arose: one failure that moves on by a line is not another.
fn without_place(detail: &str) -> &str {
    detail.split_once(" script: ").map_or(detail, |(what, _)| what)
}

/// The client library's own introduction is left out: it waits for each of its replies anew.
#[cfg(feature = "tls")]
fn connect_tls(
    target: &::redis::ConnectionAddr,
    deadline: &Deadline,
) -> Result<::redis::Connection, Failure> {
    use ::redis::IntoConnectionInfo;
    let silent = ::redis::RedisConnectionInfo::default().set_skip_set_lib_name();
    let info = target.clone().into_connection_info().map_err(failure)?.set_redis_settings(silent);
    let client = ::redis::Client::open(info).map_err(failure)?;
    client.get_connection_with_timeout(deadline.left()?).map_err(failure)
}

#[allow(clippy::needless_pass_by_value)] // a shape for map_err
fn failure(error: RedisError) -> Failure {
    let kind = if error.is_timeout() {
        io::ErrorKind::TimedOut
    } else if error.is_connection_dropped() {
        io::ErrorKind::UnexpectedEof
    } else if error.is_io_error() {
        io::ErrorKind::Other
    } else {
        return Failure::Reply(error.to_string());
    };
    Failure::Io(io::Error::new(kind, error.to_string()))
}
