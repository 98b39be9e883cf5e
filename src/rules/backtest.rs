//! How earlier rows of a country and future did, by signal.

use crate::value::{History, Outcome, Percent, Signal};
use jiff::Timestamp;
use rust_decimal::Decimal;

/// An earlier row, as far as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastRow {
    /// When it was captured.
    pub captured_at: Timestamp,
    /// Its signal.
    pub signal: Option<Signal>,
    /// What became of it.
    pub outcome: Outcome,
}

/// The statistics over those of `rows` that were captured before `as_of`: the counts of each signal that worked and
/// that did not, each as a percentage of the two (0 when there are none), and the number of holds.
#[must_use]
pub fn statistics(rows: impl IntoIterator<Item = PastRow>, as_of: Timestamp) -> History {
    let mut counts = Counts::default();
    rows.into_iter().filter(|row| row.captured_at < as_of).for_each(|row| counts.add(&row));
    counts.history()
}

/// Worked and did not work, by signal; for stores that count for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct Counts {
    pub strong_buy: Decided,
    pub buy: Decided,
    pub sell: Decided,
    pub strong_sell: Decided,
    pub holds: i64,
}

/// The decided rows of one signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct Decided {
    pub worked: i64,
    pub didnt_work: i64,
}

impl Counts {
    /// Counts `row`, whenever it was captured.
    pub fn add(&mut self, row: &PastRow) {
        match row.signal {
            Some(Signal::StrongBuy) => self.strong_buy.add(row.outcome),
            Some(Signal::Buy) => self.buy.add(row.outcome),
            Some(Signal::Sell) => self.sell.add(row.outcome),
            Some(Signal::StrongSell) => self.strong_sell.add(row.outcome),
            Some(Signal::Hold) => self.holds += 1,
            None => {}
        }
    }

    /// The counts with their percentages, as a session row holds them.
    #[must_use]
    pub fn history(&self) -> History {
        History {
            strong_buy_worked: Some(self.strong_buy.worked),
            strong_buy_worked_percentage: Some(self.strong_buy.worked_percentage()),
            strong_buy_didnt_work: Some(self.strong_buy.didnt_work),
            strong_buy_didnt_work_percentage: Some(self.strong_buy.didnt_work_percentage()),
            buy_worked: Some(self.buy.worked),
            buy_worked_percentage: Some(self.buy.worked_percentage()),
            buy_didnt_work: Some(self.buy.didnt_work),
            buy_didnt_work_percentage: Some(self.buy.didnt_work_percentage()),
            sell_worked: Some(self.sell.worked),
            sell_worked_percentage: Some(self.sell.worked_percentage()),
            sell_didnt_work: Some(self.sell.didnt_work),
            sell_didnt_work_percentage: Some(self.sell.didnt_work_percentage()),
            strong_sell_worked: Some(self.strong_sell.worked),
            strong_sell_worked_percentage: Some(self.strong_sell.worked_percentage()),
            strong_sell_didnt_work: Some(self.strong_sell.didnt_work),
            strong_sell_didnt_work_percentage: Some(self.strong_sell.didnt_work_percentage()),
            hold: Some(self.holds),
        }
    }
}

impl Decided {
    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Worked => self.worked += 1,
            Outcome::DidntWork => self.didnt_work += 1,
            Outcome::Pending | Outcome::Neutral => {}
        }
    }

    /// Of the two; 0 when there are none.
    #[must_use]
    pub fn worked_percentage(&self) -> Percent {
        self.share(self.worked)
    }

    /// Of the two; 0 when there are none.
    #[must_use]
    pub fn didnt_work_percentage(&self) -> Percent {
        self.share(self.didnt_work)
    }

    fn share(&self, part: i64) -> Percent {
        Percent::of(Decimal::from(part), Decimal::from(self.worked + self.didnt_work)).unwrap_or_default()
    }
}
