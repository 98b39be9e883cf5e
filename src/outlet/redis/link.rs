//! The way to the server: connects when there is something to send, and waits longer after each failure.

use super::address::Address;
use super::deadline::Deadline;
use super::failure::Failure;
use super::wire::Wire;
use crate::config::{BusConfig, BusUrl};
use crate::fault::edge;
use crate::outlet::OutletError;
use crate::supervise::{Clock, Mono, SystemClock};
use std::time::Duration;

/// The wait before connecting anew, doubling from the first to the longest (feed.md, Redis 4).
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A connection that comes back. There is no thread behind it: whoever sends next connects.
pub(super) struct Link {
    address: Address,
    connect_timeout: Duration,
    /// How long each answer to the introduction may take.
    answer: Duration,
    wire: Option<Wire>,
    clock: SystemClock,
    wait: Duration,
    not_before: Mono,
    last_error: Option<String>,
}

impl Link {
    pub(super) fn new(config: &BusConfig) -> Result<Link, OutletError> {
        let BusUrl::Redis(url) = &config.url else {
            return Err(OutletError::Failed(
                "bus.url is \"local\": there is no Redis server to talk to".into(),
            ));
        };
        Ok(Link {
            address: Address::parse(url)?,
            connect_timeout: config.connect_timeout,
            answer: config.timeout,
            wire: None,
            clock: SystemClock::new(),
            wait: FIRST_WAIT,
            not_before: Mono::default(),
            last_error: None,
        })
    }

    /// For those whom nobody waits for: an answer may take as long as connecting.
    pub(super) fn patient(self) -> Link {
        Link { answer: self.answer.max(self.connect_timeout), ..self }
    }

    pub(super) fn url(&self) -> &str {
        &self.address.shown
    }

    pub(super) fn is_connected(&self) -> bool {
        self.wire.is_some()
    }

    /// How long connecting may take.
    pub(super) fn connect_deadline(&self) -> Deadline {
        Deadline::after(self.connect_timeout)
    }

    /// The connection, made anew by `deadline` if there is none.
    ///
    /// # Errors
    /// At once, with the last failure's text, before the wait after it is over.
    pub(super) fn connected(&mut self, deadline: &Deadline) -> Result<&mut Wire, OutletError> {
        if self.wire.is_none() {
            self.connect(deadline)?;
        }
        let shown = &self.address.shown;
        self.wire.as_mut().ok_or_else(|| OutletError::Failed(format!("{shown}: not connected")))
    }

    /// How long until the next attempt to connect is made.
    pub(super) fn retry_after(&self) -> Duration {
        if self.wire.is_some() { Duration::ZERO } else { self.not_before.since(self.clock.mono()) }
    }

    /// The connection there is.
    pub(super) fn wire(&mut self) -> Result<&mut Wire, Failure> {
        self.wire.as_mut().ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotConnected).into())
    }

    fn connect(&mut self, deadline: &Deadline) -> Result<(), OutletError> {
        if let Some(last_error) = self.last_error.clone().filter(|_| self.clock.mono() < self.not_before) {
            return Err(OutletError::Failed(last_error));
        }
        edge!("bus.connect.before", |fault| self.broke(&fault.into()));
        match Wire::connect(&self.address, deadline, self.answer) {
            Ok(wire) => {
                self.wire = Some(wire);
                Ok(())
            }
            Err(failure) => Err(self.broke(&failure)),
        }
    }

    /// Drops the connection after `failure` and starts the wait.
    pub(super) fn broke(&mut self, failure: &Failure) -> OutletError {
        self.wire = None;
        self.not_before = self.clock.mono().plus(self.wait);
        self.wait = LONGEST_WAIT.min(self.wait * 2);
        let error = self.address.error(failure);
        self.last_error = Some(error.to_string());
        error
    }

    /// Drops a connection that is out of step without fault of the server's: the next exchange makes another at once.
    pub(super) fn hang_up(&mut self) {
        self.wire = None;
    }

    /// An exchange succeeded: the next failure starts with the shortest wait again.
    pub(super) fn worked(&mut self) {
        self.wait = FIRST_WAIT;
        self.last_error = None;
    }
}
