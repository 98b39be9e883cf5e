//! The metrics that a session row takes from one quote (domain.md section 5, "Row metrics").

use crate::value::{Book, Day24, Percent, Price, Quote, Weeks52};

/// The book of `quote`.
#[must_use]
pub fn book(quote: &Quote) -> Book {
    Book {
        bid_price: quote.bid,
        bid_size: quote.bid_size,
        last_price: quote.last,
        spread: difference(quote.ask, quote.bid),
        ask_price: quote.ask,
        ask_size: quote.ask_size,
        volume: quote.volume,
    }
}

/// The 24 hours of `quote`.
#[must_use]
pub fn day24(quote: &Quote) -> Day24 {
    Day24 {
        prev_close_24h: quote.close,
        open_price_24h: quote.open,
        open_prev_diff_24h: difference(quote.open, quote.close),
        open_prev_pct_24h: change(quote.close, quote.open, quote.close),
        low_24h: quote.low,
        high_24h: quote.high,
        range_diff_24h: difference(quote.high, quote.low),
        range_pct_24h: change(quote.low, quote.high, quote.close),
    }
}

/// The place of `last` between a 52-week `low` and `high`.
#[must_use]
pub fn weeks52(last: Option<Price>, low: Option<Price>, high: Option<Price>) -> Weeks52 {
    Weeks52 {
        low_52w: low,
        low_pct_52w: change(low, last, last),
        high_52w: high,
        high_pct_52w: change(last, high, last),
        range_52w: difference(high, low),
        range_pct_52w: change(low, high, last),
    }
}

/// `a − b`; absent if either is.
#[must_use]
pub fn difference(a: Option<Price>, b: Option<Price>) -> Option<Price> {
    a?.checked_sub(b?)
}

/// `(to − from) / by` as a percentage; absent if a term is, or `by` is 0.
#[must_use]
pub fn change(from: Option<Price>, to: Option<Price>, by: Option<Price>) -> Option<Percent> {
    Percent::of(to?.decimal().checked_sub(from?.decimal())?, by?.decimal())
}
