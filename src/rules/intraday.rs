//! A row's way from the market's open to its close.

use super::metrics::{change, difference};
use crate::value::{OpenToClose, Percent, Price, SessionRow};
use jiff::Timestamp;

/// The metrics at capture: the open is the last price then, and so far the high and the low.
#[must_use]
pub fn opened(last: Option<Price>) -> OpenToClose {
    let fresh = OpenToClose { market_open: last, ..OpenToClose::default() };
    last.map_or_else(OpenToClose::default, |last| observed(&fresh, last))
}

/// The metrics after a last price of `last` in the open market. A row captured without a last price keeps its open
/// absent, and what is measured from it.
#[must_use]
pub fn observed(before: &OpenToClose, last: Price) -> OpenToClose {
    let high = before.market_high_open.map_or(last, |high| high.max(last));
    let low = before.market_low_open.map_or(last, |low| low.min(last));
    OpenToClose {
        market_high_open: Some(high),
        market_high_pct_open: change(before.market_open, Some(high), before.market_open),
        market_low_open: Some(low),
        market_low_pct_open: change(Some(low), Some(last), Some(low)),
        ..before.clone()
    }
}

/// The metrics after last prices between `high` and `low`, the latest of them `last`: as after each of them by itself, but
/// the percentages, which only need the end, are computed once.
#[must_use]
pub fn swung(before: &OpenToClose, high: Price, low: Price, last: Price) -> OpenToClose {
    let high = before.market_high_open.map_or(high, |known| known.max(high));
    let low = before.market_low_open.map_or(low, |known| known.min(low));
    let swung = OpenToClose { market_high_open: Some(high), market_low_open: Some(low), ..before.clone() };
    observed(&swung, last)
}

/// The metrics at the close, `close` being the last price of the session. It counts for the high and the low too.
#[must_use]
pub fn closed(before: &OpenToClose, close: Price) -> OpenToClose {
    let market = observed(before, close);
    let (open, high, low) = (market.market_open, market.market_high_open, market.market_low_open);
    let close = Some(close);
    OpenToClose {
        market_close: close,
        market_high_pct_close: not_below_zero(change(close, high, high)),
        market_low_pct_close: not_below_zero(change(low, close, low)),
        market_close_vs_open_pct: change(open, close, open),
        market_range: difference(high, low),
        market_range_pct: change(low, high, open),
        ..market
    }
}

/// Closes `row` from `close`, the last price known before the close, seen at `seen_at`, because the close itself was
/// missed; the row says so in `data_gap`.
pub fn close_late(row: &mut SessionRow, close: Price, seen_at: Timestamp) {
    row.market = closed(&row.market, close);
    note_gap(row, &format!("close missed, taken from the last quote before it at {seen_at}"));
}

/// Notes that nobody saw the prices of `row` from `from` to `to`: a high or low, or the first touch of an exit, may have
/// been there.
pub fn note_unseen(row: &mut SessionRow, from: Timestamp, to: Timestamp) {
    note_gap(row, &format!("prices from {from} to {to} were not seen"));
}

/// Adds `gap` to what `row` says was missing; once.
pub fn note_gap(row: &mut SessionRow, gap: &str) {
    row.record.data_gap = Some(merged_gaps(row.record.data_gap.as_deref(), gap));
}

/// What was missing by `known` and by `news` together: pieces parted by `; `, each said once. A piece that was open
/// (`… from T on`) gets the end that the other knows (`… from T to U`).
#[must_use]
pub fn merged_gaps(known: Option<&str>, news: &str) -> String {
    let mut pieces: Vec<&str> = known.map(|known| known.split("; ").collect()).unwrap_or_default();
    for piece in news.split("; ") {
        match pieces.iter_mut().find(|known| is_same_gap(known, piece)) {
            Some(known) if known.ends_with(GOES_ON) => *known = piece,
            Some(_) => {}
            None => pieces.push(piece),
        }
    }
    pieces.join("; ")
}

/// How the note of a gap ends that is not over.
const GOES_ON: &str = " on";

/// Whether two pieces are the same, or one of them goes on where the other knows the end.
fn is_same_gap(one: &str, other: &str) -> bool {
    let goes_on = |open: &str, ended: &str| {
        open.strip_suffix(GOES_ON)
            .and_then(|start| ended.strip_prefix(start))
            .is_some_and(|end| end.starts_with(" to "))
    };
    one == other || goes_on(one, other) || goes_on(other, one)
}

fn not_below_zero(percent: Option<Percent>) -> Option<Percent> {
    percent.map(|percent| percent.max(Percent::ZERO))
}
