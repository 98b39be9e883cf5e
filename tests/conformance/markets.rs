//! The control markets, and their sessions and clocks on the days that are known to be hard, written by hand:
//! domain.md section 6.

use jiff::Timestamp;
use thor_stack::calendar::Calendar;
use thor_stack::rules::global_composite::{Phase, composite};
use thor_stack::rules::market_clock::market_reading;
use thor_stack::value::Market;

/// The fields of each line but comments; `source` may hold commas.
fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    let lines = table.lines().skip(1).filter(|line| !line.is_empty());
    lines.map(|line| line.splitn(N, ',').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("{line}")))
}

/// The table of section 6: market, shown as, zone, usual hours (local), share.
const MARKETS: [(&str, &str, &str, &str, &str); 9] = [
    ("Japan", "Tokyo", "Asia/Tokyo", "09:00-15:30", "0.25"),
    ("China", "Shanghai", "Asia/Shanghai", "09:30-15:00", "0.1"),
    ("India", "Bombay", "Asia/Kolkata", "09:15-15:30", "0.05"),
    ("Germany", "Frankfurt", "Europe/Berlin", "09:00-17:30", "0.2"),
    ("United Kingdom", "London", "Europe/London", "08:00-16:30", "0.05"),
    ("Pre_USA", "Pre_USA", "America/New_York", "08:30-09:30", "0.05"),
    ("USA", "USA", "America/New_York", "09:30-16:00", "0.25"),
    ("Canada", "Toronto", "America/Toronto", "09:30-16:00", "0.03"),
    ("Mexico", "Mexican", "America/Mexico_City", "08:30-15:00", "0.02"), // in winter; New York's all year
];

#[test]
fn the_markets_are_those_of_the_table() {
    for (market, (name, shown_as, zone, hours, share)) in Market::all().zip(MARKETS) {
        assert_eq!((market.name(), market.shown_as(), market.zone()), (name, shown_as, zone));
        let session =
            Calendar::embedded().session_on(market, "2025-11-26".parse().unwrap()).unwrap().unwrap();
        let local = |at: Timestamp| at.in_tz(zone).unwrap().strftime("%H:%M").to_string();
        assert_eq!(format!("{}-{}", local(session.open), local(session.close)), hours, "{name}");
        let outlook = Calendar::embedded().outlook(market, session.open);
        let alone = market_reading(&outlook, session.open);
        let index = composite([(&alone, market.default_weight())], session.open);
        assert_eq!(
            index.score,
            share.parse::<rust_decimal::Decimal>().unwrap() * rust_decimal::Decimal::ONE_HUNDRED
        );
    }
}

/// "ASIAN 0-8, EUROPEAN 8-14, AMERICAN 14-21, OVERLAP 21-24", hours of UTC.
#[test]
fn the_phases_turn_at_their_hours() {
    for (time, phase) in [
        ("00:00:00", "ASIAN"),
        ("07:59:59.999", "ASIAN"),
        ("08:00:00", "EUROPEAN"),
        ("13:59:59.999", "EUROPEAN"),
        ("14:00:00", "AMERICAN"),
        ("20:59:59.999", "AMERICAN"),
        ("21:00:00", "OVERLAP"),
        ("23:59:59.999", "OVERLAP"),
    ] {
        assert_eq!(Phase::at(format!("2025-11-26T{time}Z").parse().unwrap()).name(), phase, "{time}");
    }
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
