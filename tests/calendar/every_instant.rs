//! Any instant: the look-ups and the market clock against a naive search through the source's sessions.

use super::truth;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use std::time::Duration;
use thor_stack::calendar::{Calendar, global_clock};
use thor_stack::rules::market_clock::{MarketReading, MarketState, PRECLOSE, PREOPEN, market_reading};
use thor_stack::supervise::{Clock, ManualClock};
use thor_stack::value::{Market, TradingSession};

const NANOSECOND: SignedDuration = SignedDuration::from_nanos(1);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn read(market: Market, now: Timestamp) -> MarketReading {
    market_reading(&Calendar::embedded().outlook(market, now), now)
}

/// The state by a search through all sessions, holidays left aside.
fn naive_state(sessions: &[TradingSession], now: Timestamp) -> Option<MarketState> {
    if let Some(session) = sessions.iter().find(|session| session.open <= now && now < session.close) {
        let is_last = now >= session.close - PRECLOSE;
        return Some(if is_last { MarketState::Preclose } else { MarketState::Open });
    }
    let opens_soon = sessions.iter().any(|session| session.open - PREOPEN <= now && now < session.open);
    opens_soon.then_some(MarketState::Preopen)
}

fn assert_as_naive(market: Market, sessions: &[TradingSession], now: Timestamp) {
    let calendar = Calendar::embedded();
    let current = sessions.iter().find(|session| session.open <= now && now < session.close);
    let next = sessions.iter().find(|session| session.open > now);
    let previous = sessions.iter().rev().find(|session| session.close <= now);
    assert_eq!(calendar.session_at(market, now), Ok(current.copied()), "{market} {now}");
    assert_eq!(calendar.next_session(market, now).ok(), next.copied(), "{market} {now}");
    assert_eq!(calendar.previous_session(market, now).ok(), previous.copied(), "{market} {now}");

    let reading = read(market, now);
    match naive_state(sessions, now) {
        Some(state) => assert_eq!(reading.state, state, "{market} {now}"),
        None if reading.is_holiday_today == Some(true) => {
            assert_eq!(reading.state, MarketState::HolidayClosed, "{market} {now}");
        }
        None => assert_eq!(reading.state, MarketState::Closed, "{market} {now}"),
    }
    assert_eq!(reading.next_open_at, next.map(|session| session.open));
    assert_eq!(reading.next_close_at, current.or(next).map(|session| session.close));
}

#[test]
fn every_session_is_half_open_and_has_its_hour_before_and_quarter_at_the_end() {
    for market in Market::all() {
        for session in truth::sessions(market) {
            let TradingSession { open, close, .. } = *session;
            let state = |now| read(market, now).state;
            assert_eq!(state(open - NANOSECOND), MarketState::Preopen, "{session:?}");
            assert_eq!(state(open), MarketState::Open, "{session:?}");
            assert_eq!(state(close - PRECLOSE - NANOSECOND), MarketState::Open, "{session:?}");
            assert_eq!(state(close - NANOSECOND), MarketState::Preclose, "{session:?}");
            assert!(!state(close).is_open(), "{session:?}");
            assert!(!state(open - PREOPEN - NANOSECOND).is_open(), "{session:?}");
        }
    }
}

