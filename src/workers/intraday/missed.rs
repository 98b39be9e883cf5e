//! Closes that were missed, made up for from the last quote known before them.

use super::day::{is_ours, priced_as, update};
use crate::calendar::Calendar;
use crate::ledger::{Ledger, LedgerError, MarketUpdate, StoredSession};
use crate::rules::intraday::close_late;
use crate::rules::vwap::minute_of;
use crate::value::{Market, Price};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// How far back missed closes are looked for: longer than any holidays, so that what is open beyond is open on purpose
/// (`enable_close_capture` was off).
const LOOK_BACK_DAYS: i64 = 30;

/// A minute's record is its latest, so it is counted as of its end.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// The updates that close the rows of `market` whose sessions were over at `now`. A row always has a price to close
/// from: the ledger calls those unclosed that have an open.
pub(super) fn closes(
    ledger: &dyn Ledger,
    calendar: &Calendar,
    market: Market,
    now: Timestamp,
) -> Result<Vec<MarketUpdate>, LedgerError> {
    let since = calendar.date_at(market, now).saturating_sub(LOOK_BACK_DAYS.days());
    let mut updates = Vec::new();
    for mut stored in ledger.unclosed(market.name(), since)?.into_iter().filter(is_ours) {
        let Some(close) = close_of(calendar, market, &stored).filter(|close| *close <= now) else { continue };
        if let Some((price, seen_at)) = last_known(ledger, &stored, close)? {
            close_late(&mut stored.row, price, seen_at);
            updates.push(update(&stored));
        }
    }
    Ok(updates)
}

fn close_of(calendar: &Calendar, market: Market, stored: &StoredSession) -> Option<Timestamp> {
    let id = &stored.row.id;
    let date =
        Date::new(id.year.try_into().ok()?, id.month.try_into().ok()?, id.date.try_into().ok()?).ok()?;
    Some(calendar.session_on(market, date).ok()??.close)
}

/// The last price known from the capture on and before `close`, and when it was known: of the VWAP minutes; of the
/// extremes, which check futures without a volume too; or that of the capture itself, whichever is the latest.
fn last_known(
    ledger: &dyn Ledger,
    stored: &StoredSession,
    close: Timestamp,
) -> Result<Option<(Price, Timestamp)>, LedgerError> {
    let (future, captured_at) = (priced_as(stored), stored.row.id.captured_at);
    let from = minute_of(captured_at);
    let minute = ledger.minutes(future, from, close)?.pop().filter(|minute| from <= minute.at);
    let minute = minute.map(|it| (it.at.checked_add(MINUTE).unwrap_or(it.at), it.last, it.at));
    let states = ledger.extremes()?.into_iter().filter(|state| state.future == future);
    let checked = states.filter_map(|state| state.last).find(|(_, at)| captured_at <= *at && *at < close);
    let checked = checked.map(|(price, at)| (at, price, at));
    let captured = stored.row.book.last_price.or(stored.row.market.market_open);
    let captured = captured.map(|price| (captured_at, price, captured_at));
    let known = [minute, checked, captured].into_iter().flatten().max_by_key(|(until, ..)| *until);
    Ok(known.map(|(_, price, seen_at)| (price, seen_at)))
}
