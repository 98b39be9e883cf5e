//! The two sides at which a trade enters and exits.

use super::targets::Direction;
use crate::value::{Price, Quote};

/// `instruments.SYM.book`: whether the instrument has a bid and an ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BookRule {
    /// Both sides are needed.
    #[default]
    Required,
    /// The last price stands for a side that is absent: an index is quoted without a book.
    Optional,
}

/// The prices to sell and to buy at, points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Sides {
    pub bid: Option<Price>,
    pub ask: Option<Price>,
}

impl Sides {
    /// The sides of `quote` under `rule`.
    #[must_use]
    pub fn of(quote: &Quote, rule: BookRule) -> Sides {
        let stand_in = if rule == BookRule::Optional { quote.last } else { None };
        Sides { bid: quote.bid.or(stand_in), ask: quote.ask.or(stand_in) }
    }

    /// The price at which a trade enters: the ask for a long, the bid for a short.
    #[must_use]
    pub fn entry(&self, direction: Direction) -> Option<Price> {
        match direction {
            Direction::Long => self.ask,
            Direction::Short => self.bid,
        }
    }

    /// The price at which a trade exits: the other side.
    #[must_use]
    pub fn exit(&self, direction: Direction) -> Option<Price> {
        match direction {
            Direction::Long => self.bid,
            Direction::Short => self.ask,
        }
    }

    /// Ask − bid; below zero in a crossed book.
    #[must_use]
    pub fn spread(&self) -> Option<Price> {
        self.ask?.checked_sub(self.bid?)
    }
}
