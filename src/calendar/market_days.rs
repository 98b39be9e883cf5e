//! The days of one market: which have a session, and at what hours.

use super::{DayOverride, Expiry};
use crate::value::{LocalHours, Market, Outlook, TradingSession, Unpublished};
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

/// What is known of one market. Instants are computed from local hours when they are asked for, so a zone's rules
/// live in the zone data alone.
#[derive(Debug, Clone)]
pub(super) struct MarketDays {
    pub(super) market: Market,
    pub(super) zone: TimeZone,
    pub(super) valid_from: Date,
    pub(super) valid_through: Date,
    /// Regular hours, each from its date on; sorted.
    pub(super) regular: Vec<(Date, LocalHours)>,
    /// Days unlike the rest: closed weekdays, and sessions with hours of their own; sorted.
    pub(super) exceptions: Vec<(Date, DayOverride)>,
    /// Regular hours by config, in place of the published ones.
    pub(super) custom: Option<LocalHours>,
    /// What the user said of a day.
    pub(super) overrides: BTreeMap<Date, DayOverride>,
    /// What the user said of the market whose days these are.
    pub(super) inherited: BTreeMap<Date, DayOverride>,
}

/// A session's open and close.
type Span = (Timestamp, Timestamp);

impl MarketDays {
    pub(super) fn session_on(&self, date: Date) -> Result<Option<TradingSession>, Unpublished> {
        let span = self.span_on(date)?;
        Ok(span.map(|(open, close)| TradingSession { market: self.market, date, open, close }))
    }

    pub(super) fn session_at(&self, instant: Timestamp) -> Result<Option<TradingSession>, Unpublished> {
        let today = self.date_at(instant);
        self.session_on(today)?; // whether today is known decides; its neighbours only add
        let contains = |session: &TradingSession| session.contains(instant);
        let around = [Some(today), today.yesterday().ok(), today.tomorrow().ok()];
        Ok(around
            .into_iter()
            .flatten()
            .find_map(|date| self.session_on(date).ok().flatten().filter(contains)))
    }

    /// The first session that opens after `instant`.
    pub(super) fn next_session(&self, instant: Timestamp) -> Result<TradingSession, Unpublished> {
        let today = self.date_at(instant);
        // Hours stated in another zone may put yesterday's session on today.
        let yesterday = today.yesterday().ok().and_then(|date| self.session_on(date).ok().flatten());
        if let Some(session) = yesterday.filter(|session| session.open > instant) {
            return Ok(session);
        }
        let mut date = today;
        loop {
            match self.session_on(date)? {
                Some(session) if session.open > instant => return Ok(session),
                _ => date = date.tomorrow().map_err(|_| self.unpublished(date))?,
            }
        }
    }

    /// The last session that closed at or before `instant`.
    pub(super) fn previous_session(&self, instant: Timestamp) -> Result<TradingSession, Unpublished> {
        let today = self.date_at(instant);
        let tomorrow = today.tomorrow().ok().and_then(|date| self.session_on(date).ok().flatten());
        if let Some(session) = tomorrow.filter(|session| session.close <= instant) {
            return Ok(session);
        }
        let mut date = today;
        loop {
            match self.session_on(date)? {
                Some(session) if session.close <= instant => return Ok(session),
                _ => date = date.yesterday().map_err(|_| self.unpublished(date))?,
            }
        }
    }

    pub(super) fn outlook(&self, now: Timestamp) -> Outlook {
        Outlook {
            market: self.market,
            current: self.session_at(now).ok().flatten(),
            next: self.next_session(now).ok(),
            is_holiday_today: self.is_holiday(self.date_at(now)).ok(),
        }
    }

    /// A weekday without a session, or a day that the user closed.
    fn is_holiday(&self, date: Date) -> Result<bool, Unpublished> {
        let has_session = self.span_on(date)?.is_some();
        Ok(!has_session && (!is_weekend(date) || self.overridden(date).is_some()))
    }

