//! A quote's JSON straight from the board, for thousands at a time: the same bytes as [`quote_json`] makes through
//! serde, without a value of its own for each.
//!
//! [`quote_json`]: super::quote_json()

use super::SOURCE;
use crate::board::{BoardQuote, BoardSnapshot};
use crate::value::{Price, Quote};
use jiff::Timestamp;

/// Writes quotes. Those of one edition mostly have the same two times, whose texts are kept.
#[derive(Default)]
pub(crate) struct QuoteBytes {
    saved: Stamp,
    published: Stamp,
}

impl QuoteBytes {
    /// Adds to `bytes` the JSON of `quote` as it is published at `at` under the number `seq`.
    pub(crate) fn write(
        &mut self,
        bytes: &mut Vec<u8>,
        snapshot: &BoardSnapshot,
        quote: &BoardQuote,
        seq: u64,
        at: Timestamp,
    ) {
        let row = &*quote.quote;
        bytes.extend_from_slice(b"{\"type\":\"quote\",\"symbol\":");
        text(bytes, row.symbol.as_str());
        prices(bytes, row);
        sizes(bytes, row);
        self.saved.write(bytes, snapshot.saved_at(quote));
        bytes.extend_from_slice(b"\",\"instrument_type\":");
        match &row.instrument_type {
            Some(kind) => text(bytes, kind),
            None => bytes.extend_from_slice(b"null"),
        }
        bytes.extend_from_slice(b",\"source\":");
        text(bytes, SOURCE);
        bytes.extend_from_slice(b",\"seq\":");
        number(bytes, seq);
        bytes.extend_from_slice(b",\"published_at\":\"");
        self.published.write(bytes, at);
        bytes.extend_from_slice(b"\",\"stale\":");
        bytes.extend_from_slice(if quote.stale { b"true}" } else { b"false}" });
    }
}

/// The text of a time that mostly stays the same.
#[derive(Default)]
struct Stamp(Option<(Timestamp, String)>);

