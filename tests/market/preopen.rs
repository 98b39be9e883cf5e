//! `PreOpenBacktestSupervisor`: domain.md section 9, "Backtest statistics".

use super::scene::{Scene, instant};
use crate::ledger::rows::{capture_of, captured, date, row};
use crate::support::redis::RedisServer;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use thor_stack::config::Config;
use thor_stack::outlet::redis::RedisNotices;
use thor_stack::supervise::Next;
use thor_stack::value::{CANONICAL_FUTURES, Market, Outcome, Signal, TOTAL};
use thor_stack::workers::PreopenBacktest;

const EVERY_30_S: Next = Next::After(Duration::from_secs(30));

fn at(text: &str) -> Next {
    Next::At(instant(text))
}

fn keys(scene: &Scene) -> Vec<String> {
    scene.notices.keys().into_iter().map(|(key, _)| key).collect()
}

/// Two YM rows of New York: a strong buy that worked, a strong buy that did not; and a hold of TOTAL.
fn with_history(scene: Scene) -> Scene {
    let days = [
        ("2025-11-25", "YM", Some(Signal::StrongBuy), Outcome::Worked),
        ("2025-11-26", "YM", Some(Signal::StrongBuy), Outcome::DidntWork),
        ("2025-11-24", TOTAL, Some(Signal::Hold), Outcome::Neutral),
    ];
    for (day, future, signal, outcome) in days {
        let mut past = row("USA", day, future);
        (past.id.bhs, past.id.wndw) = (signal, outcome);
        if outcome != Outcome::Neutral {
            past.trade.target_hit_at = Some(past.id.captured_at);
            past.trade.target_hit_price = past.trade.target_high;
            past.trade.target_hit_type = Some(thor_stack::value::HitType::Target);
        }
        captured(scene.ledger(), &capture_of("USA", day, vec![past]));
    }
    scene
}

/// New York and Toronto open at 14:30 UTC on that Friday, and Mexico with them.
#[test]
fn statistics_are_computed_once_in_the_window_before_each_open() {
    let scene = with_history(Scene::at("2025-11-28T14:28:30Z"));
    let mut backtest = PreopenBacktest::new(scene.floor.clone());
    assert_eq!(scene.cycle(&mut backtest), at("2025-11-28T14:29:00Z"));
    assert_eq!(scene.floor.preopen.get(Market::USA, date("2025-11-28")), None);
    scene.until("2025-11-28T14:29:00Z");
    assert_eq!(scene.cycle(&mut backtest), EVERY_30_S);
    let history = scene.floor.preopen.get(Market::USA, date("2025-11-28")).unwrap();
    let mut futures: Vec<&str> = history.keys().map(String::as_str).collect();
    let mut all: Vec<&str> = CANONICAL_FUTURES.into_iter().chain([TOTAL]).collect();
    futures.sort_unstable();
    all.sort_unstable();
    assert_eq!(futures, all);
    let ym = &history["YM"];
    assert_eq!((ym.strong_buy_worked, ym.strong_buy_didnt_work, ym.hold), (Some(1), Some(1), Some(0)));
    assert_eq!(ym.strong_buy_worked_percentage.unwrap().to_string(), "50");
    assert_eq!((history[TOTAL].hold, history["ES"].hold), (Some(1), Some(0)));
    let opening = ["thor:preopen:USA", "thor:preopen:Canada", "thor:preopen:Mexico"];
    assert_eq!(keys(&scene), opening);
    scene.until("2025-11-28T14:29:30Z");
    scene.cycle(&mut backtest);
    scene.cycle(&mut PreopenBacktest::new(scene.floor.clone()));
    assert_eq!(keys(&scene), opening, "once, after a restart too");
}

/// "60 s to 1 s before": later it would delay the capture, which counts for itself then.
#[test]
fn the_window_is_from_60_s_to_1_s_before() {
    for (now, computed) in [
        ("2025-11-28T14:28:59.999Z", false),
        ("2025-11-28T14:29:00Z", true),
        ("2025-11-28T14:29:59Z", true),
        ("2025-11-28T14:29:59.001Z", false),
        ("2025-11-28T14:30:00Z", false),
    ] {
        let scene = Scene::at(now);
        scene.cycle(&mut PreopenBacktest::new(scene.floor.clone()));
        assert_eq!(!keys(&scene).is_empty(), computed, "{now}");
    }
}

