//! 52-week and all-time highs and lows of a future.

use crate::value::Price;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// A day's high and low count until this many days later (52 weeks; domain.md section 9).
pub const WINDOW_DAYS: i64 = 364;

/// What the ledger keeps of a future a day: the extremes of its last prices on a New York date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct DailyRange {
    pub date: Date,
    pub high: Price,
    pub low: Price,
}

impl DailyRange {
    /// The day's range after a last price of `last` on `today`; `known` is what is kept of the future's latest day.
    /// `None` when nothing moved: only strictly higher or lower does.
    #[must_use]
    pub fn moved_by(known: Option<&DailyRange>, today: Date, last: Price) -> Option<DailyRange> {
        match known.filter(|known| known.date == today) {
            None => Some(DailyRange { date: today, high: last, low: last }),
            Some(known) if known.low <= last && last <= known.high => None,
            Some(known) => {
                Some(DailyRange { high: known.high.max(last), low: known.low.min(last), ..*known })
            }
        }
    }
}

/// A high or a low, and the New York date on which it was first reached; the sheet's have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[allow(missing_docs)]
pub struct Extreme {
    pub price: Price,
    pub date: Option<Date>,
}

/// A high and a low, each where known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct Pair {
    pub high: Option<Extreme>,
    pub low: Option<Extreme>,
}

/// Where the extremes of a future come from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// The days that the ledger keeps.
    pub days: &'a [DailyRange],
    /// What the user seeded, with dates.
    pub seeds: &'a [Pair],
    /// The sheet's 52-week columns of today: high and low.
    pub sheet: (Option<Price>, Option<Price>),
    /// Since when the ledger has days, where it remembers that: days that rolled off and were deleted do not move it.
    pub coverage_from: Option<Date>,
    /// The all-time extremes known so far.
    pub all_time: Pair,
    /// The last price checked, and when.
    pub last: Option<(Price, Timestamp)>,
}

/// The extremes of a future, as of a New York date.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Extremes {
    /// The highest of 52 weeks.
    pub high: Option<Extreme>,
    /// The lowest of 52 weeks.
    pub low: Option<Extreme>,
    /// The highest known at all.
    pub all_time_high: Option<Extreme>,
    /// The lowest known at all.
    pub all_time_low: Option<Extreme>,
    /// The last price checked, points.
    pub last: Option<Price>,
    /// When it was checked.
    pub checked_at: Option<Timestamp>,
    /// The first day that the ledger has.
    pub coverage_from: Option<Date>,
    /// Whether the ledger has less than 52 weeks, and neither seed nor sheet makes up for it.
    pub partial: bool,
}

/// What a new last price, seed or sheet moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// A new 52-week high.
    High {
        /// The high before.
        from: Extreme,
        /// The new one.
        to: Extreme,
    },
    /// A new 52-week low.
    Low {
        /// The low before.
        from: Extreme,
        /// The new one.
        to: Extreme,
    },
}

impl Extremes {
    /// The extremes of `sources` merged, as of `today` in New York.
    #[must_use]
    pub fn of(sources: &Sources<'_>, today: Date) -> Extremes {
        let first_day = first_day(today);
        let in_window = |it: &Extreme| it.date.is_none_or(|date| first_day <= date && date <= today);
        let (highs, lows) = (highs(sources), lows(sources));
        let coverage_from = sources.days.iter().map(|day| day.date).chain(sources.coverage_from).min();
        let covered = coverage_from.is_some_and(|from| from <= first_day);
        Extremes {
            high: highest(highs.iter().copied().filter(in_window)),
            low: lowest(lows.iter().copied().filter(in_window)),
            all_time_high: highest(sources.all_time.high.into_iter().chain(highs)),
            all_time_low: lowest(sources.all_time.low.into_iter().chain(lows)),
            last: sources.last.map(|(last, _)| last),
            checked_at: sources.last.map(|(_, at)| at),
            coverage_from,
            partial: !covered && !is_made_up_for(sources, in_window),
        }
    }

    /// The 52-week low and high, where the whole 52 weeks are known; what is partial is no 52-week value.
    #[must_use]
    pub fn full_range(&self) -> (Option<Price>, Option<Price>) {
        let price = |it: Option<Extreme>| it.map(|it| it.price).filter(|_| !self.partial);
        (price(self.low), price(self.high))
    }

    /// What moved since `before`: strictly higher highs and strictly lower lows. What is seen for the first time and
    /// what rolled off are no moves.
    #[must_use]
    pub fn moves_since(&self, before: &Extremes) -> Vec<Move> {
        let high = before.high.zip(self.high).filter(|(from, to)| to.price > from.price);
        let low = before.low.zip(self.low).filter(|(from, to)| to.price < from.price);
        let high = high.map(|(from, to)| Move::High { from, to });
        high.into_iter().chain(low.map(|(from, to)| Move::Low { from, to })).collect()
    }
}

/// The first day that still counts on `today`.
#[must_use]
pub fn first_day(today: Date) -> Date {
    today.saturating_sub(WINDOW_DAYS.days())
}

fn highs(sources: &Sources<'_>) -> Vec<Extreme> {
    let days = sources.days.iter().map(|day| Extreme { price: day.high, date: Some(day.date) });
    let sheet = sources.sheet.0.map(|price| Extreme { price, date: None });
    days.chain(sources.seeds.iter().filter_map(|seed| seed.high)).chain(sheet).collect()
}

fn lows(sources: &Sources<'_>) -> Vec<Extreme> {
    let days = sources.days.iter().map(|day| Extreme { price: day.low, date: Some(day.date) });
    let sheet = sources.sheet.1.map(|price| Extreme { price, date: None });
    days.chain(sources.seeds.iter().filter_map(|seed| seed.low)).chain(sheet).collect()
}

fn highest(extremes: impl Iterator<Item = Extreme>) -> Option<Extreme> {
    extremes.reduce(|a, b| if b.price > a.price || (b.price == a.price && is_earlier(b, a)) { b } else { a })
}

fn lowest(extremes: impl Iterator<Item = Extreme>) -> Option<Extreme> {
    extremes.reduce(|a, b| if b.price < a.price || (b.price == a.price && is_earlier(b, a)) { b } else { a })
}

/// Of equal prices the first to be reached stands, and one with a date before one without.
fn is_earlier(a: Extreme, b: Extreme) -> bool {
    match (a.date, b.date) {
        (Some(a), Some(b)) => a < b,
        (a, b) => a.is_some() && b.is_none(),
    }
}

fn is_made_up_for(sources: &Sources<'_>, in_window: impl Fn(&Extreme) -> bool) -> bool {
    let seeded_high = sources.seeds.iter().filter_map(|seed| seed.high).any(|it| in_window(&it));
    let seeded_low = sources.seeds.iter().filter_map(|seed| seed.low).any(|it| in_window(&it));
    (seeded_high || sources.sheet.0.is_some()) && (seeded_low || sources.sheet.1.is_some())
}