impl Stamp {
    fn write(&mut self, bytes: &mut Vec<u8>, at: Timestamp) {
        if self.0.as_ref().is_none_or(|(known, _)| *known != at) {
            self.0 = Some((at, at.to_string()));
        }
        if let Some((_, text)) = &self.0 {
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}

fn prices(bytes: &mut Vec<u8>, row: &Quote) {
    let named: [(&[u8], Option<Price>); 10] = [
        (b",\"last\":", row.last),
        (b",\"bid\":", row.bid),
        (b",\"ask\":", row.ask),
        (b",\"open\":", row.open),
        (b",\"high\":", row.high),
        (b",\"low\":", row.low),
        (b",\"close\":", row.close),
        (b",\"change\":", row.change),
        (b",\"high_52w\":", row.high_52w),
        (b",\"low_52w\":", row.low_52w),
    ];
    for (name, value) in named {
        bytes.extend_from_slice(name);
        price(bytes, value);
    }
}

/// Sizes, weight and signal, and the name of what follows.
fn sizes(bytes: &mut Vec<u8>, row: &Quote) {
    let named: [(&[u8], Option<i64>); 3] =
        [(b",\"volume\":", row.volume), (b",\"bid_size\":", row.bid_size), (b",\"ask_size\":", row.ask_size)];
    for (name, value) in named {
        bytes.extend_from_slice(name);
        match value {
            Some(size) => signed(bytes, size),
            None => bytes.extend_from_slice(b"null"),
        }
    }
    bytes.extend_from_slice(b",\"weight\":");
    price(bytes, row.weight);
    bytes.extend_from_slice(b",\"signal\":");
    match row.signal {
        Some(signal) => text(bytes, signal.as_str()),
        None => bytes.extend_from_slice(b"null"),
    }
    bytes.extend_from_slice(b",\"timestamp\":\"");
}

fn price(bytes: &mut Vec<u8>, price: Option<Price>) {
    let Some(price) = price else { return bytes.extend_from_slice(b"null") };
    bytes.push(b'"');
    let decimal = price.decimal();
    let (mantissa, scale) = (decimal.mantissa(), decimal.scale() as usize);
    match u64::try_from(mantissa.unsigned_abs()) {
        Ok(digits) => {
            if mantissa < 0 {
                bytes.push(b'-');
            }
            scaled(bytes, digits, scale);
        }
        Err(_) => bytes.extend_from_slice(price.to_string().as_bytes()),
    }
    bytes.push(b'"');
}

/// `digits`, the last `scale` of them behind a point.
fn scaled(bytes: &mut Vec<u8>, digits: u64, scale: usize) {
    let start = bytes.len();
    number(bytes, digits);
    if scale == 0 {
        return;
    }
    let written = bytes.len() - start;
    if written <= scale {
        let zeros = scale + 1 - written;
        bytes.splice(start..start, std::iter::repeat_n(b'0', zeros));
    }
    bytes.insert(bytes.len() - scale, b'.');
}

fn signed(bytes: &mut Vec<u8>, value: i64) {
    if value < 0 {
        bytes.push(b'-');
    }
    number(bytes, value.unsigned_abs());
}

/// A whole number in decimal digits.
pub(crate) fn number(bytes: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    bytes.extend_from_slice(&digits[at..]);
}

/// A JSON string.
fn text(bytes: &mut Vec<u8>, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        // Writing a text into memory does not fail.
        if let Ok(escaped) = serde_json::to_string(text) {
            bytes.extend_from_slice(escaped.as_bytes());
        }
        return;
    }
    bytes.push(b'"');
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::Board;
    use crate::outlet::{PublishedQuote, quote_json};
    use crate::supervise::Generation;
    use crate::value::{Sheet, Signal, Symbol};
    use proptest::prelude::*;
    use rust_decimal::Decimal;
    use std::sync::Arc;
    use std::time::Duration;

    fn some_price() -> impl Strategy<Value = Option<Price>> {
        let digits = -999_999_999_999_999_i64..=999_999_999_999_999;
        let few = prop_oneof![digits, -10_000_i64..10_000];
        prop::option::of((few, 0_u32..=28, 0_u32..20).prop_map(|(digits, scale, zeros)| {
            let decimal = Decimal::new(digits, scale);
            let longer = decimal.checked_mul(Decimal::from(10_u128.pow(zeros)));
            Price::new(longer.unwrap_or(decimal)).unwrap()
        }))
    }

    fn quote() -> impl Strategy<Value = Quote> {
        let symbol = "[A-Z$\"\\\\ÄÖ字 ()-]{0,11}Y".prop_map(|text| Symbol::new(&text).unwrap());
        let kind = prop::option::of("[a-zA-Z\"\\\\\t€/]{0,12}");
        let sizes = (any::<Option<i64>>(), any::<Option<i64>>(), any::<Option<i64>>());
        let signal = prop::option::of(prop::sample::select(&Signal::ALL[..]));
        (symbol, kind, prop::collection::vec(some_price(), 11), sizes, signal).prop_map(
            |(symbol, kind, prices, (volume, bid_size, ask_size), signal)| Quote {
                instrument_type: kind.map(Into::into),
                last: prices[0].or(Some(1.into())),
                bid: prices[1],
                ask: prices[2],
                open: prices[3],
                high: prices[4],
                low: prices[5],
                close: prices[6],
                change: prices[7],
                high_52w: prices[8],
                low_52w: prices[9],
                weight: prices[10],
                volume,
                bid_size,
                ask_size,
                signal,
                ..Quote::absent(symbol)
            },
        )
    }

    proptest! {
        #[test]
        fn they_are_the_bytes_that_serde_writes(
            rows in prop::collection::vec(quote(), 1..4),
            saved in 0_i64..4_000_000_000_000_000,
            later in 0_i64..100_000_000,
            seq in any::<u64>(),
        ) {
            let at = |micros| Timestamp::from_microsecond(micros).unwrap();
            let (saved_at, now) = (at(saved), at(saved + later));
            let quotes = rows.into_iter().map(Arc::new).collect();
            let sheet = Sheet { saved_at, quotes, not_loaded: Vec::new(), rejected: Vec::new() };
            let board = Board::new(Duration::from_secs(60), now);
            let update = board.apply(&Generation::new(1), &sheet, now).unwrap();
            let mut writer = QuoteBytes::default();
            for quote in update.snapshot.quotes() {
                let mut bytes = Vec::new();
                writer.write(&mut bytes, &update.snapshot, quote, seq, now);
                let expected = PublishedQuote { seq, ..quote_json(&update.snapshot, quote, now) };
                prop_assert_eq!(String::from_utf8(bytes).unwrap(), serde_json::to_string(&expected).unwrap());
            }
        }
    }
}
