//! Values as the tables write them.

use jiff::Timestamp;
use std::sync::Arc;
use thor_stack::rules::{InstrumentRules, Observation, RuleBook};
use thor_stack::value::{Percent, Price, Quote, SessionRow, Symbol};

/// An exact decimal.
pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// A decimal, or `-` for absent.
pub(crate) fn maybe(text: &str) -> Option<Price> {
    (text != "-").then(|| price(text))
}

/// A percentage, or `-` for absent.
pub(crate) fn percent(text: &str) -> Option<Percent> {
    (text != "-").then(|| text.parse().unwrap())
}

/// A time of day of Friday 2025-11-28, UTC. The United States open at 14:30.
pub(crate) fn at(time: &str) -> Timestamp {
    format!("2025-11-28T{time}Z").parse().unwrap_or_else(|error| panic!("{time:?}: {error}"))
}

/// A quote written as `last=47476 bid=47475`; what is not named is absent.
pub(crate) fn quote(symbol: &str, fields: &str) -> Quote {
    let mut quote = Quote::absent(Symbol::new(symbol).unwrap());
    for pair in fields.split_whitespace() {
        let (name, text) = pair.split_once('=').unwrap_or_else(|| panic!("{pair:?} is no field=value"));
        match name {
            "last" => quote.last = Some(price(text)),
            "bid" => quote.bid = Some(price(text)),
            "ask" => quote.ask = Some(price(text)),
            "open" => quote.open = Some(price(text)),
            "high" => quote.high = Some(price(text)),
            "low" => quote.low = Some(price(text)),
            "close" => quote.close = Some(price(text)),
            "change" => quote.change = Some(price(text)),
            "high_52w" => quote.high_52w = Some(price(text)),
            "low_52w" => quote.low_52w = Some(price(text)),
            "volume" => quote.volume = Some(text.parse().unwrap()),
            "bid_size" => quote.bid_size = Some(text.parse().unwrap()),
            "ask_size" => quote.ask_size = Some(text.parse().unwrap()),
            "signal" => quote.signal = Some(text.parse().unwrap()),
            other => panic!("no field {other:?}"),
        }
    }
    quote
}

/// A quote of a save at `time`, seen at once, changed in that save.
pub(crate) fn seen(symbol: &str, time: &str, fields: &str) -> Observation {
    let time = at(time);
    let quote = Arc::new(quote(symbol, fields));
    Observation { quote, saved_at: time, seen_at: time, unchanged_since: time }
}

/// The shipped rules of `future`.
pub(crate) fn rules(future: &str) -> InstrumentRules {
    RuleBook::default().get(future).clone()
}

/// A session row of `future`, captured at `time`, with the columns written as `bhs=BUY entry_price=100`.
pub(crate) fn row(future: &str, time: &str, columns: &str) -> SessionRow {
    let captured_at = at(time).to_string();
    let given = |name: &str| {
        let pairs = columns.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
    };
    SessionRow::from_columns(|column| {
        column.parse(given(column.name).unwrap_or(match column.name {
            "year" => "2025",
            "month" => "11",
            "date" => "28",
            "day" => "Fri",
            "captured_at" => &captured_at,
            "country" => "USA",
            "future" => future,
            "wndw" => "PENDING",
            _ => "",
        }))
    })
    .unwrap_or_else(|error| panic!("{columns:?}: {error}"))
}
