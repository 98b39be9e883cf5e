//! When rows stop waiting.

use crate::calendar::Calendar;
use crate::ledger::PendingRow;
use crate::rules::grading::EvaluationWindow;
use crate::value::Market;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::HashMap;
use std::sync::Arc;

/// The closes of one market's sessions.
type ByDate = HashMap<Date, Option<Timestamp>>;

/// The closes of the sessions that rows wait in, each asked for once; quickest for rows that come market by market.
pub(super) struct Closes<'a> {
    calendar: &'a Calendar,
    window: EvaluationWindow,
    markets: Vec<(Arc<str>, ByDate)>,
    /// The place of the market that was asked for last.
    latest: usize,
}

impl<'a> Closes<'a> {
    pub(super) fn new(calendar: &'a Calendar, window: EvaluationWindow) -> Closes<'a> {
        Closes { calendar, window, markets: Vec::new(), latest: 0 }
    }

    /// When `row` stops waiting; `None`: never, or nobody knows.
    pub(super) fn window_end(&mut self, row: &PendingRow) -> Option<Timestamp> {
        let close = if self.window == EvaluationWindow::Session { self.close(row) } else { None };
        self.window.end(row.waiting.captured_at, close)
    }

    fn close(&mut self, row: &PendingRow) -> Option<Timestamp> {
        let calendar = self.calendar;
        let closes = self.of_market(&row.market);
        *closes.entry(row.session_date).or_insert_with(|| close(calendar, row))
    }

    fn of_market(&mut self, market: &Arc<str>) -> &mut ByDate {
        let is_it = |(known, _): &(Arc<str>, _)| Arc::ptr_eq(known, market) || **known == **market;
        if !self.markets.get(self.latest).is_some_and(is_it) {
            self.latest = self.markets.iter().position(is_it).unwrap_or(self.markets.len());
            if self.latest == self.markets.len() {
                self.markets.push((Arc::clone(market), HashMap::new()));
            }
        }
        &mut self.markets[self.latest].1
    }
}

/// When `row`'s session closes; `None` where nobody knows. A session that an override took away after its capture is
/// over.
fn close(calendar: &Calendar, row: &PendingRow) -> Option<Timestamp> {
    let market = Market::all().find(|market| market.name() == &*row.market)?;
    let session = calendar.session_on(market, row.session_date).ok()?;
    Some(session.map_or(row.waiting.captured_at, |session| session.close))
}
