//! The trading calendars: every session of every market, as published and as the user corrected it.
//!
//! Stored are dates and local hours, never instants: the zone data alone knows when an hour comes. A day that no
//! exchange has published yet is [`Unpublished`], never a guess. Nothing here reads a clock or a file but
//! [`LiveCalendar`], which looks at the user's file of overrides.

mod embedded;
mod expiry;
mod global_clock;
mod live;
mod market_days;
mod override_toml;
mod overrides;

pub use expiry::Expiry;
pub use global_clock::{GlobalClock, global_clock};
pub use live::{LiveCalendar, OVERRIDE_FILE_NAME};
pub use override_toml::Problem;
pub use overrides::{DayOverride, OverrideError, Overrides};

use crate::value::{LocalHours, Market, Outlook, TradingSession, Unpublished};
use jiff::Timestamp;
use jiff::civil::Date;
use market_days::MarketDays;
use std::sync::{Arc, OnceLock};

/// The calendars of all markets. Immutable and cheap to clone; a question takes about a microsecond.
///
/// ```
/// use thor_stack::calendar::Calendar;
/// use thor_stack::value::Market;
///
/// let calendar = Calendar::embedded();
/// let friday_after_thanksgiving = "2025-11-28".parse()?;
/// let session = calendar.session_on(Market::USA, friday_after_thanksgiving)?.ok_or("no session")?;
/// assert_eq!(session.open.to_string(), "2025-11-28T14:30:00Z");
/// assert_eq!(session.close.to_string(), "2025-11-28T18:00:00Z"); // 13:00 in New York
/// assert!(calendar.session_on(Market::USA, "2010-01-02".parse()?)?.is_none()); // a Saturday
/// assert!(calendar.session_on(Market::USA, "2040-01-03".parse()?).is_err()); // nobody knows
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Calendar {
    markets: Vec<Arc<MarketDays>>, // in the order of Market::all
}

/// Markets whose days are those of another: an override of the latter's day holds for them too, unless they have
/// one of their own.
const DAYS_OF: [(Market, Market); 1] = [(Market::PRE_USA, Market::USA)];

impl Calendar {
    /// The published calendars, read once in a process, at the first use.
    #[must_use]
    pub fn embedded() -> Calendar {
        static EMBEDDED: OnceLock<Calendar> = OnceLock::new();
        let read = || Calendar { markets: Market::all().map(embedded::market_days).map(Arc::new).collect() };
        EMBEDDED.get_or_init(read).clone()
    }

    /// This calendar with `hours` as the regular hours of `market`, on every day. Days with hours of their own keep
    /// what made them special: an early close stays one.
    #[must_use]
    pub fn with_hours(mut self, market: Market, hours: LocalHours) -> Calendar {
        if let Some(days) = self.days_mut(market) {
            days.custom = Some(hours);
        }
        self
    }

    /// This calendar with `overrides` on top; they win over those that it has already. A day of `USA` that is
    /// closed or added is one of `Pre_USA` too.
    #[must_use]
    pub fn with_overrides(mut self, overrides: &Overrides) -> Calendar {
        for (market, date, day) in overrides.iter() {
            if let Some(days) = self.days_mut(market) {
                days.overrides.insert(date, day.clone());
            }
            for (follower, _) in DAYS_OF.into_iter().filter(|(_, leader)| *leader == market) {
                self.inherit(follower, date, day);
            }
        }
        self
    }

    /// The session of `market` on its local `date`; `None`: it has none.
    ///
    /// # Errors
    /// [`Unpublished`] where nothing is known of that day.
    pub fn session_on(&self, market: Market, date: Date) -> Result<Option<TradingSession>, Unpublished> {
        self.days(market).session_on(date)
    }

    /// The session of `market` that is open at `instant`; `None`: it is closed.
    ///
    /// # Errors
    /// [`Unpublished`] where nothing is known of that day.
    pub fn session_at(
        &self,
        market: Market,
        instant: Timestamp,
    ) -> Result<Option<TradingSession>, Unpublished> {
        self.days(market).session_at(instant)
    }

    /// The first session of `market` that opens after `instant`.
    ///
    /// # Errors
    /// [`Unpublished`] where a day on the way to it is not known.
    pub fn next_session(&self, market: Market, instant: Timestamp) -> Result<TradingSession, Unpublished> {
        self.days(market).next_session(instant)
    }

    /// The last session of `market` that closed at or before `instant`.
    ///
    /// # Errors
    /// [`Unpublished`] where a day on the way to it is not known.
    pub fn previous_session(
        &self,
        market: Market,
        instant: Timestamp,
    ) -> Result<TradingSession, Unpublished> {
        self.days(market).previous_session(instant)
    }

    /// The known sessions of `market` from one local date to another, both included. Days that are not published
    /// give none: compare with [`Calendar::valid_from`] and [`Calendar::valid_through`].
    pub fn sessions(&self, market: Market, from: Date, to: Date) -> impl Iterator<Item = TradingSession> {
        let days = self.days(market);
        let (from, to) = days.clip(from, to);
        let mut next = (from <= to).then_some(from);
        std::iter::from_fn(move || {
            let date = next?;
            next = date.tomorrow().ok().filter(|date| *date <= to);
            Some(days.session_on(date).ok().flatten())
        })
        .flatten()
    }

    /// What is known of `market` around `now`, for the market clock.
    #[must_use]
    pub fn outlook(&self, market: Market, now: Timestamp) -> Outlook {
        self.days(market).outlook(now)
    }

    /// The local date of `market` at `instant`.
    #[must_use]
    pub fn date_at(&self, market: Market, instant: Timestamp) -> Date {
        self.days(market).date_at(instant)
    }

    /// The first day of which the published calendar of `market` knows.
    #[must_use]
    pub fn valid_from(&self, market: Market) -> Date {
        self.days(market).valid_from
    }

    /// The last day of which the published calendar of `market` knows.
    #[must_use]
    pub fn valid_through(&self, market: Market) -> Date {
        self.days(market).valid_through
    }

    /// The calendar of `market` ends soon or has ended: from [`Expiry::NOTICE_DAYS`] before its last day on.
    #[must_use]
    pub fn expiry(&self, market: Market, now: Timestamp) -> Option<Expiry> {
        self.days(market).expiry(now)
    }

    /// Every [`Expiry`] at `now`, one a market.
    #[must_use]
    pub fn warnings(&self, now: Timestamp) -> Vec<Expiry> {
        Market::all().filter_map(|market| self.expiry(market, now)).collect()
    }

    fn days(&self, market: Market) -> &MarketDays {
        &self.markets[market.position()]
    }

    fn days_mut(&mut self, market: Market) -> Option<&mut MarketDays> {
        self.markets.get_mut(market.position()).map(Arc::make_mut)
    }

    /// `day` was said of the market that `follower` takes its days from: whether there is a session follows, the
    /// hours do not (the hour before the open stays where it is when New York opens late).
    fn inherit(&mut self, follower: Market, date: Date, day: &DayOverride) {
        let Some(days) = self.days_mut(follower) else { return };
        days.inherited.remove(&date);
        let has_session = matches!(days.session_on(date), Ok(Some(_)));
        match day {
            DayOverride::Closed => days.inherited.insert(date, DayOverride::Closed),
            _ if has_session => None,
            _ => days.inherited.insert(date, DayOverride::Regular),
        };
    }
}
