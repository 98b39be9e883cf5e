//! The clauses of the ledger's contract about what follows a capture: open to close, minutes, extremes.

use super::rows::*;
use jiff::Timestamp;
use thor_stack::ledger::*;
use thor_stack::rules::extremes::{DailyRange, Extreme, Pair};
use thor_stack::rules::vwap::Minute;
use thor_stack::value::{OpenToClose, Outcome};

pub(super) fn open_to_close_changes_and_nothing_else(ledger: &dyn Ledger) {
    captured(ledger, &capture("USA", "2025-11-28"));
    let stored = ledger.session(1).unwrap().remove(3);
    let open = ledger.unclosed("USA", date("2025-11-28")).unwrap();
    assert_eq!(open.len(), 12);
    let mut market = full_row("USA", "2025-11-28", "YM").market;
    let update = |market: &OpenToClose, gap: Option<&str>| MarketUpdate {
        id: stored.id,
        market: market.clone(),
        data_gap: gap.map(String::from),
    };
    ledger.decide(&first(), &[worked(stored.id)]).unwrap();
    let absent = MarketUpdate { id: RowId(4711), market: market.clone(), data_gap: None };
    let updates = [update(&market, Some("closed late")), absent];
    assert_eq!(ledger.record_look(&first(), &rows(&updates)).unwrap(), 1, "graded rows go on to their close");
    market.market_range_pct = None;
    ledger.record_look(&first(), &rows(&[update(&market, None)])).unwrap();
    let mut expected = ledger.session(1).unwrap().remove(3).row;
    assert_eq!(expected.market, market);
    assert_eq!(expected.record.data_gap.as_deref(), Some("closed late"));
    expected.market = stored.row.market.clone();
    expected.record.data_gap = None;
    (expected.id.wndw, expected.trade) = (Outcome::Pending, stored.row.trade.clone());
    assert_eq!(expected, stored.row);
    assert_eq!(ledger.unclosed("USA", date("2025-11-28")).unwrap().len(), 11);
    assert_eq!(ledger.unclosed("USA", date("2025-11-29")).unwrap(), []);
    assert_eq!(ledger.unclosed("Canada", date("2025-11-28")).unwrap(), []);
}

/// A look that brought rows, or minutes, or no more than that rows were followed.
pub(super) fn rows(updates: &[MarketUpdate]) -> MarketLook<'_> {
    MarketLook { updates, ..MarketLook::default() }
}

pub(super) fn minutes_of(minutes: &[FutureMinute]) -> MarketLook<'_> {
    MarketLook { minutes, ..MarketLook::default() }
}

pub(super) fn until(until: Timestamp) -> MarketLook<'static> {
    MarketLook { until: Some(until), ..MarketLook::default() }
}

pub(super) fn minute(future: &str, start: &str, last: &str, volume: i64) -> FutureMinute {
    FutureMinute { future: future.into(), minute: Minute { at: at(start), last: price(last), volume } }
}

pub(super) fn the_last_record_of_a_minute_stands(ledger: &dyn Ledger) {
    ledger.record_look(&first(), &minutes_of(&[minute("YM", "2025-11-28T14:30:01Z", "47476", 10)])).unwrap();
    ledger
        .record_look(&first(), &minutes_of(&[minute("YM", "2025-11-28T14:30:59.9Z", "47480.5", 12)]))
        .unwrap();
    let stored = ledger.minutes("YM", at("2025-11-28T14:30:00Z"), at("2025-11-28T14:31:00Z")).unwrap();
    assert_eq!(stored, [minute("YM", "2025-11-28T14:30:00Z", "47480.5", 12).minute]);
}

