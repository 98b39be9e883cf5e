//! Every day of every market, compared with the source in both directions.

use super::truth;
use thor_stack::calendar::Calendar;
use thor_stack::value::Market;

#[test]
fn every_session_of_the_source_is_in_the_calendar_and_no_other() {
    let calendar = Calendar::embedded();
    for market in Market::all() {
        let known = truth::sessions(market);
        let ours: Vec<_> =
            calendar.sessions(market, calendar.valid_from(market), calendar.valid_through(market)).collect();
        for session in known {
            assert!(ours.binary_search(session).is_ok(), "missing or different: {session:?}");
        }
        for session in &ours {
            assert!(known.binary_search(session).is_ok(), "not in the source: {session:?}");
        }
        assert_eq!(ours.len(), known.len(), "{market}");
        assert!(ours.len() > 4_000, "{market}: {} sessions", ours.len());
    }
}

#[test]
fn every_day_is_known_from_2010_to_the_last_published_one_and_no_other() {
    let calendar = Calendar::embedded();
    for market in Market::all() {
        let end = if [Market::CHINA, Market::INDIA].contains(&market) { 2026 } else { 2027 };
        let (first, last) = (calendar.valid_from(market), calendar.valid_through(market));
        assert_eq!(first.to_string(), "2010-01-01");
        assert_eq!(last.to_string(), format!("{end}-12-31"));
        let mut day = first;
        while day <= last {
            assert!(calendar.session_on(market, day).is_ok(), "{market} {day}");
            day = day.tomorrow().unwrap();
        }
        let before = calendar.session_on(market, first.yesterday().unwrap());
        let after = calendar.session_on(market, last.tomorrow().unwrap()).unwrap_err();
        assert!(before.is_err());
        let message = format!("the calendar of {market} knows 2010-01-01 to {last}, not {}-01-01; ", end + 1);
        assert!(after.to_string().starts_with(&message), "{after}");
    }
}

#[test]
fn a_list_of_sessions_ends_where_the_calendar_does() {
    let calendar = Calendar::embedded();
    let all = calendar.sessions(Market::USA, jiff::civil::Date::MIN, jiff::civil::Date::MAX);
    assert_eq!(all.count(), truth::sessions(Market::USA).len());
    let backwards =
        calendar.sessions(Market::USA, "2025-02-01".parse().unwrap(), "2025-01-01".parse().unwrap());
    assert_eq!(backwards.count(), 0);
}

#[test]
fn the_warning_starts_thirty_days_before_the_end_and_stays() {
    let calendar = Calendar::embedded();
    let markets = |now: &str| -> Vec<Market> {
        calendar.warnings(now.parse().unwrap()).iter().map(|expiry| expiry.market).collect()
    };
    assert_eq!(markets("2026-11-23T12:00:00Z"), []);
    assert_eq!(markets("2026-11-30T15:59:59Z"), [], "23:59:59 in Shanghai");
    assert_eq!(markets("2026-11-30T16:00:00Z"), [Market::CHINA], "midnight in Shanghai, not yet in Bombay");
    assert_eq!(markets("2026-12-01T12:00:00Z"), [Market::CHINA, Market::INDIA]);
    assert_eq!(markets("2027-06-01T12:00:00Z"), [Market::CHINA, Market::INDIA]);
    assert_eq!(markets("2027-12-02T12:00:00Z").len(), 9);

    let message = |now: &str| {
        let expiry = calendar.expiry(Market::INDIA, now.parse().unwrap()).unwrap();
        (expiry.days_left, expiry.to_string().split(':').next().unwrap().to_string())
    };
    assert_eq!(message("2026-12-01T12:00:00Z"), (30, "the calendar of India ends on 2026-12-31".to_string()));
    assert_eq!(
        message("2027-01-02T12:00:00Z"),
        (-2, "the calendar of India ended on 2026-12-31".to_string())
    );
}
