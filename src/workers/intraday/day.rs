//! The rows of one market's session on their way from open to close.

use crate::ledger::{Ledger, LedgerError, MarketUpdate, SessionFilter, StoredSession};
use crate::rules::elapsed;
use crate::rules::grading::TOTAL_TRADES;
use crate::rules::intraday::{close_late, closed, note_unseen, swung};
use crate::value::{OpenToClose, Price, TOTAL, TradingSession};
use crate::workers::fresh::Fresh;
use jiff::Timestamp;
use std::time::Duration;

/// More rows than a capture has.
const ROWS: usize = 1_000;

/// One market's session, and its rows once they are captured.
pub(super) struct Day {
    pub(super) session: TradingSession,
    pub(super) rows: Vec<Followed>,
}

/// A row that is followed.
pub(super) struct Followed {
    stored: StoredSession,
    /// What of it the ledger has.
    written: (OpenToClose, Option<String>),
    last: Option<(Price, Timestamp)>,
    swing: Option<Swing>,
}

/// Where the last price has been since the metrics were computed.
#[derive(Clone, Copy)]
struct Swing {
    high: Price,
    low: Price,
    last: Price,
}

impl Day {
    pub(super) fn new(session: TradingSession) -> Day {
        Day { session, rows: Vec::new() }
    }

    /// Finds the rows of the session's capture; none before it.
    pub(super) fn find_rows(&mut self, ledger: &dyn Ledger) -> Result<(), LedgerError> {
        let (market, date) = (self.session.market.name(), Some(self.session.date));
        if ledger.captured(market, self.session.date)?.is_some() {
            let market = Some(market.into());
            let filter = SessionFilter { market, from: date, to: date, ..SessionFilter::default() };
            let rows = ledger.sessions(&filter, None, ROWS)?;
            let is_open = |row: &StoredSession| is_ours(row) && row.row.market.market_close.is_none();
            self.rows = rows.into_iter().filter(is_open).map(Followed::new).collect();
        }
        Ok(())
    }

    /// Notes in rows that nobody followed from `until` to `now`, where that is longer than `bound`, what that means.
    pub(super) fn note_unseen(&mut self, until: Option<Timestamp>, now: Timestamp, bound: Duration) {
        for row in &mut self.rows {
            let row = &mut row.stored.row;
            let from = until.map_or(row.id.captured_at, |until| until.max(row.id.captured_at));
            if elapsed(from, now) > bound {
                note_unseen(row, from, now);
            }
        }
    }

    /// Takes in the last price of a quote that was fresh at `at`, for the rows that are priced as its future. Counts from
    /// the capture on, and for saves since the open, up to the close.
    pub(super) fn observe(&mut self, fresh: &Fresh<'_>, at: Timestamp) {
        let Some(last) = fresh.quote.last else { return };
        if !self.session.contains(at) || fresh.saved_at < self.session.open {
            return;
        }
        for row in self.rows.iter_mut().filter(|row| row.priced_as() == fresh.future) {
            if row.stored.row.id.captured_at <= at {
                row.observe(last, fresh.saved_at);
            }
        }
    }

    /// Brings the metrics of every row up to its last price: all of them, or where not, those of rows with a new high or
    /// low. Computing the run-up of each price would be work for nobody: it is written at the interval.
    pub(super) fn compute(&mut self, all: bool) {
        self.rows.iter_mut().filter(|row| all || row.has_new_extreme()).for_each(Followed::compute);
    }

    /// Closes the rows whose last price is known, and returns how many of them from a quote that was not fresh any more
    /// at the close (older than `max_age`).
    pub(super) fn close(&mut self, max_age: Duration) -> usize {
        let close = self.session.close;
        self.rows.iter_mut().filter_map(|row| row.close(close, max_age)).filter(|late| *late).count()
    }

    /// What has changed since it was last written: all of it, or where not, only what could not be known again from the
    /// next price.
    pub(super) fn updates(&self, all: bool) -> impl Iterator<Item = MarketUpdate> {
        self.rows.iter().filter(move |row| row.is_news(all)).map(|row| update(&row.stored))
    }

    /// Notes that these updates were written.
    pub(super) fn written(&mut self, all: bool) {
        for row in self.rows.iter_mut().filter(|row| row.is_news(all)) {
            row.written = changing(&row.stored);
        }
    }
}

impl Followed {
    pub(super) fn new(stored: StoredSession) -> Followed {
        Followed { written: changing(&stored), stored, last: None, swing: None }
    }

    /// Whether the row has its close.
    pub(super) fn is_closed(&self) -> bool {
        self.stored.row.market.market_close.is_some()
    }

    fn priced_as(&self) -> &str {
        priced_as(&self.stored)
    }

    fn observe(&mut self, last: Price, saved_at: Timestamp) {
        let moved = self.last.is_none_or(|(known, _)| known != last);
        self.last = Some((last, saved_at));
        self.swing = match self.swing {
            None if moved => Some(Swing { high: last, low: last, last }),
            None => None,
            Some(it) => Some(Swing { high: it.high.max(last), low: it.low.min(last), last }),
        };
    }

    fn has_new_extreme(&self) -> bool {
        let OpenToClose { market_high_open: high, market_low_open: low, .. } = self.stored.row.market;
        self.swing
            .is_some_and(|it| high.is_none_or(|high| high < it.high) || low.is_none_or(|low| it.low < low))
    }

    fn compute(&mut self) {
        if let Some(Swing { high, low, last }) = self.swing.take() {
            let market = &mut self.stored.row.market;
            *market = swung(market, high, low, last);
        }
    }

    /// Whether the ledger lacks anything of the row; unless `all` counts, but the run-up, which each price moves and the
    /// next one tells anew.
    fn is_news(&self, all: bool) -> bool {
        let (written, gap) = &self.written;
        let (market, known_gap) = (&self.stored.row.market, &self.stored.row.record.data_gap);
        let run_up = if all { written.market_low_pct_open } else { market.market_low_pct_open };
        *market != OpenToClose { market_low_pct_open: run_up, ..written.clone() } || known_gap != gap
    }

    /// Whether the close was missed; `None`: it is closed already, or nothing is known to close it from.
    fn close(&mut self, close: Timestamp, max_age: Duration) -> Option<bool> {
        self.compute();
        let row = &mut self.stored.row;
        let (last, saved_at) = self.last.filter(|_| row.market.market_close.is_none())?;
        let late = elapsed(saved_at, close) > max_age;
        if late {
            close_late(row, last, saved_at);
        } else {
            row.market = closed(&row.market, last);
        }
        Some(late)
    }
}

/// The future whose prices a row has: its own, and YM's for TOTAL.
pub(super) fn priced_as(stored: &StoredSession) -> &str {
    match stored.row.id.future.as_str() {
        TOTAL => TOTAL_TRADES,
        future => future,
    }
}

/// What changes of a row while it is followed.
fn changing(stored: &StoredSession) -> (OpenToClose, Option<String>) {
    (stored.row.market.clone(), stored.row.record.data_gap.clone())
}

/// The row as it is to be stored.
pub(super) fn update(stored: &StoredSession) -> MarketUpdate {
    let row = &stored.row;
    MarketUpdate { id: stored.id, market: row.market.clone(), data_gap: row.record.data_gap.clone() }
}

/// Whether this stack captured the row; rows that were imported are history and stay as they are.
pub(super) fn is_ours(stored: &StoredSession) -> bool {
    stored.row.id.capture_group == stored.row.id.session_number
}
