//! Whether any control market is open.

use crate::rules::elapsed;
use crate::value::TradingSession;
use crate::workers::Floor;
use jiff::Timestamp;

/// The gate; it remembers the session that it found open, so that most questions cost nothing.
#[derive(Default)]
pub(super) struct Gate {
    session: Option<TradingSession>,
    checked_at: Option<Timestamp>,
}

impl Gate {
    /// Whether any watched market is open at `at`. The calendar is asked when the session remembered does not say, and
    /// every `week52.check_interval`, since the user may have closed the market meanwhile.
    pub(super) fn is_open(&mut self, floor: &Floor, at: Timestamp) -> bool {
        let checked = self.checked_at.is_some_and(|checked| {
            checked <= at && elapsed(checked, at) < floor.config.week52.check_interval
        });
        if !checked || !self.session.is_some_and(|session| session.contains(at)) {
            self.checked_at = Some(at);
            self.session = session_at(floor, at);
        }
        self.session.is_some()
    }

    /// When a watched market opens next, as far as that is known.
    pub(super) fn next_open(floor: &Floor, now: Timestamp) -> Option<Timestamp> {
        let calendar = floor.calendar.at(now);
        let opens = floor.markets().filter_map(|(market, _)| calendar.next_session(market, now).ok());
        opens.map(|session| session.open).min()
    }
}

fn session_at(floor: &Floor, at: Timestamp) -> Option<TradingSession> {
    let calendar = floor.calendar.at(at);
    floor.markets().find_map(|(market, _)| calendar.session_at(market, at).ok().flatten())
}