pub(super) fn minutes_come_with_the_one_before_them(ledger: &dyn Ledger) {
    let recorded: Vec<FutureMinute> =
        [("13:40", 5), ("13:59", 7), ("14:00", 9), ("14:29", 11), ("14:30", 13)]
            .map(|(time, volume)| minute("YM", &format!("2025-11-28T{time}:00Z"), "47476", volume))
            .into();
    ledger.record_look(&first(), &minutes_of(&recorded)).unwrap();
    let minutes: Vec<Minute> = recorded.iter().map(|it| it.minute).collect();
    ledger.record_look(&first(), &minutes_of(&[minute("ES", "2025-11-28T13:59:00Z", "6800", 1)])).unwrap();
    let (from, to) = (at("2025-11-28T14:00:00Z"), at("2025-11-28T14:30:00Z"));
    assert_eq!(ledger.minutes("YM", from, to).unwrap(), minutes[1..4]);
    assert_eq!(ledger.minutes("YM", at("2025-11-28T14:00:00.5Z"), to).unwrap(), minutes[2..4]);
    assert_eq!(ledger.minutes("YM", at("2025-11-28T13:00:00Z"), to).unwrap(), minutes[..4], "none before");
    assert_eq!(ledger.minutes("ZB", from, to).unwrap(), []);
    assert_eq!(ledger.prune_minutes(&first(), at("2025-11-28T14:00:00Z")).unwrap(), 3);
    assert_eq!(ledger.minutes("YM", from, to).unwrap(), minutes[2..4]);
}

/// A clock that was ahead when rows were followed must not make a later outage look watched.
pub(super) fn the_latest_note_says_until_when_rows_were_followed(ledger: &dyn Ledger) {
    assert_eq!(ledger.followed_until().unwrap(), None);
    ledger.record_look(&first(), &until(at("2025-11-28T14:30:05.25Z"))).unwrap();
    ledger.record_look(&first(), &until(at("2026-11-28T14:30:05Z"))).unwrap();
    ledger.record_look(&first(), &until(at("2025-11-28T14:30:10Z"))).unwrap();
    assert_eq!(ledger.followed_until().unwrap(), Some(at("2025-11-28T14:30:10Z")));
}

pub(super) fn days_grow_and_states_are_replaced(ledger: &dyn Ledger) {
    let range =
        |day: &str, high: &str, low: &str| DailyRange { date: date(day), high: price(high), low: price(low) };
    let day = |day, high, low| DayRange { future: "CL".into(), range: range(day, high, low) };
    ledger.record_extremes(&first(), &[day("2020-04-17", "19.2", "17.31")], &[]).unwrap();
    ledger.record_extremes(&first(), &[day("2020-04-20", "17.85", "-37.63")], &[]).unwrap();
    ledger.record_extremes(&first(), &[day("2020-04-20", "17.84", "-40.32")], &[]).unwrap();
    ledger.record_extremes(&first(), &[day("2020-04-20", "17.9", "10")], &[]).unwrap();
    assert_eq!(ledger.days("CL", date("2020-04-18")).unwrap(), [range("2020-04-20", "17.9", "-40.32")]);
    assert_eq!(ledger.days("CL", date("2020-04-17")).unwrap().len(), 2);
    assert_eq!(ledger.days("ES", date("2020-04-17")).unwrap(), []);
    assert_eq!(ledger.coverage().unwrap(), [("CL".to_string(), date("2020-04-17"))]);

    let on = |day: Option<&str>, text: &str| Some(Extreme { price: price(text), date: day.map(date) });
    let low = on(Some("2020-04-20"), "-40.32");
    let mut state = ExtremesState {
        future: "CL".into(),
        weeks52: Pair { high: on(None, "65.65"), low },
        all_time: Pair { high: None, low },
        last: Some((price("-37.63"), at("2020-04-20T18:30:00.123456789Z"))),
    };
    ledger.record_extremes(&first(), &[], &[state.clone()]).unwrap();
    (state.weeks52.high, state.last) = (None, None);
    ledger.record_extremes(&first(), &[], &[state.clone()]).unwrap();
    assert_eq!(ledger.extremes().unwrap(), [state]);
}

pub(super) fn seeds_come_back(ledger: &dyn Ledger) {
    let dated = |text: &str| Some(Extreme { price: price(text), date: Some(date("2025-04-08")) });
    let seed = |future: &str, high, low| Seed { future: future.into(), pair: Pair { high, low } };
    let seeds = [seed("ES", dated("6953.75"), dated("4832")), seed("ZB", None, dated("110.03125"))];
    ledger.seed_extremes(&first(), &[seed("ES", None, None)]).unwrap();
    ledger.seed_extremes(&first(), &seeds).unwrap();
    assert_eq!(ledger.seeds().unwrap(), seeds);
}
