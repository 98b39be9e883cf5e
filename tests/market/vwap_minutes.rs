//! Minutes and the rolling VWAP: domain.md section 9, "VWAP minutes".

use super::scene::{Scene, instant};
use crate::conformance::spoken::price;
use crate::support::redis::{RedisServer, eventually};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use thor_stack::ledger::MarketLook;
use thor_stack::outlet::redis::RedisNotices;
use thor_stack::rules::vwap::Minute;
use thor_stack::supervise::{Generation, Next};
use thor_stack::workers::IntradayMetrics;

fn minutes(scene: &Scene, future: &str) -> Vec<(String, String, i64)> {
    let (from, to) = (instant("2025-01-01T00:00:00Z"), instant("2026-01-01T00:00:00Z"));
    let minutes = scene.ledger().minutes(future, from, to).unwrap();
    minutes.iter().map(|it| (it.at.to_string(), it.last.to_string(), it.volume)).collect()
}

/// "around the clock while quotes are fresh: per minute and future the last price and the cumulative volume".
#[test]
fn a_minute_keeps_its_last_price_and_volume() {
    let scene = Scene::at("2025-11-29T10:00:05Z"); // a Saturday
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    for (now, fields) in [
        ("10:00:05", "last=100 volume=50"),
        ("10:00:50", "last=101 volume=60"),
        ("10:01:00", "last=102 volume=70"),
    ] {
        scene.play(
            &mut worker,
            &format!("2025-11-29T{now}Z"),
            &[("/YM", fields), ("$DXY", "last=99"), ("ES", "volume=5 bid=1")],
        );
    }
    let expected = [("2025-11-29T10:00:00Z", "101", 60), ("2025-11-29T10:01:00Z", "102", 70)];
    let expected = expected.map(|(at, last, volume)| (at.to_string(), last.to_string(), volume));
    assert_eq!(minutes(&scene, "YM"), expected);
    assert_eq!((minutes(&scene, "DX"), minutes(&scene, "ES")), (vec![], vec![]), "no volume, no last price");
}

/// Looks at 10:00:55 and 10:01:05: the save of 10:00:59 belongs to its own minute.
#[test]
fn a_save_counts_in_the_minute_in_which_it_was_seen() {
    let scene = Scene::at("2025-11-29T10:00:55Z");
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    scene.cycle(&mut worker);
    for (now, fields) in [("10:00:59", "last=100 volume=50"), ("10:01:02", "last=101 volume=60")] {
        scene.until(&format!("2025-11-29T{now}Z"));
        scene.save(&[("YM", fields)]);
    }
    scene.until("2025-11-29T10:01:05Z");
    scene.cycle(&mut worker);
    let last: Vec<String> = minutes(&scene, "YM").into_iter().map(|(_, last, _)| last).collect();
    assert_eq!(last, ["100", "101"]);
}

#[test]
fn the_rolling_vwap_is_published_under_the_feeds_symbols() {
    let scene = Scene::with("2025-11-29T10:00:00Z", |config| {
        config.intraday.vwap_window = Duration::from_secs(5 * 60);
    });
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    for (now, rt) in [
        ("10:00:00", "last=90 volume=100"), // the base
        ("10:01:00", "last=100 volume=130"),
        ("10:02:00", "last=104 volume=140"),
    ] {
        scene.play(&mut worker, &format!("2025-11-29T{now}Z"), &[("RT", rt), ("$DXY", "last=99")]);
    }
    let expected = serde_json::json!({ "window_minutes": 5, "as_of": "2025-11-29T10:02:00Z", "values": { "RT": "101" } });
    assert_eq!(scene.notices.last("rolling_vwap:5"), Some(expected));
    assert_eq!(scene.notices.keys()[0], ("rolling_vwap:5".into(), Duration::from_secs(120)));
    assert_eq!(scene.notices.keys().len(), 2, "a base alone has no average");
}

