//! What the user knows better than the published calendar: closures and sessions announced with days' notice.

use crate::value::{LocalHours, LocalHoursError, Market};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What one day of one market is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DayOverride {
    /// No session.
    Closed,
    /// A session of these hours.
    Session(LocalHours),
    /// A session at the market's regular hours, even on a weekend or a holiday.
    Regular,
}

/// Why an override says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OverrideError {
    /// Neither closed nor hours, or only one of the hours.
    #[error("an override needs closed = true, or both open and close")]
    Incomplete,
    /// Closed, and hours.
    #[error("an override is either closed = true, or open and close; not both")]
    Contradiction,
    /// Bad hours.
    #[error(transparent)]
    Hours(#[from] LocalHoursError),
    /// The day has been overridden before, in the same place.
    #[error("{0} {1} is overridden twice; keep one")]
    Twice(Market, Date),
}

impl DayOverride {
    /// The override that the keys of `[[calendar.override]]` mean.
    ///
    /// # Errors
    /// [`OverrideError`], by what is wrong with them.
    pub fn new(
        closed: Option<bool>,
        open: Option<&str>,
        close: Option<&str>,
    ) -> Result<DayOverride, OverrideError> {
        match (closed.unwrap_or(false), open, close) {
            (true, None, None) => Ok(DayOverride::Closed),
            (true, ..) => Err(OverrideError::Contradiction),
            (false, Some(open), Some(close)) => Ok(DayOverride::Session(LocalHours::new(open, close)?)),
            (false, ..) => Err(OverrideError::Incomplete),
        }
    }
}

/// Overridden days, each at most once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    days: BTreeMap<(Market, Date), DayOverride>,
}

impl Overrides {
    /// Adds a day.
    ///
    /// # Errors
    /// [`OverrideError::Twice`] if the day is here already; it keeps its first meaning.
    pub fn insert(&mut self, market: Market, date: Date, day: DayOverride) -> Result<(), OverrideError> {
        if self.days.contains_key(&(market, date)) {
            return Err(OverrideError::Twice(market, date));
        }
        self.days.insert((market, date), day);
        Ok(())
    }

    /// The days, by market and date.
    pub fn iter(&self) -> impl Iterator<Item = (Market, Date, &DayOverride)> {
        self.days.iter().map(|((market, date), day)| (*market, *date, day))
    }

    /// Whether every day of `others` is here too, whatever it is.
    pub(super) fn has_days_of(&self, others: &Overrides) -> bool {
        others.days.keys().all(|day| self.days.contains_key(day))
    }

    /// How many days.
    #[must_use]
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }
}
