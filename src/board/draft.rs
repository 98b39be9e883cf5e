//! The board's next snapshot in the making: which quotes it holds, and which of them are changes.

use super::{BoardQuote, ForeignQuote};
use jiff::Timestamp;
use std::sync::Arc;

/// The next snapshot in the making.
pub(super) struct Draft<'a> {
    last_seq: &'a mut u64,
    pub(super) quotes: Vec<Arc<BoardQuote>>,
    pub(super) changed: Vec<Arc<BoardQuote>>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(last_seq: &'a mut u64, capacity: usize) -> Draft<'a> {
        Draft { last_seq, quotes: Vec::with_capacity(capacity), changed: Vec::new() }
    }

    /// The same field values as before. Only a turn of `stale` makes it a change, with a new sequence number unless
    /// the quote came from elsewhere: a number of ours could be above those that its publisher gives next.
    pub(super) fn keep(&mut self, known: &Arc<BoardQuote>, stale: bool, last_loaded: Option<Timestamp>) {
        if known.stale != stale {
            let turned = BoardQuote { stale, last_loaded, ..BoardQuote::clone(known) };
            if known.foreign.is_some() { self.push_changed(turned) } else { self.change(turned) }
        } else if known.last_loaded == last_loaded {
            self.quotes.push(Arc::clone(known));
        } else {
            self.quotes.push(Arc::new(BoardQuote { last_loaded, ..BoardQuote::clone(known) }));
        }
    }

    pub(super) fn change(&mut self, quote: BoardQuote) {
        *self.last_seq = self.last_seq.saturating_add(1);
        self.push_changed(BoardQuote { seq: *self.last_seq, ..quote });
    }

    /// A quote from elsewhere keeps the sequence number that it was published under; ours go on above it.
    pub(super) fn adopt(
        &mut self,
        foreign: &ForeignQuote,
        known: Option<&Arc<BoardQuote>>,
        stood_since: Option<Timestamp>,
        now: Timestamp,
    ) {
        let same = known.filter(|known| known.quote == foreign.quote);
        *self.last_seq = foreign.seq.max(*self.last_seq);
        let quote = BoardQuote {
            quote: Arc::clone(&foreign.quote),
            seq: foreign.seq,
            seen_at: same.map_or(now, |known| known.seen_at),
            unchanged_since: same
                .map(|known| known.unchanged_since)
                .or(stood_since)
                .unwrap_or(foreign.saved_at),
            stale: foreign.stale,
            last_loaded: Some(foreign.saved_at),
            foreign: Some(foreign.stale),
        };
        if same.is_some_and(|known| known.stale == quote.stale) {
            self.quotes.push(Arc::new(quote));
        } else {
            self.push_changed(quote);
        }
    }

    fn push_changed(&mut self, quote: BoardQuote) {
        let quote = Arc::new(quote);
        self.quotes.push(Arc::clone(&quote));
        self.changed.push(quote);
    }
}

/// `known` as a quote of this process's own sheet.
pub(super) fn own(known: &Arc<BoardQuote>) -> Arc<BoardQuote> {
    if known.foreign.is_none() {
        return Arc::clone(known);
    }
    Arc::new(BoardQuote { foreign: None, ..BoardQuote::clone(known) })
}
