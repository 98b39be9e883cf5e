//! A quote for people: in a line, and in a row of a table.

use super::table::Table;
use super::terminal::printable;
use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;
use thor_stack::outlet::PublishedQuote;
use thor_stack::value::{Instruments, Price};

/// One quote in a line.
pub(crate) fn quote_line(quote: &PublishedQuote, instruments: &Instruments, now: Timestamp) -> String {
    let [symbol, last, bid, ask, change, volume, age, state] = cells(quote, instruments, now);
    let line = format!(
        "{symbol:<8} last {last:>10}  bid {bid:>10}  ask {ask:>10}  change {change:>8}  volume {volume:>8}  \
         age {age:>6}  {state}"
    );
    printable(line.trim_end()).into_owned()
}

/// Quotes as a table.
pub(crate) fn quote_table(quotes: &[PublishedQuote], instruments: &Instruments, now: Timestamp) -> Table {
    let mut table = Table::new(&["SYMBOL", ">LAST", ">BID", ">ASK", ">CHANGE", ">VOLUME", ">AGE", "STATE"]);
    for quote in quotes {
        table.row(cells(quote, instruments, now));
    }
    table
}

/// A quote with its age, as JSON.
#[derive(Serialize)]
pub(crate) struct Aged<'a> {
    #[serde(flatten)]
    quote: &'a PublishedQuote,
    /// Seconds since the save that it comes from.
    age_seconds: Option<u64>,
}

impl<'a> Aged<'a> {
    /// `quote` with its age at `now`.
    pub(crate) fn at(quote: &'a PublishedQuote, now: Timestamp) -> Aged<'a> {
        Aged { quote, age_seconds: age(quote, now).map(|age| age.as_secs()) }
    }
}

/// How old `quote` is at `now`: as old as the save that it comes from.
fn age(quote: &PublishedQuote, now: Timestamp) -> Option<Duration> {
    let age = now.duration_since(quote.timestamp?);
    Some(Duration::try_from(age).unwrap_or(Duration::ZERO))
}

fn cells(quote: &PublishedQuote, instruments: &Instruments, now: Timestamp) -> [String; 8] {
    let price = |price: Option<Price>| price.map_or("-".to_string(), |price| price.to_string());
    let symbol = match instruments.canonical(&quote.symbol) {
        Some(future) if future != quote.symbol.as_str() => format!("{} ({future})", quote.symbol),
        _ => quote.symbol.to_string(),
    };
    let volume = quote.volume.map_or("-".to_string(), |volume| volume.to_string());
    let age = age(quote, now).map_or("-".to_string(), short);
    let state = if quote.stale { "stale" } else { "" };
    [
        symbol,
        price(quote.last),
        price(quote.bid),
        price(quote.ask),
        price(quote.change),
        volume,
        age,
        state.to_string(),
    ]
}

/// An age at a glance: `0.4s`, `12s`, `5m`, `3h`, `360d`.
pub(crate) fn short(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..10 => format!("{}.{}s", seconds, age.subsec_millis() / 100),
        10..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        for (milliseconds, shown) in [
            (0, "0.0s"),
            (450, "0.4s"),
            (9_999, "9.9s"),
            (10_000, "10s"),
            (119_999, "119s"),
            (120_000, "2m"),
            (7_200_000, "2h"),
            (172_800_000, "2d"),
        ] {
            assert_eq!(short(Duration::from_millis(milliseconds)), shown);
        }
    }
}
