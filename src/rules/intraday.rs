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

/// Adds `gap` to what `row` says was missing; once.
pub fn note_gap(row: &mut SessionRow, gap: &str) {
    match &mut row.record.data_gap {
        Some(known) if known.split("; ").any(|it| it == gap) => {}
        Some(known) => *known = format!("{known}; {gap}"),
        none => *none = Some(gap.into()),
    }
}

fn not_below_zero(percent: Option<Percent>) -> Option<Percent> {
    percent.map(|percent| percent.max(Percent::ZERO))
}