#[test]
fn the_rolling_vwap_goes_on_after_a_restart_and_is_based_on_the_row_before_it() {
    let scene = Scene::at("2025-11-29T10:00:00Z");
    let recorded =
        [("09:00", "50", 100), ("09:40", "100", 110), ("09:59", "110", 120)].map(|(at, last, volume)| {
            let at = instant(&format!("2025-11-29T{at}:00Z"));
            thor_stack::ledger::FutureMinute {
                future: "YM".into(),
                minute: Minute { at, last: price(last), volume },
            }
        });
    let look = MarketLook { minutes: &recorded, ..MarketLook::default() };
    scene.ledger().record_look(&Generation::new(1), &look).unwrap();
    scene.save(&[("YM", "last=120 volume=140")]);
    scene.cycle(&mut IntradayMetrics::new(scene.floor.clone()));
    // (100·10 + 110·10 + 120·20) / 40
    assert_eq!(scene.notices.last("rolling_vwap:30").unwrap()["values"]["YM"], "112.5");
}

#[test]
#[cfg_attr(windows, ignore = "a redis-server as a child")]
fn what_other_programs_read() {
    let server = RedisServer::start();
    let mut scene = Scene::at("2025-11-29T10:00:00Z");
    scene.floor.notices = Arc::new(RedisNotices::new(&server.bus()).unwrap());
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    scene.play(&mut worker, "2025-11-29T10:00:00Z", &[("YM", "last=1 volume=1")]);
    scene.play(&mut worker, "2025-11-29T10:01:00Z", &[("YM", "last=117.78125 volume=2")]);
    let json: serde_json::Value = serde_json::from_str(&server.cli(&["GET", "rolling_vwap:30"])).unwrap();
    let expected: BTreeMap<&str, &str> = BTreeMap::from([("YM", "117.7812")]);
    assert_eq!(json["values"], serde_json::json!(expected));
    let left: i64 = server.cli(&["TTL", "rolling_vwap:30"]).parse().unwrap();
    assert!((100..=120).contains(&left), "{left} s");
}

#[test]
fn a_notice_that_fails_costs_the_ledger_nothing() {
    let scene = Scene::at("2025-11-29T10:00:00Z");
    scene.notices.down.store(true, Ordering::SeqCst);
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    for (now, fields) in
        [("10:00:00", "last=90 volume=1"), ("10:01:00", "last=91 volume=2"), ("10:02:00", "last=92 volume=3")]
    {
        scene.play(&mut worker, &format!("2025-11-29T{now}Z"), &[("YM", fields)]);
    }
    assert_eq!(minutes(&scene, "YM").len(), 3);
}

#[test]
fn minutes_are_kept_for_a_week() {
    let scene = Scene::at("2025-11-29T10:00:00Z");
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    scene.play(&mut worker, "2025-11-29T10:00:00Z", &[("YM", "last=1 volume=1")]);
    scene.play(&mut worker, "2025-12-06T10:00:00Z", &[("YM", "last=2 volume=2")]);
    assert_eq!(minutes(&scene, "YM").len(), 2);
    scene.play(&mut worker, "2025-12-06T10:30:00Z", &[("YM", "last=2 volume=2")]);
    assert_eq!(minutes(&scene, "YM").len(), 3, "looked for once an hour");
    scene.play(&mut worker, "2025-12-06T11:00:00Z", &[("YM", "last=3 volume=3")]);
    assert_eq!(minutes(&scene, "YM").len(), 3);
}

#[test]
fn without_fresh_quotes_the_worker_sleeps_until_the_board_wakes_it() {
    let scene = Scene::at("2025-11-29T10:00:00Z");
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    assert_eq!(scene.cycle(&mut worker), Next::OnWake);
    assert_eq!(
        scene.play(&mut worker, "2025-11-29T10:00:00Z", &[("YM", "last=1 volume=1")]),
        Next::After(Duration::from_secs(10))
    );
    scene.until("2025-11-29T10:00:31Z");
    assert_eq!(scene.cycle(&mut worker), Next::OnWake);

    let scene = Scene::at("2025-11-29T10:00:00Z");
    let running = scene.supervised(IntradayMetrics::new);
    eventually("asleep", || running.status()[0].cycles == 1);
    scene.save(&[("YM", "last=1 volume=1")]);
    eventually("awake, with the clock standing still", || minutes(&scene, "YM").len() == 1);
}
