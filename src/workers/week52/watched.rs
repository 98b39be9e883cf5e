//! One future's sources of extremes, and what they come to.

use crate::ledger::{ExtremesState, KnownExtremes, Ledger, LedgerError};
use crate::rules::extremes::{DailyRange, Extremes, Move, Pair};
use crate::value::Price;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The sheet's 52-week high and low.
type SheetColumns = (Option<Price>, Option<Price>);

/// A future that is watched.
#[derive(Default)]
pub(super) struct Watched {
    known: KnownExtremes,
    sheet: Option<(Date, SheetColumns)>,
    partial: bool,
    merged_on: Option<Date>,
    moves: Vec<(Move, bool)>,
    unwritten: bool,
}

/// What a last price changed.
pub(super) struct Change {
    /// The day's range, where it moved.
    pub(super) range: Option<DailyRange>,
    /// Whether an extreme did.
    pub(super) moved: bool,
}

impl Watched {
    /// Every future that the ledger knows anything of.
    pub(super) fn load(ledger: &dyn Ledger, today: Date) -> Result<BTreeMap<String, Watched>, LedgerError> {
        let known = KnownExtremes::load(ledger, today)?.into_iter();
        Ok(known.map(|(future, known)| (future, Watched { known, ..Watched::default() })).collect())
    }

    /// Takes in a last price, and what the sheet says on the same row, seen at `at` on the New York date `today`.
    pub(super) fn observe(&mut self, today: Date, last: Price, sheet: SheetColumns, at: Timestamp) -> Change {
        self.unwritten |= self.known.last != Some((last, at));
        self.known.last = Some((last, at));
        let of_today = self.known.days.iter().rfind(|day| day.date == today);
        let range = DailyRange::moved_by(of_today, today, last);
        if let Some(range) = range {
            self.keep(range);
        }
        let news = range.is_some() | self.take_sheet(today, sheet) | (self.merged_on != Some(today));
        Change { range, moved: news && self.merge(today) }
    }

    /// Takes up what the user seeded.
    pub(super) fn seeded(&mut self, pair: Pair) {
        if self.known.seed != Some(pair) {
            self.known.seed = Some(pair);
            self.merged_on = None;
        }
    }

    /// The extremes as of `today`, which is the sheet's day.
    fn as_of(&self, today: Date) -> Extremes {
        self.known.as_of(today, self.sheet.map(|(_, columns)| columns).unwrap_or_default())
    }

    pub(super) fn state(&self, future: &str) -> ExtremesState {
        let (weeks52, all_time) = (self.known.weeks52, self.known.all_time);
        ExtremesState { future: future.into(), weeks52, all_time, last: self.known.last }
    }

    /// Whether a last price was seen since the last write.
    pub(super) fn is_unwritten(&self) -> bool {
        self.unwritten
    }

    /// Whether less than 52 weeks are known of.
    pub(super) fn is_partial(&self) -> bool {
        self.partial
    }

    /// Notes that the state was written, and returns what had moved, each with whether the extremes are partial.
    pub(super) fn written(&mut self) -> Vec<(Move, bool)> {
        self.unwritten = false;
        std::mem::take(&mut self.moves)
    }

    /// The day's range in place of an earlier one of the same day. Days that rolled off stay, as the clock that says so
    /// may be set back.
    fn keep(&mut self, range: DailyRange) {
        let days = &mut self.known.days;
        let place = days.partition_point(|day| day.date < range.date);
        match days.get_mut(place) {
            Some(known) if known.date == range.date => *known = range,
            _ => days.insert(place, range),
        }
        self.known.coverage_from = self.known.coverage_from.or(Some(range.date));
    }

    /// The columns hold for the day; a cell that is absent for a moment does not end that.
    fn take_sheet(&mut self, today: Date, (high, low): SheetColumns) -> bool {
        let known = self.sheet.filter(|(date, _)| *date == today).map(|(_, columns)| columns);
        let (known_high, known_low) = known.unwrap_or_default();
        let sheet = Some((today, (high.or(known_high), low.or(known_low))));
        std::mem::replace(&mut self.sheet, sheet) != sheet
    }

    /// Merges the sources anew; says whether that changed anything.
    fn merge(&mut self, today: Date) -> bool {
        let now = self.as_of(today);
        let before = Extremes { high: self.known.weeks52.high, low: self.known.weeks52.low, ..now.clone() };
        self.moves.extend(now.moves_since(&before).into_iter().map(|it| (it, now.partial)));
        let weeks52 = Pair { high: now.high, low: now.low };
        let all_time = Pair { high: now.all_time_high, low: now.all_time_low };
        let changed = (weeks52, all_time) != (self.known.weeks52, self.known.all_time);
        (self.known.weeks52, self.known.all_time, self.partial) = (weeks52, all_time, now.partial);
        self.merged_on = Some(today);
        changed
    }
}
