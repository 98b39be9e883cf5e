//! Volume-weighted average prices over recorded minutes.

use crate::value::{Price, Quote};
use jiff::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};
use std::time::Duration;

/// VWAPs are rounded to this many decimals, half to even (domain.md section 9).
pub const VWAP_DECIMALS: u32 = 4;

/// The rolling window.
pub const DEFAULT_WINDOW: Duration = Duration::from_secs(30 * 60);

/// What is recorded of a future a minute: the latest in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minute {
    /// The minute's start.
    pub at: Timestamp,
    /// Last price, points.
    pub last: Price,
    /// Contracts traded so far in the future's own session.
    pub volume: i64,
}

impl Minute {
    /// What `quote` adds to the minute of `now`; `None` without a last price or a volume.
    #[must_use]
    pub fn of(quote: &Quote, now: Timestamp) -> Option<Minute> {
        Some(Minute { at: minute_of(now), last: quote.last?, volume: quote.volume? })
    }
}

/// The start of the minute in which `now` is.
#[must_use]
pub fn minute_of(now: Timestamp) -> Timestamp {
    let second = now.as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(now)
}

/// VWAP = Σ price × Δvolume / Σ Δvolume over `minutes` (oldest first) with Δvolume > 0, the first one being the base
/// and adding nothing. A fall of the volume (a new session) sets a new base and adds nothing. `None` when nothing was
/// traded.
#[must_use]
pub fn vwap(minutes: &[Minute]) -> Option<Price> {
    let mut traded = Decimal::ZERO;
    let mut volume = Decimal::ZERO;
    for pair in minutes.windows(2) {
        let more = pair[1].volume.saturating_sub(pair[0].volume);
        if more > 0 {
            let more = Decimal::from(more);
            traded = traded.checked_add(pair[1].last.decimal().checked_mul(more)?)?;
            volume = volume.checked_add(more)?;
        }
    }
    let average = traded.checked_div(volume)?;
    Price::new(average.round_dp_with_strategy(VWAP_DECIMALS, RoundingStrategy::MidpointNearestEven)).ok()
}

/// The VWAP of the `window` before `as_of`: of the minutes that began in it, based on the last one before it.
#[must_use]
pub fn rolling(minutes: &[Minute], as_of: Timestamp, window: Duration) -> Option<Price> {
    let from = as_of.checked_sub(window).ok()?;
    let first = minutes.partition_point(|minute| minute.at < from);
    let end = minutes.partition_point(|minute| minute.at <= as_of);
    vwap(minutes.get(first.saturating_sub(1)..end)?)
}
