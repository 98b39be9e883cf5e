//! Sessions and market clocks of the days that are known to be hard, written by hand.

use jiff::Timestamp;
use thor_stack::calendar::Calendar;
use thor_stack::rules::market_clock::market_reading;
use thor_stack::value::Market;

/// The fields of each line but comments; `source` may hold commas.
fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    let lines = table.lines().skip(1).filter(|line| !line.is_empty());
    lines.map(|line| line.splitn(N, ',').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("{line}")))
}

#[test]
fn hard_days_have_the_sessions_that_they_had() {
    for [market, date, expected, source] in rows(include_str!("markets_sessions.csv")) {
        let session =
            Calendar::embedded().session_on(market.parse::<Market>().unwrap(), date.parse().unwrap());
        let found = match session {
            Ok(None) => "closed".to_string(),
            Ok(Some(session)) => format!("{} {}", session.open, session.close),
            Err(_) => "unknown".to_string(),
        };
        let expected = match expected.split_once('-') {
            Some((open, close)) => format!("{date}T{open}:00Z {date}T{close}:00Z"),
            None => expected.to_string(),
        };
        assert_eq!(found, expected, "{market} {date}: {source}");
    }
}

#[test]
fn market_clocks_show_what_they_should() {
    for [market, at, state, next_event, seconds, is_holiday, why] in rows(include_str!("markets_clock.csv")) {
        let now: Timestamp = at.parse().unwrap();
        let outlook = Calendar::embedded().outlook(market.parse::<Market>().unwrap(), now);
        let reading = serde_json::to_value(market_reading(&outlook, now)).unwrap();
        let shown = |key: &str| reading[key].to_string().replace('"', "");
        let found =
            [shown("state"), shown("next_event"), shown("seconds_to_next_event"), shown("is_holiday_today")];
        assert_eq!(found, [state, next_event, seconds, is_holiday], "{market} {at}: {why}");
    }
}
