//! The quote that each future is graded on, at one moment.

use crate::board::BoardSnapshot;
use crate::rules::Observation;
use crate::workers::floor::{Floor, observe};
use jiff::Timestamp;
use std::collections::HashMap;

/// The fresh quotes by future: under its own name if the sheet has that, else under the first of its aliases, as they
/// are captured.
pub(super) struct Prices(HashMap<String, Observation>);

impl Prices {
    pub(super) fn of(snapshot: &BoardSnapshot, floor: &Floor, now: Timestamp) -> Prices {
        let max_age = floor.config.capture.max_quote_age;
        let mut prices: HashMap<String, Observation> = HashMap::with_capacity(snapshot.quotes().len());
        for quote in snapshot.quotes().iter().filter(|quote| snapshot.age(quote, now) <= max_age) {
            let symbol = &quote.quote.symbol;
            let future = floor.instruments.canonical(symbol).unwrap_or(symbol.as_str());
            if symbol.as_str() == future || !prices.contains_key(future) {
                prices.insert(future.to_string(), observe(snapshot, quote));
            }
        }
        Prices(prices)
    }

    pub(super) fn get(&self, future: &str) -> Option<&Observation> {
        self.0.get(future)
    }
}
