//! The client's side: asks the stack of a home, and never waits for ever.

use super::protocol::{self, MAX_ANSWER, Refusal, Reply, Request};
use crate::instance::{self, Holder, LockError};
use crate::os::channel::{self, Interest, Stream};
use crate::supervise::{Clock, Mono, SystemClock};
use serde_json::Value;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long connecting may take: a stack that lives answers in well under a millisecond.
const CONNECT_TIME: Duration = Duration::from_secs(2);

/// How often a full queue is tried again.
const QUEUE_STEP: Duration = Duration::from_millis(2);

/// How many bytes are read at once.
const CHUNK: usize = 16 * 1024;

/// A connection to the stack of a home.
#[derive(Debug)]
pub struct Client {
    home: PathBuf,
    stream: Stream,
    clock: Watch,
    received: Vec<u8>,
}

/// Why a stack could not be asked, or did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No process holds the home.
    #[error("no stack is running in home {}: start one with `thor-stack start`", home.display())]
    NotRunning {
        /// The home.
        home: PathBuf,
    },
    /// A process holds the home and has no control channel: it is starting, stopping or stuck.
    #[error("{holder} holds home {} and does not listen: try again, or see its log", home.display())]
    NotListening {
        /// The home.
        home: PathBuf,
        /// Who holds it.
        holder: Holder,
    },
    /// No answer in time.
    #[error("the stack of home {} has not answered within {timeout:?}: allow more with --timeout, or see its log", home.display())]
    TimedOut {
        /// The home.
        home: PathBuf,
        /// The time it was given.
        timeout: Duration,
    },
    /// It hung up before it answered.
    #[error("the stack of home {} hung up: it may have stopped; see its status", home.display())]
    HungUp {
        /// The home.
        home: PathBuf,
    },
    /// It said what this program does not understand.
    #[error("the stack of home {} answered something else than control messages: use its own version of thor-stack", home.display())]
    Garbled {
        /// The home.
        home: PathBuf,
    },
    /// The stack refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The home cannot be looked at.
    #[error(transparent)]
    Home(#[from] LockError),
    /// The system failed.
    #[error("talking to the stack of home {}", home.display())]
    System {
        /// The home.
        home: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl Client {
    /// Connects to the stack of `home`, within 2 s.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`] when nobody holds the home, else what kept it.
    pub fn connect(home: &Path) -> Result<Client, ClientError> {
        // The lock tells, never the socket, where that may outlive its process.
        if channel::OUTLIVES_ITS_PROCESS && instance::holder(home)?.is_none() {
            return Err(ClientError::NotRunning { home: home.to_owned() });
        }
        let clock = Watch(SystemClock::new());
        let deadline = clock.0.mono().plus(CONNECT_TIME);
        loop {
            let left = deadline.since(clock.0.mono());
            match channel::connect(home, left) {
                Ok(stream) => {
                    return Ok(Client { home: home.to_owned(), stream, clock, received: Vec::new() });
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && !left.is_zero() => {
                    clock.pause(QUEUE_STEP.min(left));
                }
                Err(error) => return Err(unreachable(home, error)),
            }
        }
    }

    /// Asks, and waits for the answer for at most `timeout`. After an error the connection is of no more use. The
    /// server keeps an idle connection for 2 s.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the stack's own words, or what kept the answer.
    pub fn request(&mut self, request: &Request, timeout: Duration) -> Result<Value, ClientError> {
        let wait = Wait { deadline: self.clock.0.mono().plus(timeout), timeout };
        self.send(request, wait)?;
        match self.receive(wait)? {
            Reply::Ok(value) => Ok(value),
            Reply::Error(refusal) => Err(refusal.into()),
            Reply::Update(_) => Err(ClientError::Garbled { home: self.home.clone() }),
        }
    }

    /// Follows the quotes of `symbols` (none: all) as they change.
    ///
    /// # Errors
    /// What kept the request; a refusal comes with the first [`Follower::next`].
    pub fn follow(mut self, symbols: Vec<String>, timeout: Duration) -> Result<Follower, ClientError> {
        let wait = Wait { deadline: self.clock.0.mono().plus(timeout), timeout };
        self.send(&Request::Follow { symbols }, wait)?;
        Ok(Follower(self))
    }

    fn send(&mut self, request: &Request, wait: Wait) -> Result<(), ClientError> {
        let line = protocol::encode_request(request).map_err(|error| self.failed(error.into()))?;
        let mut rest = line.as_slice();
        while !rest.is_empty() {
            match (&self.stream).write(rest) {
                Ok(n) => rest = rest.get(n..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(Interest::Write, wait)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A server that hangs up in the middle has said why: the answer is still to be read.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(())
    }

    fn receive(&mut self, wait: Wait) -> Result<Reply, ClientError> {
        let mut chunk = [0; CHUNK];
        loop {
            if let Some(line) = self.take_line() {
                let garbled = || ClientError::Garbled { home: self.home.clone() };
                return protocol::decode_reply(&line).ok_or_else(garbled);
            }
            if self.received.len() > MAX_ANSWER {
                return Err(ClientError::Garbled { home: self.home.clone() });
            }
            match (&self.stream).read(&mut chunk) {
                Ok(0) => return Err(ClientError::HungUp { home: self.home.clone() }),
                Ok(n) => self.received.extend_from_slice(chunk.get(..n).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(Interest::Read, wait)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn take_line(&mut self) -> Option<Vec<u8>> {
        let end = self.received.iter().position(|byte| *byte == b'\n')?;
        let rest = self.received.split_off(end + 1);
        Some(std::mem::replace(&mut self.received, rest))
    }

    fn wait(&self, interest: Interest, wait: Wait) -> Result<(), ClientError> {
        let left = wait.deadline.since(self.clock.0.mono());
        if left.is_zero() {
            return Err(self.silent(wait.timeout));
        }
        channel::wait_for(&self.stream, interest, left).map_err(|error| self.failed(error))
    }

    /// A stack that died meanwhile holds its home no more.
    fn silent(&self, timeout: Duration) -> ClientError {
        let home = self.home.clone();
        match instance::holder(&home) {
            Ok(None) => ClientError::NotRunning { home },
            _ => ClientError::TimedOut { home, timeout },
        }
    }

    fn failed(&self, source: io::Error) -> ClientError {
        let home = self.home.clone();
        match source.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => ClientError::HungUp { home },
            _ => ClientError::System { home, source },
        }
    }
}

/// Quotes as they change.
#[derive(Debug)]
pub struct Follower(Client);

impl Follower {
    /// The next change; `None`: nothing changed within `timeout`.
    ///
    /// # Errors
    /// [`ClientError::HungUp`] when the stack has stopped, and what else ends following.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<Value>, ClientError> {
        let wait = Wait { deadline: self.0.clock.0.mono().plus(timeout), timeout };
        match self.0.receive(wait) {
            Ok(Reply::Update(value) | Reply::Ok(value)) => Ok(Some(value)),
            Ok(Reply::Error(refusal)) => Err(refusal.into()),
            Err(ClientError::TimedOut { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Wait {
    deadline: Mono,
    timeout: Duration,
}

struct Watch(SystemClock);

impl Watch {
    fn pause(&self, duration: Duration) {
        // A timer fires once and never disconnects.
        self.0.timer(self.0.mono().plus(duration)).recv().ok();
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

/// What it means that there is nothing to connect to.
fn unreachable(home: &Path, error: io::Error) -> ClientError {
    let home = home.to_owned();
    match instance::holder(&home) {
        Err(error) => ClientError::Home(error),
        Ok(None) => ClientError::NotRunning { home },
        Ok(Some(holder)) => match error.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::WouldBlock
            | io::ErrorKind::TimedOut => ClientError::NotListening { home, holder },
            _ => ClientError::System { home, source: error },
        },
    }
}
