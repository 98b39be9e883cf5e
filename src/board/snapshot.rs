//! What the board knows at one moment, for its readers.

use crate::rules::age;
use crate::value::{Quote, Symbol};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// A quote as the board holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardQuote {
    /// The row.
    pub quote: Arc<Quote>,
    /// Given anew with every change of a field or of [`BoardQuote::stale`]; increases, across restarts too. A quote
    /// from elsewhere keeps the number under which it was published, so that the next from there is known as later.
    pub seq: u64,
    /// When the stack first saw these field values.
    pub seen_at: Timestamp,
    /// The save since which no field of the row has changed.
    pub unchanged_since: Timestamp,
    /// Whether the quote's age passed the board's `stale_after`.
    pub stale: bool,
    /// The last verified save in which the row was loaded, changed or not; `None`: the board's latest save.
    pub(super) last_loaded: Option<Timestamp>,
    /// For a quote from elsewhere: whether its publisher marked it stale.
    pub(super) foreign: Option<bool>,
}

/// Everything that the board knows at one moment; immutable, so a reader never sees half a save.
#[derive(Debug, Clone, Default)]
pub struct BoardSnapshot {
    /// The last verified save, if there was one.
    pub saved_at: Option<Timestamp>,
    /// When the stack saw that save.
    pub seen_at: Option<Timestamp>,
    /// Symbols that stand on the sheet and are not loaded.
    pub not_loaded: Arc<[Symbol]>,
    pub(super) quotes: Arc<[Arc<BoardQuote>]>,
    pub(super) index: Arc<HashMap<Symbol, usize>>,
}

impl BoardSnapshot {
    /// The quotes, in sheet order.
    #[must_use]
    pub fn quotes(&self) -> &[Arc<BoardQuote>] {
        &self.quotes
    }

    /// The quote of `symbol`.
    #[must_use]
    pub fn get(&self, symbol: &Symbol) -> Option<&Arc<BoardQuote>> {
        self.index.get(symbol).and_then(|at| self.quotes.get(*at))
    }

    /// The same, which most likely stands at `place`: rows seldom move.
    pub(super) fn find(&self, symbol: &Symbol, place: usize) -> Option<&Arc<BoardQuote>> {
        let likely = self.quotes.get(place).filter(|known| known.quote.symbol == *symbol);
        likely.or_else(|| self.get(symbol))
    }

    /// The last verified save in which `quote`'s row was loaded, changed or not.
    #[must_use]
    pub fn saved_at(&self, quote: &BoardQuote) -> Timestamp {
        quote.last_loaded.or(self.saved_at).unwrap_or(quote.unchanged_since)
    }

    /// Whether the latest save is older than `stale_after` at `now`, or there was none.
    #[must_use]
    pub fn is_stale(&self, stale_after: Duration, now: Timestamp) -> bool {
        self.saved_at.is_none_or(|saved_at| age(saved_at, now) > stale_after)
    }

    /// The age of `quote` at `now` (domain.md section 4).
    #[must_use]
    pub fn age(&self, quote: &BoardQuote, now: Timestamp) -> Duration {
        age(self.saved_at(quote), now)
    }
}
