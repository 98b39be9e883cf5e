//! A quote as other programs read it: the JSON of the Redis contract (domain.md section 4).

use crate::board::{BoardQuote, BoardSnapshot, ForeignQuote};
use crate::value::{Price, Quote, Signal, Symbol};
use jiff::Timestamp;
use std::borrow::Cow;
use std::sync::Arc;

/// What [`PublishedQuote::source`] says of quotes that come from the workbook.
pub const SOURCE: &str = "EXCEL";

/// One quote with the keys, and in the order, of the contract: keys may be added, never renamed. Absent is `null`.
///
/// Reading is lenient where other writers are known to differ: every key but `symbol` may be missing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PublishedQuote {
    /// Always `quote`.
    #[serde(rename = "type", default)]
    pub kind: QuoteKind,
    /// The feed symbol.
    pub symbol: Symbol,
    /// Last trade, points.
    #[serde(default)]
    pub last: Option<Price>,
    /// Best bid, points.
    #[serde(default)]
    pub bid: Option<Price>,
    /// Best ask, points.
    #[serde(default)]
    pub ask: Option<Price>,
    /// The session's open, points.
    #[serde(default)]
    pub open: Option<Price>,
    /// 24-hour high, points.
    #[serde(default)]
    pub high: Option<Price>,
    /// 24-hour low, points.
    #[serde(default)]
    pub low: Option<Price>,
    /// The previous close, points.
    #[serde(default)]
    pub close: Option<Price>,
    /// Net change since the previous close, points.
    #[serde(default)]
    pub change: Option<Price>,
    /// 52-week high, points.
    #[serde(default)]
    pub high_52w: Option<Price>,
    /// 52-week low, points.
    #[serde(default)]
    pub low_52w: Option<Price>,
    /// Cumulative volume, contracts.
    #[serde(default)]
    pub volume: Option<i64>,
    /// Contracts bid for at the best bid.
    #[serde(default)]
    pub bid_size: Option<i64>,
    /// Contracts offered at the best ask.
    #[serde(default)]
    pub ask_size: Option<i64>,
    /// The sheet's Weight column.
    #[serde(default)]
    pub weight: Option<Price>,
    /// The sheet's Signal column.
    #[serde(default)]
    pub signal: Option<Signal>,
    /// The last verified save in which the row was loaded (for a symbol that left: the save without it).
    #[serde(default)]
    pub timestamp: Option<Timestamp>,
    /// The sheet's Type column as written.
    #[serde(default)]
    pub instrument_type: Option<String>,
    /// Where the quote comes from; ours is [`SOURCE`].
    #[serde(default)]
    pub source: Option<Cow<'static, str>>,
    /// Increases with every message, across restarts too.
    #[serde(default)]
    pub seq: u64,
    /// When it was published.
    #[serde(default)]
    pub published_at: Option<Timestamp>,
    /// Whether its age passed `workbook.stale_after`, or its symbol left the sheet.
    #[serde(default)]
    pub stale: bool,
}

/// The value of the key `type`. The original let the sheet's Type column overwrite it, so any text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuoteKind;

impl serde::Serialize for QuoteKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("quote")
    }
}

impl<'de> serde::Deserialize<'de> for QuoteKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<QuoteKind, D::Error> {
        <serde::de::IgnoredAny as serde::Deserialize>::deserialize(deserializer)?;
        Ok(QuoteKind)
    }
}

/// `quote` of `snapshot` as it is published at `published_at`, under the board's sequence number.
#[must_use]
pub fn quote_json(snapshot: &BoardSnapshot, quote: &BoardQuote, published_at: Timestamp) -> PublishedQuote {
    let saved_at = Some(snapshot.saved_at(quote));
    PublishedQuote::new(&quote.quote, saved_at, quote.seq, published_at, quote.stale)
}

impl PublishedQuote {
    fn new(row: &Quote, saved_at: Option<Timestamp>, seq: u64, at: Timestamp, stale: bool) -> PublishedQuote {
        PublishedQuote {
            kind: QuoteKind,
            symbol: row.symbol.clone(),
            last: row.last,
            bid: row.bid,
            ask: row.ask,
            open: row.open,
            high: row.high,
            low: row.low,
            close: row.close,
            change: row.change,
            high_52w: row.high_52w,
            low_52w: row.low_52w,
            volume: row.volume,
            bid_size: row.bid_size,
            ask_size: row.ask_size,
            weight: row.weight,
            signal: row.signal,
            timestamp: saved_at,
            instrument_type: row.instrument_type.as_deref().map(String::from),
            source: Some(SOURCE.into()),
            seq,
            published_at: Some(at),
            stale,
        }
    }

    /// The last message of a symbol that left the sheet: no prices, stale. `saved_at`: the save without it.
    #[must_use]
    pub fn departure(symbol: Symbol, saved_at: Option<Timestamp>, seq: u64, at: Timestamp) -> PublishedQuote {
        PublishedQuote::new(&Quote::absent(symbol), saved_at, seq, at, true)
    }

    /// Whether this says that its symbol left the sheet: stale, and no price but perhaps the net change.
    #[must_use]
    pub fn is_departure(&self) -> bool {
        self.stale && !self.row().is_loaded()
    }

    /// Whether this quote came from a workbook, by this program or the original.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.source.as_deref() == Some(SOURCE)
    }

    /// The row.
    #[must_use]
    pub fn row(&self) -> Quote {
        Quote {
            symbol: self.symbol.clone(),
            instrument_type: self.instrument_type.as_deref().map(Into::into),
            last: self.last,
            bid: self.bid,
            ask: self.ask,
            open: self.open,
            high: self.high,
            low: self.low,
            close: self.close,
            change: self.change,
            high_52w: self.high_52w,
            low_52w: self.low_52w,
            volume: self.volume,
            bid_size: self.bid_size,
            ask_size: self.ask_size,
            weight: self.weight,
            signal: self.signal,
        }
    }

    /// The quote for a board; `None` when it does not say which save it comes from, so that its age is unknown.
    #[must_use]
    pub fn for_board(&self) -> Option<ForeignQuote> {
        let saved_at = self.timestamp?;
        Some(ForeignQuote { quote: Arc::new(self.row()), seq: self.seq, saved_at, stale: self.stale })
    }
}

#[cfg(test)]
mod tests {
    use super::PublishedQuote;

    /// The original wrote the sheet's Type into `type`, no time, and fewer keys.
    #[test]
    fn what_the_original_wrote_is_read() {
        let json = r#"{"type":"Futures","symbol":"YM","last":"47476","volume":10999,"timestamp":null}"#;
        let quote: PublishedQuote = serde_json::from_str(json).unwrap();
        assert_eq!((quote.last, quote.volume), (Some(47_476.into()), Some(10_999)));
        assert!(!quote.is_ours() && !quote.is_departure());
        assert!(quote.for_board().is_none(), "its age is unknown");
    }

    #[test]
    fn what_is_written_is_read() {
        let json = r#"{"symbol":"YM","bid":"-37.63","change":"0","signal":"STRONG_SELL","weight":"1.5","seq":7,
            "source":"EXCEL","timestamp":"2025-11-28T14:30:00.25Z","instrument_type":"Futures","stale":true}"#;
        let quote: PublishedQuote = serde_json::from_str(json).unwrap();
        let again: PublishedQuote = serde_json::from_str(&serde_json::to_string(&quote).unwrap()).unwrap();
        assert_eq!(again, quote);
        assert!(quote.is_ours() && !quote.is_departure(), "stale with a price is not gone");
    }
}
