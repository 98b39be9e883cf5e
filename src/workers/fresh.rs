//! The fresh quotes on the board, by future.

use super::Floor;
use super::floor::priced_by;
use crate::board::BoardSnapshot;
use crate::rules::age;
use crate::value::{Quote, TOTAL};
use jiff::Timestamp;

/// A future's quote, fresh at the moment in question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fresh<'a> {
    pub(super) future: &'a str,
    pub(super) quote: &'a Quote,
    pub(super) saved_at: Timestamp,
}

/// The quotes of `snapshot` that are fresh at `at` (`capture.max_quote_age`), in sheet order: each future once, as the
/// capture takes them.
pub(super) fn fresh<'a>(floor: &'a Floor, snapshot: &'a BoardSnapshot, at: Timestamp) -> Vec<Fresh<'a>> {
    let mut found: Vec<Fresh<'a>> = Vec::with_capacity(snapshot.quotes().len());
    for known in snapshot.quotes().iter().filter(|known| !known.stale) {
        let (quote, saved_at) = (&*known.quote, snapshot.saved_at(known));
        if age(saved_at, at) > floor.config.capture.max_quote_age {
            continue;
        }
        match priced_by(&floor.instruments, snapshot, known) {
            Some(TOTAL) | None => {} // no symbol may take its name
            Some(future) => found.push(Fresh { future, quote, saved_at }),
        }
    }
    found
}
