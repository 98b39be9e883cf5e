//! TOTAL: what all instruments with a signal say together.

use super::signal;
use crate::value::{Price, Signal};
use rust_decimal::{Decimal, RoundingStrategy};

/// The weighted average keeps this many decimals (domain.md section 5); three are shown.
pub const AVERAGE_DECIMALS: u32 = 6;

/// Above it, or below its negative, TOTAL is strong.
pub const STRONG_WEIGHT: i64 = 9;

/// Up to it, and down to its negative, TOTAL holds.
pub const HOLD_WEIGHT: i64 = 3;

/// An instrument that has a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its signal.
    pub signal: Signal,
    /// The signal's stat value, points. An instrument without stats (its signal is the sheet's) has none: it adds to
    /// the weight alone.
    pub stat: Option<Price>,
    /// Its contract weight.
    pub contract_weight: Price,
    /// Whether it rises when stocks fall.
    pub bear: bool,
}

/// The composite of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// How many instruments have a signal.
    pub signals: usize,
    /// Σ signal weights.
    pub weight: i64,
    /// Σ stat × contract weight, points; `None` when it cannot be held exactly.
    pub sum: Option<Decimal>,
    /// The sum by Σ |contract weight|, points; `None` when that is zero.
    pub weighted_average: Option<Price>,
    /// TOTAL's signal; `None` with too few signals.
    pub signal: Option<Signal>,
}

impl Total {
    /// The composite of `members`; it has a signal when there are at least `min_signals` of them.
    #[must_use]
    pub fn of(members: &[Member], min_signals: usize) -> Total {
        let weight = members.iter().map(|member| signal::weight(member.signal, member.bear)).sum();
        let sum = sum(members);
        Total {
            signals: members.len(),
            weight,
            sum,
            weighted_average: sum.and_then(|sum| average(sum, members)),
            signal: (members.len() >= min_signals).then(|| signal_of(weight)),
        }
    }
}

/// The signal of a weight: > 9 strong buy, > 3 buy, −3…3 hold, ≥ −9 sell, else strong sell.
#[must_use]
pub fn signal_of(weight: i64) -> Signal {
    match weight {
        weight if weight > STRONG_WEIGHT => Signal::StrongBuy,
        weight if weight > HOLD_WEIGHT => Signal::Buy,
        weight if weight >= -HOLD_WEIGHT => Signal::Hold,
        weight if weight >= -STRONG_WEIGHT => Signal::Sell,
        _ => Signal::StrongSell,
    }
}

fn sum(members: &[Member]) -> Option<Decimal> {
    members
        .iter()
        .filter_map(|member| Some((member.stat?, member.contract_weight)))
        .try_fold(Decimal::ZERO, |sum, (stat, by)| sum.checked_add(stat.decimal().checked_mul(by.decimal())?))
}

fn average(sum: Decimal, members: &[Member]) -> Option<Price> {
    let weights = members
        .iter()
        .filter(|member| member.stat.is_some())
        .try_fold(Decimal::ZERO, |sum, member| sum.checked_add(member.contract_weight.decimal().abs()))?;
    let average = sum.checked_div(weights)?;
    Price::new(average.round_dp_with_strategy(AVERAGE_DECIMALS, RoundingStrategy::MidpointNearestEven)).ok()
}
