//! What a quote's net change says: its signal, the signal's stat value, and its weight.

use super::InstrumentRules;
use crate::value::{Price, Quote, Signal};

/// The five values of an instrument, in points: thresholds of the net change, and the stat value of each signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // one value a signal
pub struct Stats {
    pub strong_buy: Price,
    pub buy: Price,
    pub hold: Price,
    pub sell: Price,
    pub strong_sell: Price,
}

/// `signals.source`: where signals come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignalSource {
    /// From the net change.
    #[default]
    Computed,
    /// From the sheet's Signal column; from the net change where the column says nothing.
    Sheet,
}

/// The signal of `quote`, if it has one.
///
/// A signal on the sheet, where it is the source, stands for itself: it needs neither a last price nor stats.
#[must_use]
pub fn signal(quote: &Quote, rules: &InstrumentRules, source: SignalSource) -> Option<Signal> {
    let sheet = quote.signal.filter(|_| source == SignalSource::Sheet);
    sheet.or_else(|| computed(quote, rules))
}

/// The signal of `quote`'s net change; `None` without stats, without a last price, without a change, or when the
/// change cannot have been delivered yet.
#[must_use]
pub fn computed(quote: &Quote, rules: &InstrumentRules) -> Option<Signal> {
    let stats = rules.stats.as_ref()?;
    let (last, change) = (quote.last?, quote.change?);
    let undelivered = change.is_zero() && quote.close.is_some_and(|close| !within_a_tick(last, close, rules));
    (!undelivered).then(|| stats.classify(change))
}

/// RTD delivers a change of 0 before the real one: last − close then says otherwise. Without a configured tick any
/// difference does.
fn within_a_tick(last: Price, close: Price, rules: &InstrumentRules) -> bool {
    let tick = rules.tick.unwrap_or(Price::ZERO).decimal();
    last.decimal().checked_sub(close.decimal()).is_some_and(|moved| moved.abs() <= tick)
}

/// How strongly `signal` speaks for rising stocks: 2, 1, 0, −1, −2; inverted for the bear instruments, which rise
/// when stocks fall, whatever the signal's source.
#[must_use]
pub fn weight(signal: Signal, bear: bool) -> i64 {
    let weight = match signal {
        Signal::StrongBuy => 2,
        Signal::Buy => 1,
        Signal::Hold => 0,
        Signal::Sell => -1,
        Signal::StrongSell => -2,
    };
    if bear { -weight } else { weight }
}

impl Stats {
    /// The signal of a net change of `change` points. The bounds are uneven on purpose (domain.md section 5): with 6
    /// and −6 as outer values, +6 is a buy and −6 a strong sell.
    #[must_use]
    pub fn classify(&self, change: Price) -> Signal {
        if change > self.strong_buy {
            Signal::StrongBuy
        } else if change > self.buy {
            Signal::Buy
        } else if change >= self.sell {
            Signal::Hold
        } else if change > self.strong_sell {
            Signal::Sell
        } else {
            Signal::StrongSell
        }
    }

    /// The value that stands for `signal` in the composite, points.
    #[must_use]
    pub fn value(&self, signal: Signal) -> Price {
        match signal {
            Signal::StrongBuy => self.strong_buy,
            Signal::Buy => self.buy,
            Signal::Hold => self.hold,
            Signal::Sell => self.sell,
            Signal::StrongSell => self.strong_sell,
        }
    }

    /// Whether the values fall from strong buy to strong sell.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        Signal::ALL.windows(2).all(|pair| self.value(pair[0]) >= self.value(pair[1]))
    }
}
