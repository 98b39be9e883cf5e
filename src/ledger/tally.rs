//! How many rows of each signal came to which outcome.

use crate::rules::backtest::{Counts, Decided};
use crate::value::{Outcome, Signal};

/// Rows counted by signal and outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    counts: [[i64; 4]; 6],
}

impl Tally {
    /// How many rows with `signal` (`None`: without one) came to `outcome`.
    #[must_use]
    pub fn count(&self, signal: Option<Signal>, outcome: Outcome) -> i64 {
        self.counts[row(signal)][outcome as usize]
    }

    /// How many rows with `signal` there are, whatever became of them.
    #[must_use]
    pub fn total(&self, signal: Option<Signal>) -> i64 {
        self.counts[row(signal)].iter().sum()
    }

    /// The counts that the statistics of a session row are made of.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let decided = |signal| Decided {
            worked: self.count(Some(signal), Outcome::Worked),
            didnt_work: self.count(Some(signal), Outcome::DidntWork),
        };
        Counts {
            strong_buy: decided(Signal::StrongBuy),
            buy: decided(Signal::Buy),
            sell: decided(Signal::Sell),
            strong_sell: decided(Signal::StrongSell),
            holds: self.total(Some(Signal::Hold)),
        }
    }

    /// Counts `rows` more.
    pub fn add(&mut self, signal: Option<Signal>, outcome: Outcome, rows: i64) {
        self.counts[row(signal)][outcome as usize] += rows;
    }
}

fn row(signal: Option<Signal>) -> usize {
    signal.map_or(5, |signal| signal as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_and_outcome_has_its_own_count() {
        let mut tally = Tally::default();
        let signals = Signal::ALL.map(Some).into_iter().chain([None]);
        let cells: Vec<_> =
            signals.flat_map(|signal| Outcome::ALL.iter().map(move |outcome| (signal, *outcome))).collect();
        for (rows, (signal, outcome)) in (1..).zip(&cells) {
            tally.add(*signal, *outcome, rows);
        }
        for (rows, (signal, outcome)) in (1..).zip(&cells) {
            assert_eq!(tally.count(*signal, *outcome), rows);
        }
        assert_eq!(tally.total(Some(Signal::StrongBuy)), 1 + 2 + 3 + 4);
        let counts = tally.counts();
        assert_eq!(counts.strong_buy, Decided { worked: 2, didnt_work: 3 });
        assert_eq!(counts.strong_sell, Decided { worked: 18, didnt_work: 19 });
        assert_eq!(counts.holds, 9 + 10 + 11 + 12);
    }
}
