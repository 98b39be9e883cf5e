//! `Week52Supervisor`: domain.md section 9, "52-week extremes".

use super::scene::{Scene, instant};
use crate::conformance::spoken::price;
use crate::ledger::rows::date;
use crate::support::redis::eventually;
use std::time::Duration;
use thor_stack::ledger::{DayRange, ExtremesState, Seed};
use thor_stack::rules::extremes::{DailyRange, Extreme, Pair};
use thor_stack::supervise::{Generation, Next};
use thor_stack::workers::Week52Monitor;

/// Half an hour into New York's session of Friday 2025-11-28.
const OPEN: &str = "2025-11-28T15:00:00Z";

const EVERY_SECOND: Next = Next::After(Duration::from_secs(1));
const EVERY_MINUTE: Next = Next::After(Duration::from_secs(60));

fn day(on: &str, high: &str, low: &str) -> DayRange {
    let range = DailyRange { date: date(on), high: price(high), low: price(low) };
    DayRange { future: "YM".into(), range }
}

/// A ledger with 52 weeks of YM between 100 and 120, and more before.
fn with_a_year(scene: Scene) -> Scene {
    let days =
        [day("2024-11-01", "150", "50"), day("2024-11-29", "120", "100"), day("2025-06-02", "119", "101")];
    scene.ledger().record_extremes(&Generation::new(1), &days, &[]).unwrap();
    scene
}

fn state(scene: &Scene, future: &str) -> ExtremesState {
    let states = scene.ledger().extremes().unwrap();
    states.into_iter().find(|state| state.future == future).unwrap_or_else(|| panic!("no state of {future}"))
}

/// Written as `120@2025-06-02`, `120@-` without a date, `-` for none.
fn spoken(extreme: Option<Extreme>) -> String {
    let date = |it: Extreme| it.date.map_or("-".into(), |date| date.to_string());
    extreme.map_or("-".into(), |it| format!("{}@{}", it.price, date(it)))
}

fn weeks52(scene: &Scene) -> (String, String) {
    let pair = state(scene, "YM").weeks52;
    (spoken(pair.high), spoken(pair.low))
}

fn pair(high: &str, low: &str) -> (String, String) {
    (high.into(), low.into())
}

fn today(scene: &Scene, future: &str) -> Vec<(String, String, String)> {
    let days = scene.ledger().days(future, date("2025-11-27")).unwrap();
    days.iter().map(|it| (it.date.to_string(), it.high.to_string(), it.low.to_string())).collect()
}

fn range(on: &str, high: &str, low: &str) -> Vec<(String, String, String)> {
    vec![(on.into(), high.into(), low.into())]
}

#[test]
fn the_days_high_and_low_are_kept_under_the_futures_name() {
    let scene = Scene::at(OPEN);
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    scene.save(&[("/YM", "last=100"), ("$DXY", "last=99.635")]);
    assert_eq!(scene.cycle(&mut monitor), EVERY_SECOND);
    for (now, last) in [("15:00:01", "last=101"), ("15:00:02", "last=99.5"), ("15:00:03", "last=100")] {
        scene.play(&mut monitor, &format!("2025-11-28T{now}Z"), &[("YM", last), ("$DXY", "last=99.635")]);
    }
    assert_eq!(today(&scene, "YM"), range("2025-11-28", "101", "99.5"));
    assert_eq!(today(&scene, "DX"), range("2025-11-28", "99.635", "99.635"));
    assert_eq!(scene.ledger().coverage().unwrap()[1], ("YM".into(), date("2025-11-28")));
}

/// Two looks are a second apart; a workbook may be saved four times in it.
#[test]
fn a_high_between_two_looks_is_not_missed() {
    let scene = Scene::at(OPEN);
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    scene.cycle(&mut monitor);
    for last in ["last=100", "last=130", "last=90", "last=101"] {
        scene.clock.advance(Duration::from_millis(250));
        scene.save(&[("YM", last)]);
    }
    scene.cycle(&mut monitor);
    assert_eq!(today(&scene, "YM"), range("2025-11-28", "130", "90"));
}

