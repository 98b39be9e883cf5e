//! One line of a journal: what one verified save changed.

use crate::board::Update;
use crate::outlet::{PublishedQuote, quote_json};
use crate::value::{Price, Quote, Signal, Symbol};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// What one verified save changed, as a journal holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// When the stack saw it.
    pub at: Timestamp,
    /// When the workbook was saved; never later than `at`.
    pub saved_at: Timestamp,
    /// The rows that changed; all of them if [`Batch::complete`].
    pub quotes: Vec<Arc<Quote>>,
    /// Rows that this save did not confirm: they keep the save that they come from, and age.
    pub not_loaded: Vec<Symbol>,
    /// Symbols that left the sheet.
    pub gone: Vec<Symbol>,
    /// Whether `quotes` names every symbol there is, as a file's first line does.
    pub complete: bool,
}

/// What is written. `not_loaded` is ours: a row without prices is not confirmed by a save that has the others'.
#[derive(Serialize)]
struct Written<'a> {
    at: Timestamp,
    saved_at: Timestamp,
    quotes: Vec<PublishedQuote>,
    gone: &'a [Symbol],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_loaded: Vec<&'a Symbol>,
}

/// What is read: every key but `at` may be missing.
#[derive(Deserialize)]
struct Read<'a> {
    at: Timestamp,
    saved_at: Option<Timestamp>,
    #[serde(default, borrow)]
    quotes: Vec<ReadQuote<'a>>,
    #[serde(default)]
    gone: Vec<Symbol>,
    #[serde(default)]
    not_loaded: Vec<Symbol>,
}

/// The fields of a quote that a replay needs, of which only the symbol is required.
#[derive(Deserialize)]
struct ReadQuote<'a> {
    symbol: Symbol,
    #[serde(default, borrow)]
    instrument_type: Option<Cow<'a, str>>,
    last: Option<Price>,
    bid: Option<Price>,
    ask: Option<Price>,
    open: Option<Price>,
    high: Option<Price>,
    low: Option<Price>,
    close: Option<Price>,
    change: Option<Price>,
    high_52w: Option<Price>,
    low_52w: Option<Price>,
    volume: Option<i64>,
    bid_size: Option<i64>,
    ask_size: Option<i64>,
    weight: Option<Price>,
    signal: Option<Signal>,
}

/// Appends the line of `update` to `text`, with every quote if `complete`. False, and nothing appended, when the update
/// is not of a save (quotes that turned stale).
pub(super) fn write(update: &Update, complete: bool, text: &mut Vec<u8>) -> serde_json::Result<bool> {
    let snapshot = &update.snapshot;
    let (Some(saved_at), Some(seen_at)) = (snapshot.saved_at, snapshot.seen_at) else { return Ok(false) };
    if seen_at != update.at {
        return Ok(false);
    }
    let quotes = if complete { snapshot.quotes() } else { &update.changed };
    let unconfirmed = snapshot.quotes().iter().filter(|quote| snapshot.saved_at(quote) != saved_at);
    let mut not_loaded: Vec<&Symbol> = snapshot.not_loaded.iter().collect();
    for quote in unconfirmed {
        if !not_loaded.contains(&&quote.quote.symbol) {
            not_loaded.push(&quote.quote.symbol);
        }
    }
    let written = Written {
        at: update.at,
        saved_at,
        quotes: quotes.iter().map(|quote| quote_json(snapshot, quote, update.at)).collect(),
        gone: &update.gone,
        not_loaded,
    };
    serde_json::to_writer(&mut *text, &written)?;
    text.push(b'\n');
    Ok(true)
}

/// The batch of one line.
pub(super) fn read(line: &[u8], complete: bool) -> serde_json::Result<Batch> {
    let read: Read<'_> = serde_json::from_slice(line)?;
    Ok(Batch {
        at: read.at,
        saved_at: read.saved_at.unwrap_or(read.at).min(read.at),
        quotes: read.quotes.into_iter().map(|quote| Arc::new(row(quote))).collect(),
        not_loaded: read.not_loaded,
        gone: read.gone,
        complete,
    })
}

fn row(read: ReadQuote<'_>) -> Quote {
    Quote {
        symbol: read.symbol,
        instrument_type: read.instrument_type.map(Into::into),
        last: read.last,
        bid: read.bid,
        ask: read.ask,
        open: read.open,
        high: read.high,
        low: read.low,
        close: read.close,
        change: read.change,
        high_52w: read.high_52w,
        low_52w: read.low_52w,
        volume: read.volume,
        bid_size: read.bid_size,
        ask_size: read.ask_size,
        weight: read.weight,
        signal: read.signal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line of interfaces.md with nothing but what is required.
    #[test]
    fn only_a_time_and_the_symbols_of_quotes_are_required() {
        let line = br#"{"at":"2025-11-19T14:30:00.25Z","quotes":[{"symbol":"/ym","last":"47476"}]}"#;
        let batch = read(line, false).unwrap();
        assert_eq!(batch.saved_at, batch.at);
        assert_eq!(batch.quotes[0].symbol.as_str(), "YM");
        assert_eq!((batch.quotes[0].last, batch.quotes[0].bid), (Some(47_476.into()), None));
        assert!(batch.gone.is_empty() && !batch.complete);
        assert!(read(br#"{"quotes":[]}"#, false).is_err());
        assert!(read(br#"{"at":"2025-11-19T14:30:00Z","quotes":[{"last":"1"}]}"#, false).is_err());
    }

    #[test]
    fn a_save_from_the_future_is_as_old_as_its_sight() {
        let line =
            br#"{"at":"2025-11-19T14:30:00Z","saved_at":"2025-11-19T14:30:05Z","quotes":[],"gone":["ZB"]}"#;
        let batch = read(line, false).unwrap();
        assert_eq!(batch.saved_at, batch.at);
        assert_eq!(batch.gone[0].as_str(), "ZB");
    }
}
