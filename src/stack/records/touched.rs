//! Which session rows a gap touches: those whose grading it fell into.

use crate::calendar::Calendar;
use crate::config::{Config, EXCEL_POLLER, INTRADAY_METRICS, MARKET_OPEN_GRADER, QUOTE_SUBSCRIBER};
use crate::ledger::{Gap, GapReason, Ledger, LedgerError, RowId, SessionFilter, StoredSession};
use crate::rules::grading::EvaluationWindow;
use crate::value::Market;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::time::Duration;

/// How far back rows are looked for that may still wait for their grade: a session lasts less than a day, and its
/// local date is at most one off.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(48);

/// Rows that wait longer (`grader.evaluation_window`) are looked for this far back.
const FARTHEST: SignedDuration = SignedDuration::from_hours(31 * 24);

/// More rows than there are in that time.
const ROWS: usize = 10_000;

/// Whether prices, or the grades, highs and lows made from them, were missing in `gap`. A bus that is down is such a gap
/// only where it fills the board, which workers read.
fn takes_prices(gap: &Gap) -> bool {
    match gap.reason {
        GapReason::Error | GapReason::Panic | GapReason::Hang | GapReason::Spawn => {
            let who = gap.supervisor.as_deref();
            [EXCEL_POLLER, QUOTE_SUBSCRIBER, MARKET_OPEN_GRADER, INTRADAY_METRICS]
                .into_iter()
                .any(|name| who == Some(name))
        }
        GapReason::WorkbookStale | GapReason::ProcessDown | GapReason::Suspend => true,
        GapReason::BusDown => gap.supervisor.as_deref() == Some(QUOTE_SUBSCRIBER),
    }
}

/// What to note in the rows that `gap` touches, as far as was known at `as_of`: one that went on then may have ended
/// before a row that was captured since.
pub(super) fn notes(
    gap: &Gap,
    ledger: &dyn Ledger,
    calendar: &Calendar,
    config: &Config,
    as_of: Timestamp,
) -> Result<Vec<(RowId, String)>, LedgerError> {
    if !takes_prices(gap) {
        return Ok(Vec::new());
    }
    let evaluation = config.grader.evaluation_window;
    let from = gap.started_at.checked_sub(look_back(evaluation)).unwrap_or(gap.started_at);
    let filter = SessionFilter { from: Some(utc_date(from)), ..SessionFilter::default() };
    let rows = ledger.sessions(&filter, None, ROWS)?;
    let is_of_closes = gap.supervisor.as_deref() == Some(INTRADAY_METRICS);
    let known = Gap { ended_at: gap.ended_at.or(Some(as_of)), ..gap.clone() };
    let is_touched = |stored: &&StoredSession| {
        let window = window(stored, calendar, evaluation, as_of).map(|(from, graded)| {
            let close = || close_of(calendar, stored).unwrap_or(as_of);
            (from, if is_of_closes { close() } else { graded })
        });
        window.is_some_and(|(from, to)| known.overlaps(from, to))
    };
    Ok(rows.iter().filter(is_touched).map(|stored| (stored.id, gap.note())).collect())
}

fn look_back(evaluation: EvaluationWindow) -> SignedDuration {
    let longest = match evaluation {
        EvaluationWindow::Session => Duration::ZERO,
        EvaluationWindow::For(duration) => duration,
        EvaluationWindow::Off => Duration::MAX,
    };
    SignedDuration::try_from(longest).unwrap_or(SignedDuration::MAX).clamp(LOOK_BACK, FARTHEST)
}

/// From the capture of a row to its grade, or to when it is given up; `None` for one that trades nothing.
fn window(
    stored: &StoredSession,
    calendar: &Calendar,
    evaluation: EvaluationWindow,
    now: Timestamp,
) -> Option<(Timestamp, Timestamp)> {
    let row = &stored.row;
    row.trade.entry_price?;
    let end = || evaluation.end(row.id.captured_at, close_of(calendar, stored)).unwrap_or(now);
    Some((row.id.captured_at, row.trade.target_hit_at.unwrap_or_else(end)))
}

fn close_of(calendar: &Calendar, stored: &StoredSession) -> Option<Timestamp> {
    let id = &stored.row.id;
    let market = Market::all().find(|market| market.name() == id.country)?;
    let date =
        Date::new(id.year.try_into().ok()?, id.month.try_into().ok()?, id.date.try_into().ok()?).ok()?;
    Some(calendar.session_on(market, date).ok()??.close)
}

fn utc_date(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}