#[test]
fn it_wakes_at_the_window_and_looks_at_the_calendar_every_interval() {
    for (now, next) in [
        ("2025-11-28T12:00:00Z", EVERY_30_S),
        ("2025-11-28T13:28:29Z", EVERY_30_S),
        ("2025-11-28T13:28:30Z", at("2025-11-28T13:29:00Z")), // Pre_USA
        ("2025-11-28T14:29:59.5Z", EVERY_30_S),               // too late for 14:30
    ] {
        let scene = Scene::at(now);
        assert_eq!(scene.cycle(&mut PreopenBacktest::new(scene.floor.clone())), next, "{now}");
    }
}

#[test]
fn a_market_that_is_not_captured_or_closed_has_none() {
    let change = |config: &mut Config| {
        for market in &mut config.markets {
            market.enabled = market.name != "USA";
            market.enable_open_capture = market.name != "Canada";
            market.enable_futures_capture = market.name != "Mexico";
        }
    };
    let scene = Scene::with("2025-11-28T14:29:00Z", change);
    scene.cycle(&mut PreopenBacktest::new(scene.floor.clone()));
    assert_eq!(keys(&scene), Vec::<String>::new());
    let thanksgiving = Scene::at("2025-11-27T14:29:00Z");
    thanksgiving.cycle(&mut PreopenBacktest::new(thanksgiving.floor.clone()));
    assert_eq!(keys(&thanksgiving), ["thor:preopen:Canada", "thor:preopen:Mexico"]);
}

#[test]
fn a_symbol_of_the_sheet_has_statistics_too() {
    let scene = Scene::at("2025-11-28T14:29:00Z");
    scene.save(&[("MYM", "last=1"), ("$DXY", "last=99")]);
    scene.cycle(&mut PreopenBacktest::new(scene.floor.clone()));
    let history = scene.floor.preopen.get(Market::USA, date("2025-11-28")).unwrap();
    assert_eq!((history.len(), history.contains_key("MYM"), history.contains_key("$DXY")), (13, true, false));
}

/// What the capture gets does not hang on Redis.
#[test]
fn a_notice_that_fails_costs_the_capture_nothing() {
    let scene = Scene::at("2025-11-28T14:29:00Z");
    scene.notices.down.store(true, Ordering::SeqCst);
    let running = scene.supervised(PreopenBacktest::new);
    let detail = || running.status()[0].detail.clone();
    crate::support::redis::eventually("three markets", || detail()["computed"] == 3);
    assert!(scene.floor.preopen.get(Market::MEXICO, date("2025-11-28")).is_some());
    let notices = detail()["notices"].clone();
    assert_eq!((&notices["failures"], &notices["failing"]), (&3.into(), &true.into()));
    assert_eq!(notices["last_error"], "redis://127.0.0.1:1: no server there");
    assert_eq!(running.status()[0].restarts, 0);
}

#[test]
#[cfg_attr(windows, ignore = "a redis-server as a child")]
fn what_other_programs_read() {
    let server = RedisServer::start();
    let mut scene = with_history(Scene::at("2025-11-28T14:29:10Z"));
    scene.floor.notices = Arc::new(RedisNotices::new(&server.bus()).unwrap());
    scene.cycle(&mut PreopenBacktest::new(scene.floor.clone()));
    let json: serde_json::Value = serde_json::from_str(&server.cli(&["GET", "thor:preopen:USA"])).unwrap();
    assert_eq!((&json["market"], &json["session_date"]), (&"USA".into(), &"2025-11-28".into()));
    assert_eq!(
        (&json["open_at"], &json["as_of"]),
        (&"2025-11-28T14:30:00Z".into(), &"2025-11-28T14:29:10Z".into())
    );
    assert_eq!(json["statistics"]["YM"]["strong_buy_didnt_work"], 1);
    assert_eq!(json["statistics"]["YM"]["strong_buy_didnt_work_percentage"], "50");
    let left: i64 = server.cli(&["TTL", "thor:preopen:USA"]).parse().unwrap();
    assert!(left > 13 * 24 * 3600, "{left} s");
}
