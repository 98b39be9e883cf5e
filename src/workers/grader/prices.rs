//! The quote that each future is graded on, at one moment.

use crate::board::BoardSnapshot;
use crate::rules::Observation;
use crate::workers::floor::{Floor, observe, priced_by};
use jiff::Timestamp;
use std::collections::HashMap;

/// The fresh quotes by future, as they are captured.
pub(super) struct Prices(HashMap<String, Observation>);

impl Prices {
    pub(super) fn of(snapshot: &BoardSnapshot, floor: &Floor, now: Timestamp) -> Prices {
        let max_age = floor.config.capture.max_quote_age;
        let mut prices: HashMap<String, Observation> = HashMap::with_capacity(snapshot.quotes().len());
        for quote in snapshot.quotes().iter().filter(|quote| snapshot.age(quote, now) <= max_age) {
            if let Some(future) = priced_by(&floor.instruments, snapshot, quote) {
                prices.insert(future.to_string(), observe(snapshot, quote));
            }
        }
        Prices(prices)
    }

    pub(super) fn get(&self, future: &str) -> Option<&Observation> {
        self.0.get(future)
    }
}
