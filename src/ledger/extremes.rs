//! What the ledger keeps of a future's extremes: days, seeds, and the state computed from them.

use super::{Ledger, LedgerError};
use crate::rules::extremes::{DailyRange, Extremes, Pair, Sources, first_day};
use crate::value::Price;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A future's high and low of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRange {
    /// The future.
    pub future: String,
    /// Its New York date, high and low.
    pub range: DailyRange,
}

/// What the user says of a future's 52 weeks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The future.
    pub future: String,
    /// Its high and low, with dates.
    pub pair: Pair,
}

/// A future's extremes as last computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtremesState {
    /// The future.
    pub future: String,
    /// The high and low of 52 weeks.
    pub weeks52: Pair,
    /// The highest and lowest known.
    pub all_time: Pair,
    /// The last price that was checked, and when.
    pub last: Option<(Price, Timestamp)>,
}

/// All that the ledger knows of a future's extremes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownExtremes {
    /// The days that still count, in order.
    pub days: Vec<DailyRange>,
    /// Since when there are days.
    pub coverage_from: Option<Date>,
    /// What the user says.
    pub seed: Option<Pair>,
    /// The high and low of 52 weeks, as last computed.
    pub weeks52: Pair,
    /// The highest and lowest known, as last computed.
    pub all_time: Pair,
    /// The last price that was checked, and when.
    pub last: Option<(Price, Timestamp)>,
}

impl KnownExtremes {
    /// Every future that `ledger` knows anything of, as of the New York date `today`.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn load(ledger: &dyn Ledger, today: Date) -> Result<BTreeMap<String, KnownExtremes>, LedgerError> {
        let mut futures: BTreeMap<String, KnownExtremes> = BTreeMap::new();
        for ExtremesState { future, weeks52, all_time, last } in ledger.extremes()? {
            let known = futures.entry(future).or_default();
            (known.weeks52, known.all_time, known.last) = (weeks52, all_time, last);
        }
        for (future, from) in ledger.coverage()? {
            futures.entry(future).or_default().coverage_from = Some(from);
        }
        for Seed { future, pair } in ledger.seeds()? {
            futures.entry(future).or_default().seed = Some(pair);
        }
        for (future, known) in &mut futures {
            known.days = ledger.days(future, first_day(today))?;
        }
        Ok(futures)
    }

    /// The extremes on `today`, the sheet's 52-week high and low of that day among them.
    #[must_use]
    pub fn as_of(&self, today: Date, sheet: (Option<Price>, Option<Price>)) -> Extremes {
        let sources = Sources {
            days: &self.days,
            seeds: self.seed.as_slice(),
            sheet,
            coverage_from: self.coverage_from,
            all_time: self.all_time,
            last: self.last,
        };
        Extremes::of(&sources, today)
    }
}
