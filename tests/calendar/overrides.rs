//! What config and the user's file say of a day, on top of the published calendar.

use thor_stack::calendar::{Calendar, DayOverride, Overrides};
use thor_stack::rules::market_clock::{MarketState, market_reading};
use thor_stack::value::Market;

/// The calendar with `[[calendar.override]]` tables, each written `market, date, closed` or `market, date, open-close`.
fn overridden(days: &[(&str, &str, &str)]) -> Calendar {
    Calendar::embedded().with_overrides(&overrides(days))
}

fn overrides(days: &[(&str, &str, &str)]) -> Overrides {
    let mut overrides = Overrides::default();
    for (market, date, day) in days {
        let day = match day.split_once('-') {
            Some((open, close)) => DayOverride::new(None, Some(open), Some(close)),
            None => DayOverride::new(Some(true), None, None),
        };
        overrides.insert(market.parse().unwrap(), date.parse().unwrap(), day.unwrap()).unwrap();
    }
    overrides
}

/// `open close` in UTC, `closed`, or `unknown`.
fn session(calendar: &Calendar, market: Market, date: &str) -> String {
    match calendar.session_on(market, date.parse().unwrap()) {
        Ok(None) => "closed".to_string(),
        Ok(Some(session)) => {
            format!("{}-{}", session.open.strftime("%H:%M"), session.close.strftime("%H:%M"))
        }
        Err(_) => "unknown".to_string(),
    }
}

#[test]
fn a_closure_announced_with_days_notice_is_a_holiday() {
    let calendar = overridden(&[("USA", "2026-11-30", "closed")]);
    assert_eq!(session(&calendar, Market::USA, "2026-11-30"), "closed");
    assert_eq!(session(&calendar, Market::USA, "2026-12-01"), "14:30-21:00");
    let now = "2026-11-30T15:00:00Z".parse().unwrap();
    let reading = market_reading(&calendar.outlook(Market::USA, now), now);
    assert_eq!((reading.state, reading.is_holiday_today), (MarketState::HolidayClosed, Some(true)));
    assert_eq!(reading.next_open_at.unwrap().to_string(), "2026-12-01T14:30:00Z");
}

#[test]
fn hours_of_one_day_are_local_unless_they_name_a_zone() {
    let calendar = overridden(&[
        ("London", "2026-12-01", "10:00-16:30"),
        ("Mexico", "2026-12-01", "08:00-12:00"),
        ("Mexico", "2026-12-02", "09:30-13:00 America/New_York"),
        ("India", "2026-12-05", "09:15-12:30"), // a Saturday
    ]);
    assert_eq!(session(&calendar, Market::UNITED_KINGDOM, "2026-12-01"), "10:00-16:30");
    assert_eq!(session(&calendar, Market::MEXICO, "2026-12-01"), "14:00-18:00");
    assert_eq!(session(&calendar, Market::MEXICO, "2026-12-02"), "14:30-18:00");
    assert_eq!(session(&calendar, Market::INDIA, "2026-12-05"), "03:45-07:00");
}

#[test]
fn an_override_makes_an_unpublished_day_known_and_no_other() {
    let calendar = overridden(&[("India", "2027-01-01", "09:15-15:30"), ("India", "2027-01-04", "closed")]);
    assert_eq!(session(&calendar, Market::INDIA, "2027-01-01"), "03:45-10:00");
    assert_eq!(session(&calendar, Market::INDIA, "2027-01-04"), "closed");
    assert_eq!(session(&calendar, Market::INDIA, "2027-01-05"), "unknown");
    let last = calendar.next_session(Market::INDIA, "2026-12-31T10:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(last.date.to_string(), "2027-01-01");
    assert!(calendar.next_session(Market::INDIA, last.open).is_err());
    let listed = calendar.sessions(Market::INDIA, "2026-12-31".parse().unwrap(), jiff::civil::Date::MAX);
    assert_eq!(listed.count(), 2);
}

#[test]
fn the_pre_market_hour_follows_new_york_unless_it_has_its_own_word() {
    let calendar = overridden(&[
        ("USA", "2026-11-30", "closed"),
        ("USA", "2026-12-25", "09:30-16:00"), // a holiday with a session
        ("USA", "2026-12-01", "11:00-16:00"), // a late open
        ("USA", "2026-12-02", "closed"),
        ("Pre_USA", "2026-12-02", "08:00-09:00"),
    ]);
    assert_eq!(session(&calendar, Market::PRE_USA, "2026-11-30"), "closed");
    assert_eq!(session(&calendar, Market::PRE_USA, "2026-12-25"), "13:30-14:30");
    assert_eq!(session(&calendar, Market::PRE_USA, "2026-12-01"), "13:30-14:30");
    assert_eq!(session(&calendar, Market::PRE_USA, "2026-12-02"), "13:00-14:00");
    assert_eq!(session(&calendar, Market::CANADA, "2026-11-30"), "14:30-21:00");

    let reopened = calendar.with_overrides(&overrides(&[("USA", "2026-11-30", "09:30-16:00")]));
    assert_eq!(session(&reopened, Market::PRE_USA, "2026-11-30"), "13:30-14:30");
}

#[test]
fn later_overrides_win() {
    let calendar = overridden(&[("Japan", "2026-12-01", "closed")]).with_overrides(&overrides(&[(
        "Japan",
        "2026-12-01",
        "09:00-11:30",
    )]));
    assert_eq!(session(&calendar, Market::JAPAN, "2026-12-01"), "00:00-02:30");
}

#[test]
fn hours_by_config_keep_early_closes_and_evening_sessions() {
    let with = |market, hours: &str| Calendar::embedded().with_hours(market, hours.parse().unwrap());
    let earlier = with(Market::USA, "09:00-17:00");
    assert_eq!(session(&earlier, Market::USA, "2025-11-26"), "14:00-22:00");
    assert_eq!(session(&earlier, Market::USA, "2025-11-27"), "closed");
    assert_eq!(session(&earlier, Market::USA, "2025-11-28"), "14:00-18:00", "still an early close");
    let morning = with(Market::USA, "09:30-11:00");
    assert_eq!(session(&morning, Market::USA, "2025-11-28"), "14:30-16:00", "ends before the early close");
    let evening = with(Market::INDIA, "09:00-16:00");
    assert_eq!(session(&evening, Market::INDIA, "2024-10-31"), "03:30-10:30");
    assert_eq!(session(&evening, Market::INDIA, "2024-11-01"), "12:30-13:30", "Muhurat");
    let mexico = with(Market::MEXICO, "08:30-15:00");
    assert_eq!(
        session(&mexico, Market::MEXICO, "2025-03-10"),
        "14:30-21:00",
        "local, as the original had it"
    );
}

/// Hours stated in a zone far from the market's can open on another local date.
#[test]
fn a_session_of_another_zone_is_found_on_both_of_its_local_dates() {
    let hours = "00:30-06:00 Asia/Tokyo".parse().unwrap();
    let calendar = Calendar::embedded().with_hours(Market::USA, hours);
    let session = calendar.session_on(Market::USA, "2025-11-26".parse().unwrap()).unwrap().unwrap();
    assert_eq!(session.open.to_string(), "2025-11-25T15:30:00Z", "the 25th in New York");
    assert_eq!(calendar.session_at(Market::USA, session.open), Ok(Some(session)));
    let before = "2025-11-25T15:00:00Z".parse().unwrap();
    let next = calendar.next_session(Market::USA, before).unwrap();
    assert_eq!(next.date.to_string(), "2025-11-26");
    assert_eq!(calendar.previous_session(Market::USA, session.close), Ok(session));
}