    pub(super) fn date_at(&self, instant: Timestamp) -> Date {
        self.zone.to_datetime(instant).date()
    }

    /// The part of a range of days outside of which nothing is known.
    pub(super) fn clip(&self, from: Date, to: Date) -> (Date, Date) {
        let said = || self.overrides.keys().chain(self.inherited.keys()).copied();
        let first = said().min().map_or(self.valid_from, |date| date.min(self.valid_from));
        let last = said().max().map_or(self.valid_through, |date| date.max(self.valid_through));
        (from.max(first), to.min(last))
    }

    pub(super) fn expiry(&self, now: Timestamp) -> Option<Expiry> {
        let today = self.date_at(now);
        let warn_from = self.valid_through.saturating_sub(Expiry::NOTICE_DAYS.days());
        let days_left = self.valid_through.duration_since(today).as_hours() / 24;
        let expiry = Expiry { market: self.market, valid_through: self.valid_through, days_left };
        (today >= warn_from).then_some(expiry)
    }

    pub(super) fn overridden(&self, date: Date) -> Option<&DayOverride> {
        self.overrides.get(&date).or_else(|| self.inherited.get(&date))
    }

    fn span_on(&self, date: Date) -> Result<Option<Span>, Unpublished> {
        if let Some(day) = self.overridden(date) {
            return self.span_of(day, date);
        }
        if date < self.valid_from || self.valid_through < date {
            return Err(self.unpublished(date));
        }
        match self.exception(date) {
            Some(DayOverride::Closed) => Ok(None),
            Some(DayOverride::Session(own)) => self.span_of_exception(own, date).map(Some),
            None if is_weekend(date) => Ok(None),
            Some(DayOverride::Regular) | None => self.regular_span(date).map(Some),
        }
    }

    fn span_of(&self, day: &DayOverride, date: Date) -> Result<Option<Span>, Unpublished> {
        match day {
            DayOverride::Closed => Ok(None),
            DayOverride::Session(hours) => self.span(hours, date).map(Some),
            DayOverride::Regular => self.regular_span(date).map(Some),
        }
    }

    /// The hours of a day that has its own. Under custom hours it keeps what made it special: an early close stays
    /// one, a session outside the custom hours stays whole.
    fn span_of_exception(&self, own: &LocalHours, date: Date) -> Result<Span, Unpublished> {
        let (open, close) = self.span(own, date)?;
        let (Some(custom), Some(published)) = (&self.custom, self.published(date)) else {
            return Ok((open, close));
        };
        let (usual, custom) = (self.span(published, date)?, self.span(custom, date)?);
        let opens = if open == usual.0 { custom.0 } else { open.max(custom.0) };
        let closes = if close == usual.1 { custom.1 } else { close.min(custom.1) };
        Ok(if opens < closes { (opens, closes) } else { (open, close) })
    }

    fn regular_span(&self, date: Date) -> Result<Span, Unpublished> {
        let hours = self.custom.as_ref().or_else(|| self.published(date));
        self.span(hours.ok_or_else(|| self.unpublished(date))?, date)
    }

    fn span(&self, hours: &LocalHours, date: Date) -> Result<Span, Unpublished> {
        hours.on(date, &self.zone).map_err(|_| self.unpublished(date))
    }

    /// The regular hours that the exchange published for `date`; the last known ones past the data.
    fn published(&self, date: Date) -> Option<&LocalHours> {
        let after = self.regular.partition_point(|(since, _)| *since <= date);
        self.regular.get(after.saturating_sub(1)).map(|(_, hours)| hours)
    }

    fn exception(&self, date: Date) -> Option<&DayOverride> {
        let at = self.exceptions.binary_search_by_key(&date, |(date, _)| *date).ok()?;
        self.exceptions.get(at).map(|(_, day)| day)
    }

    fn unpublished(&self, date: Date) -> Unpublished {
        Unpublished {
            market: self.market,
            date,
            valid_from: self.valid_from,
            valid_through: self.valid_through,
        }
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