/// Regression: the look that the ledger refused had taken the prices from the board, and nobody had them any more.
#[test]
fn a_high_that_the_ledger_refuses_is_brought_again() {
    let scene = Scene::at(OPEN);
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    scene.play(&mut monitor, "2025-11-28T15:00:01Z", &[("YM", "last=100")]);
    let other = rusqlite::Connection::open(scene.floor.config.ledger_path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(scene.play(&mut monitor, "2025-11-28T15:00:02Z", &[("YM", "last=130")]), EVERY_SECOND);
    other.execute_batch("ROLLBACK").unwrap();
    scene.play(&mut monitor, "2025-11-28T15:00:03Z", &[("YM", "last=90")]);
    assert_eq!(today(&scene, "YM"), range("2025-11-28", "130", "90"));
}

#[test]
fn a_new_high_moves_and_an_equal_one_does_not() {
    let scene = with_a_year(Scene::at(OPEN));
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    for (last, high, low) in [
        ("last=110", "120@2024-11-29", "100@2024-11-29"),
        ("last=120", "120@2024-11-29", "100@2024-11-29"),
        ("last=120.5", "120.5@2025-11-28", "100@2024-11-29"),
        ("last=99", "120.5@2025-11-28", "99@2025-11-28"),
    ] {
        scene.clock.advance(Duration::from_secs(1));
        scene.save(&[("YM", last)]);
        scene.cycle(&mut monitor);
        assert_eq!(weeks52(&scene), pair(high, low), "{last}");
    }
    let all_time = state(&scene, "YM").all_time;
    assert_eq!(
        spoken(all_time.high),
        "120.5@2025-11-28",
        "beyond 52 weeks only what a state remembers counts"
    );
}

/// "364 days back, New York dates": on 2025-11-29 the day of 2024-11-29 is gone, and that begins at 05:00 UTC.
#[test]
fn a_day_rolls_off_at_new_yorks_midnight() {
    let scene = with_a_year(Scene::at("2025-12-01T04:00:00Z")); // Monday in Tokyo, Sunday in New York
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    scene.play(&mut monitor, "2025-12-01T04:59:59Z", &[("YM", "last=110")]);
    assert_eq!(weeks52(&scene), pair("119@2025-06-02", "101@2025-06-02"));
    scene.play(&mut monitor, "2025-12-01T05:00:00Z", &[("YM", "last=111")]);
    let days = [("2025-11-30", "110"), ("2025-12-01", "111")];
    let days = days.map(|(on, last)| (on.to_string(), last.to_string(), last.to_string()));
    assert_eq!(today(&scene, "YM"), days);
}

/// Regression: a clock that was ahead for a moment rolled all days off, and the next prices were "new 52-week" ones.
#[test]
fn a_clock_set_wrong_for_a_moment_costs_no_day() {
    let scene = with_a_year(Scene::at(OPEN));
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    scene.save(&[("YM", "last=110")]);
    scene.cycle(&mut monitor);
    scene.play(&mut monitor, "2025-11-28T15:00:01Z", &[("YM", "last=112")]);
    scene.clock.step_wall_clock(instant("2027-03-01T15:00:02Z"));
    scene.save(&[("YM", "last=111")]);
    scene.cycle(&mut monitor);
    scene.clock.step_wall_clock(instant("2025-11-28T15:00:03Z"));
    scene.save(&[("YM", "last=111")]);
    scene.cycle(&mut monitor);
    assert_eq!(weeks52(&scene), pair("120@2024-11-29", "100@2024-11-29"));
    scene.play(&mut monitor, "2025-11-28T15:00:04Z", &[("YM", "last=109")]);
    let of_the_day = today(&scene, "YM").into_iter().find(|(on, ..)| on == "2025-11-28");
    assert_eq!(of_the_day, Some(("2025-11-28".into(), "112".into(), "109".into())));
}

#[test]
fn what_was_seen_survives_a_restart() {
    let scene = with_a_year(Scene::at(OPEN));
    scene.save(&[("YM", "last=131")]);
    scene.cycle(&mut Week52Monitor::new(scene.floor.clone()));
    scene.until("2025-11-28T15:00:05Z");
    scene.save(&[("YM", "last=90")]);
    scene.cycle(&mut Week52Monitor::new(scene.floor.clone()));
    assert_eq!(weeks52(&scene), pair("131@2025-11-28", "90@2025-11-28"));
    assert_eq!(today(&scene, "YM"), range("2025-11-28", "131", "90"));
}

#[test]
fn all_time_extremes_never_roll_off() {
    let scene = Scene::at(OPEN);
    let old = |text, on| Some(Extreme { price: price(text), date: Some(date(on)) });
    let all_time = Pair { high: old("300", "2020-02-19"), low: old("10", "2020-03-23") };
    let known = ExtremesState { future: "YM".into(), weeks52: Pair::default(), all_time, last: None };
    scene.ledger().record_extremes(&Generation::new(1), &[], &[known]).unwrap();
    scene.save(&[("YM", "last=110")]);
    scene.cycle(&mut Week52Monitor::new(scene.floor.clone()));
    assert_eq!(state(&scene, "YM").all_time, all_time);
    assert_eq!(weeks52(&scene), pair("110@2025-11-28", "110@2025-11-28"));
}

/// Seeds are the user's, given with `extremes seed` while the stack runs.
#[test]
fn a_seed_given_meanwhile_is_taken_up_with_the_next_check() {
    let scene = Scene::at(OPEN);
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    scene.save(&[("YM", "last=110")]);
    scene.cycle(&mut monitor);
    let on = |text, on| Some(Extreme { price: price(text), date: Some(date(on)) });
    let seed = Pair { high: on("130", "2025-01-15"), low: on("80", "2025-04-07") };
    let seeds = [Seed { future: "YM".into(), pair: seed }];
    scene.ledger().seed_extremes(&Generation::new(1), &seeds).unwrap();
    scene.play(&mut monitor, "2025-11-28T15:01:00Z", &[("YM", "last=110.5")]);
    assert_eq!(weeks52(&scene), pair("130@2025-01-15", "80@2025-04-07"));
}

#[test]
fn the_sheets_columns_count_for_their_day() {
    let scene = with_a_year(Scene::at("2025-12-01T04:59:00Z"));
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    scene.save(&[("YM", "last=110 high_52w=140 low_52w=70")]);
    scene.cycle(&mut monitor);
    assert_eq!(weeks52(&scene), pair("140@-", "70@-"));
    scene.play(&mut monitor, "2025-12-01T04:59:05Z", &[("YM", "last=118")]);
    assert_eq!(weeks52(&scene), pair("140@-", "70@-"), "absent for a moment");
    scene.play(&mut monitor, "2025-12-01T05:00:00Z", &[("YM", "last=117")]);
    assert_eq!(weeks52(&scene), pair("119@2025-06-02", "101@2025-06-02"), "of yesterday");
}

/// The ledger's clock is the disk's: what does not move is written once a minute, and at the end.
#[test]
fn last_prices_are_written_once_a_minute_and_when_the_markets_close() {
    let scene = Scene::at("2025-11-28T20:57:00Z");
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    let last = |scene: &Scene| state(scene, "YM").last.unwrap();
    scene.save(&[("YM", "last=100")]);
    scene.cycle(&mut monitor);
    scene.play(&mut monitor, "2025-11-28T20:57:01Z", &[("YM", "last=101")]);
    scene.play(&mut monitor, "2025-11-28T20:57:02Z", &[("YM", "last=100.5")]);
    assert_eq!(last(&scene), (price("101"), instant("2025-11-28T20:57:01Z")));
    scene.play(&mut monitor, "2025-11-28T20:58:00Z", &[("YM", "last=100.25")]);
    assert_eq!(last(&scene), (price("100.25"), instant("2025-11-28T20:58:00Z")));
    scene.play(&mut monitor, "2025-11-28T20:58:01Z", &[("YM", "last=100.75")]);
    scene.until("2025-11-28T21:00:00Z");
    assert_eq!(scene.cycle(&mut monitor), EVERY_MINUTE);
    assert_eq!(last(&scene), (price("100.75"), instant("2025-11-28T20:58:01Z")));
}

/// "only while any control market is open": Toronto and Mexico are the last to close on that Friday, at 21:00.
#[test]
fn prices_count_only_while_a_market_is_open() {
    let scene = Scene::at("2025-11-28T20:59:59Z");
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    scene.save(&[("YM", "last=100")]);
    scene.cycle(&mut monitor);
    scene.until("2025-11-28T20:59:59.5Z");
    scene.save(&[("YM", "last=101")]);
    scene.until("2025-11-28T21:00:00Z");
    scene.save(&[("YM", "last=500")]);
    assert_eq!(scene.cycle(&mut monitor), EVERY_MINUTE);
    scene.play(&mut monitor, "2025-11-28T21:01:00Z", &[("YM", "last=600")]);
    assert_eq!(today(&scene, "YM"), range("2025-11-28", "101", "100"));
}

#[test]
fn the_gate_opens_at_the_open_itself() {
    let scene = Scene::at("2025-11-30T23:58:00Z"); // Tokyo opens at midnight UTC
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    scene.save(&[("YM", "last=100")]);
    assert_eq!(scene.cycle(&mut monitor), EVERY_MINUTE);
    scene.until("2025-11-30T23:59:00Z");
    let open = "2025-12-01T00:00:00Z";
    assert_eq!(scene.cycle(&mut monitor), Next::At(instant(open)));
    assert_eq!(scene.ledger().coverage().unwrap(), []);
    assert_eq!(scene.play(&mut monitor, open, &[("YM", "last=101")]), EVERY_SECOND);
    assert_eq!(today(&scene, "YM"), range("2025-11-30", "101", "101"), "still Sunday in New York");
}

#[test]
fn a_market_that_is_not_watched_opens_no_gate() {
    let scene = Scene::with("2025-12-01T00:30:00Z", |config| {
        config.markets.iter_mut().filter(|it| it.name == "Japan").for_each(|it| it.enabled = false);
    });
    scene.save(&[("YM", "last=100")]);
    let next = scene.cycle(&mut Week52Monitor::new(scene.floor.clone()));
    assert_eq!((next, scene.ledger().coverage().unwrap()), (EVERY_MINUTE, vec![])); // Shanghai opens at 01:30
}

/// A workbook that nobody has saved for a while says nothing of today.
#[test]
fn only_fresh_quotes_count() {
    let scene = Scene::at(OPEN);
    let mut monitor = Week52Monitor::new(scene.floor.clone());
    scene.save_as_of(instant("2025-11-28T14:59:29Z"), &[("YM", "last=500")]);
    scene.cycle(&mut monitor);
    assert_eq!(scene.ledger().coverage().unwrap(), []);
    scene.save_as_of(instant("2025-11-28T14:59:30Z"), &[("YM", "last=100")]);
    scene.cycle(&mut monitor);
    assert_eq!(today(&scene, "YM"), range("2025-11-28", "100", "100"));
}

/// Defect of the original: a first sight was a 52-week high and low at once.
#[test]
fn moves_are_counted_and_partial_extremes_are_none() {
    let scene = with_a_year(Scene::at(OPEN));
    let running = scene.supervised(Week52Monitor::new);
    let detail = |key: &str| running.status()[0].detail[key].clone();
    eventually("the gate is open", || detail("market_open") == true);
    let step = |ym: &str, es: &str| {
        scene.save(&[("YM", &format!("last={ym}")), ("ES", &format!("last={es}"))]);
        let cycles = running.status()[0].cycles;
        scene.clock.advance(Duration::from_secs(1));
        eventually("a look", || running.status()[0].cycles > cycles);
    };
    step("110", "6000");
    step("121", "6100");
    eventually("a new high", || detail("new_highs") == 1);
    step("99", "5900");
    eventually("a new low", || detail("new_lows") == 1);
    assert_eq!(detail("last_move"), "YM: new 52-week low 99, was 100 on 2024-11-29");
    assert_eq!((detail("partial"), detail("new_highs")), (serde_json::json!(["ES"]), serde_json::json!(1)));
}
