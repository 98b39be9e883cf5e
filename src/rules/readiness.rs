//! When an open can be captured, and with which quotes.

use super::{CaptureLimits, Observation, elapsed};
use crate::value::Symbol;
use jiff::Timestamp;

/// What there is to capture, and since when it is tried.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// The loaded quotes, in sheet order; one that is not loaded any more may be among them while it is fresh.
    pub quotes: &'a [Observation],
    /// The sheet's instruments that are not loaded: not waited for.
    pub not_loaded: &'a [Symbol],
    /// When the capture was first tried: the open, or the start of the process when that was later.
    pub since: Timestamp,
    /// When the market closes.
    pub closes_at: Timestamp,
}

/// Whether to capture now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Capture these: the fresh ones, in sheet order.
    Ready(Vec<Observation>),
    /// These are not fresh yet; at `until` the capture goes on without them.
    Wait {
        /// The end of the waiting.
        until: Timestamp,
        /// The instruments waited for.
        stale: Vec<Symbol>,
    },
    /// Too few quotes are fresh: try again with every save, until the market closes.
    TooFew {
        /// How many are fresh.
        fresh: usize,
        /// How many it takes.
        needed: usize,
    },
    /// The market has closed: the capture is missed, for this reason.
    Missed(String),
}

/// Whether the capture can be made at `now` (domain.md section 7).
#[must_use]
pub fn readiness(waiting: &Waiting<'_>, limits: &CaptureLimits, now: Timestamp) -> Readiness {
    let is_fresh = |it: &&Observation| it.age(now) <= limits.max_quote_age;
    let (fresh, stale): (Vec<_>, Vec<_>) = waiting.quotes.iter().partition(is_fresh);
    let needed = limits.min_quotes.max(1);
    if now >= waiting.closes_at {
        return Readiness::Missed(missed(fresh.len(), waiting.quotes.len(), needed));
    }
    let stale: Vec<Symbol> = stale
        .into_iter()
        .map(|it| it.quote.symbol.clone())
        .filter(|symbol| !waiting.not_loaded.contains(symbol))
        .collect();
    // A wait that would last to the close would miss the open.
    let until = waiting.since.checked_add(limits.wait_for_all).unwrap_or(Timestamp::MAX);
    if !stale.is_empty() && elapsed(waiting.since, now) < limits.wait_for_all && until < waiting.closes_at {
        return Readiness::Wait { until, stale };
    }
    if fresh.len() < needed {
        return Readiness::TooFew { fresh: fresh.len(), needed };
    }
    Readiness::Ready(fresh.into_iter().cloned().collect())
}

fn missed(fresh: usize, known: usize, needed: usize) -> String {
    if known == 0 {
        "the market closed before any quote was read".into()
    } else {
        format!("fewer than {needed} fresh quotes before the market closed; at its close {fresh} of {known}")
    }
}
