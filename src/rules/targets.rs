//! The two exits of a trade.

use crate::value::{Price, Signal};
use rust_decimal::{Decimal, RoundingStrategy};

/// `instruments.SYM.targets`: how far from the entry the exits are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// `high` points above the entry, `low` points below.
    Points {
        /// Points above.
        high: Price,
        /// Points below.
        low: Price,
    },
    /// The same as percentages of the entry's size.
    Percent {
        /// Percent above.
        high: Price,
        /// Percent below.
        low: Price,
    },
    /// The instrument is not traded.
    Disabled,
}

/// Which way a trade goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Bought: it exits at the bid, with a profit at the upper exit.
    Long,
    /// Sold: it exits at the ask, with a profit at the lower exit.
    Short,
}

impl Direction {
    /// The way that `signal` trades; `None` for a hold.
    #[must_use]
    pub fn of(signal: Signal) -> Option<Direction> {
        match signal {
            Signal::StrongBuy | Signal::Buy => Some(Direction::Long),
            Signal::Hold => None,
            Signal::Sell | Signal::StrongSell => Some(Direction::Short),
        }
    }
}

/// The exits, points: for a long the target is above and the stop below, for a short the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Exits {
    pub high: Price,
    pub low: Price,
}

impl Exits {
    /// How far the stop is from `entry`, points; `None` when it cannot be held exactly.
    #[must_use]
    pub fn stop_distance(&self, entry: Price, direction: Direction) -> Option<Price> {
        match direction {
            Direction::Long => entry.checked_sub(self.low),
            Direction::Short => self.high.checked_sub(entry),
        }
    }
}

impl Targets {
    /// The exits around `entry`, rounded half to even to `precision` decimals; `None` when disabled or when they
    /// cannot be held exactly.
    #[must_use]
    pub fn exits(&self, entry: Price, precision: u32) -> Option<Exits> {
        let entry = entry.decimal();
        let (up, down) = self.distances(entry)?;
        Some(Exits {
            high: rounded(entry.checked_add(up)?, precision)?,
            low: rounded(entry.checked_sub(down)?, precision)?,
        })
    }

    fn distances(&self, entry: Decimal) -> Option<(Decimal, Decimal)> {
        // A percentage of the size: below zero (crude on 2020-04-20) the upper exit must still be above.
        let share =
            |percent: Price| entry.abs().checked_mul(percent.decimal())?.checked_div(Decimal::ONE_HUNDRED);
        match self {
            Targets::Points { high, low } => Some((high.decimal(), low.decimal())),
            Targets::Percent { high, low } => Some((share(*high)?, share(*low)?)),
            Targets::Disabled => None,
        }
    }
}

fn rounded(price: Decimal, precision: u32) -> Option<Price> {
    Price::new(price.round_dp_with_strategy(precision, RoundingStrategy::MidpointNearestEven)).ok()
}
