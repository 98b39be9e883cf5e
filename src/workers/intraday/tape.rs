//! A future's recent minutes, as the ledger has them.

use crate::ledger::{Ledger, LedgerError};
use crate::rules::vwap::{Minute, rolling};
use crate::value::Price;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// The minutes of a rolling window and the one before it, which its first volume is counted from.
pub(super) struct Tape {
    window: Duration,
    minutes: Vec<Minute>,
}

impl Tape {
    pub(super) fn load(
        ledger: &dyn Ledger,
        future: &str,
        as_of: Timestamp,
        window: Duration,
    ) -> Result<Tape, LedgerError> {
        let minutes = ledger.minutes(future, start(as_of, window), as_of)?;
        Ok(Tape { window, minutes })
    }

    /// Whether it holds a minute later than `at`.
    pub(super) fn is_ahead_of(&self, at: Timestamp) -> bool {
        self.minutes.last().is_some_and(|latest| at < latest.at)
    }

    /// Takes the latest of a minute; says whether that is news.
    pub(super) fn record(&mut self, minute: Minute) -> bool {
        let place = self.minutes.partition_point(|known| known.at < minute.at);
        match self.minutes.get_mut(place) {
            Some(known) if *known == minute => false,
            Some(known) if known.at == minute.at => {
                *known = minute;
                true
            }
            _ => {
                self.minutes.insert(place, minute);
                self.trim(minute.at);
                true
            }
        }
    }

    /// The VWAP of the window before `as_of`.
    pub(super) fn vwap(&self, as_of: Timestamp) -> Option<Price> {
        rolling(&self.minutes, as_of, self.window)
    }

    fn trim(&mut self, as_of: Timestamp) {
        let from = start(as_of, self.window);
        let first = self.minutes.partition_point(|minute| minute.at < from);
        self.minutes.drain(..first.saturating_sub(1));
    }
}

fn start(as_of: Timestamp, window: Duration) -> Timestamp {
    let window = SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX);
    as_of.checked_sub(window).unwrap_or(Timestamp::MIN)
}
