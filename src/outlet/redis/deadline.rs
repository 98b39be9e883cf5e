//! The bound of one exchange, however many reads and writes it takes.

use crate::supervise::{Clock, SystemClock};
use std::io;
use std::time::Duration;

/// A point in time after which an exchange is given up. Real time, whatever clock the stack runs on: sockets know
/// no other.
pub(super) struct Deadline {
    clock: SystemClock,
    limit: Duration,
}

impl Deadline {
    pub(super) fn after(limit: Duration) -> Deadline {
        Deadline { clock: SystemClock::new(), limit }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.clock.mono().0
    }

    /// The time left, never zero: sockets refuse a timeout of zero.
    ///
    /// # Errors
    /// `TimedOut` when none is left.
    pub(super) fn left(&self) -> io::Result<Duration> {
        match self.limit.checked_sub(self.elapsed()) {
            Some(left) if !left.is_zero() => Ok(left),
            _ => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}