/// Around both sides' clock changes, 29 February, year ends, and the days of hard_days.csv: every five minutes.
#[test]
fn hard_weeks_pass_five_minutes_at_a_time() {
    for (from, days) in [
        ("2025-03-07T00:00:00Z", 4), // New York moves, Europe does not
        ("2025-03-28T00:00:00Z", 4), // Europe follows
        ("2025-10-24T00:00:00Z", 4), // Europe moves back
        ("2025-10-31T00:00:00Z", 4), // New York follows
        ("2022-04-01T00:00:00Z", 4), // Mexico still moved its clocks
        ("2024-02-28T00:00:00Z", 3),
        ("2024-10-31T00:00:00Z", 7), // Muhurat; Tokyo's first 15:30
        ("2024-12-23T00:00:00Z", 12),
        ("2026-02-01T00:00:00Z", 1), // Bombay on a Sunday
    ] {
        for market in Market::all() {
            let from = at(from);
            let (first, last) = (from - 480.hours(), from + 1_000.hours());
            let sessions = truth::sessions(market);
            let near: Vec<_> =
                sessions.iter().copied().filter(|s| first < s.open && s.close < last).collect();
            for step in 0..days * 288 {
                assert_as_naive(market, &near, from + (step * 5).minutes());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_instant_is_as_a_naive_search_finds_it(
        position in 0_usize..9,
        nanosecond in at("2010-01-20T00:00:00Z").as_nanosecond()..at("2026-12-20T00:00:00Z").as_nanosecond(),
    ) {
        let market = Market::all().nth(position).unwrap();
        let now = Timestamp::from_nanosecond(nanosecond).unwrap();
        assert_as_naive(market, truth::sessions(market), now);
    }

    /// The clock is read anew at every wake, so nothing that was seen before a jump remains.
    #[test]
    fn a_clock_that_jumps_leaves_nothing_behind(
        jumps in proptest::collection::vec((any::<bool>(), 0_u64..40_000_000, -40_000_000_i64..40_000_000), 1..20),
    ) {
        let clock = ManualClock::starting_at(at("2018-03-01T00:00:00Z"));
        for (is_step, forward, either_way) in jumps {
            if is_step {
                clock.step_wall_clock(clock.now() + either_way.seconds());
            } else {
                clock.advance(Duration::from_secs(forward % 100_000));
            }
            let now = clock.now();
            if now < at("2010-01-20T00:00:00Z") || at("2026-12-20T00:00:00Z") < now {
                clock.step_wall_clock(at("2018-03-01T00:00:00Z"));
                continue;
            }
            let market = Market::all().nth(forward as usize % 9).unwrap();
            assert_as_naive(market, truth::sessions(market), now);
        }
    }
}

#[test]
fn a_suspend_over_the_open_wakes_into_an_open_market() {
    let clock = ManualClock::starting_at(at("2025-11-28T14:29:00Z"));
    assert_eq!(read(Market::USA, clock.now()).state, MarketState::Preopen);
    clock.step_wall_clock(at("2025-11-28T15:10:00Z"));
    assert_eq!(read(Market::USA, clock.now()).state, MarketState::Open);
    clock.step_wall_clock(at("2025-11-28T14:29:30Z"));
    let reading = read(Market::USA, clock.now());
    assert_eq!((reading.state, reading.seconds_to_next_event), (MarketState::Preopen, Some(30)));
    clock.advance(Duration::from_secs(30));
    assert_eq!(read(Market::USA, clock.now()).state, MarketState::Open);
}

#[test]
fn the_composite_is_the_share_of_what_is_open() {
    let clock = |now: &str| {
        let markets = Market::all().map(|market| (market, market.default_weight()));
        serde_json::to_value(global_clock(&Calendar::embedded(), markets, at(now)).composite).unwrap()
    };
    for (now, composite) in [
        // Frankfurt, London, Pre_USA
        (
            "2025-11-26T14:00:00Z",
            r#"{"score":"30","phase":"AMERICAN","open":["Germany","United Kingdom","Pre_USA"]}"#,
        ),
        (
            "2025-11-26T15:00:00Z",
            r#"{"score":"55","phase":"AMERICAN","open":["Germany","United Kingdom","USA","Canada","Mexico"]}"#,
        ),
        ("2025-11-26T03:46:00Z", r#"{"score":"40","phase":"ASIAN","open":["Japan","China","India"]}"#),
        ("2025-11-26T07:59:59Z", r#"{"score":"5","phase":"ASIAN","open":["India"]}"#),
        (
            "2025-11-26T08:00:00Z",
            r#"{"score":"30","phase":"EUROPEAN","open":["India","Germany","United Kingdom"]}"#,
        ),
        ("2025-11-26T21:00:00Z", r#"{"score":"0","phase":"OVERLAP","open":[]}"#),
        ("2025-11-29T12:00:00Z", r#"{"score":"0","phase":"EUROPEAN","open":[]}"#),
    ] {
        assert_eq!(clock(now), serde_json::from_str::<serde_json::Value>(composite).unwrap(), "{now}");
    }
}

#[test]
fn the_markets_serialise_as_other_programs_read_them() {
    let markets = [(Market::PRE_USA, Market::PRE_USA.default_weight())];
    let clock = global_clock(&Calendar::embedded(), markets, at("2025-11-28T14:29:59.5Z"));
    assert_eq!(
        serde_json::to_string(&clock).unwrap(),
        concat!(
            r#"{"schema":1,"at":"2025-11-28T14:29:59.5Z","#,
            r#""composite":{"score":"5","phase":"AMERICAN","open":["Pre_USA"]},"#,
            r#""markets":[{"market":"Pre_USA","state":"PRECLOSE","next_event":"close","#,
            r#""next_open_at":"2025-12-01T13:30:00Z","next_close_at":"2025-11-28T14:30:00Z","#,
            r#""seconds_to_next_event":1,"is_holiday_today":false}]}"#,
        )
    );
}
