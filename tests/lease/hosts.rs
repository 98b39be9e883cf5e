//! Who leads, who stands by, and how one follows the other.

use super::{Host, TTL, publisher};
use crate::support::redis::{RedisServer, eventually};
use std::time::{Duration, Instant};

const TERM: Duration = Duration::from_secs(TTL);

#[test]
fn one_leads_the_other_takes_over_within_the_term_and_a_clean_stop_hands_over_at_once() {
    let redis = RedisServer::start();
    let (alpha, beta) = (Host::at(&redis), Host::at(&redis));
    alpha.save();
    beta.save();
    let mut first = alpha.start();
    let leading = alpha.is("running");
    assert_eq!(leading["leader"]["pid"], first.pid());
    assert_eq!(leading["lease"]["leads"], true);
    let second = beta.start();
    beta.is("standby");
    eventually("both name the same leader", || beta.status()["leader"] == leading["leader"]);
    let waiting = beta.is("standby");
    assert_eq!((&waiting["pid"], &waiting["workbook"]["quotes"]), (&second.pid().into(), &0.into()));
    beta.run(&["status"]).exits(0).prints("standby").prints("lease      ");
    beta.run(&["capture", "USA"]).exits(1).says("leads; do it there");
    alpha.has_captured();
    eventually("the leader publishes", || publisher(&redis) == Some(first.pid().into()));

    let killed = Instant::now();
    first.signal("KILL");
    first.end();
    let taken = beta.is("running");
    let took = killed.elapsed();
    println!("taken over {took:?} after kill -9, the term is {TERM:?}");
    assert!(took < TERM + Duration::from_secs(10), "{took:?}"); // two programs are started in between to look
    assert!(taken["leader"]["fence"].as_u64() > leading["leader"]["fence"].as_u64());
    eventually("the new leader publishes", || publisher(&redis) == Some(second.pid().into()));
    eventually("it knows who captured", || {
        let status = beta.status();
        let capture = status["supervisors"].as_array().into_iter().flatten();
        capture.filter(|it| it["detail"]["captured_elsewhere"] == 1).count() == 1
    });
    assert_eq!((alpha.captures(), beta.captures()), (1, 0));

    let mut first = alpha.start();
    alpha.is("standby");
    let mut second = second;
    second.signal("TERM");
    let stopped = Instant::now();
    assert_eq!(second.end(), Some(0));
    alpha.is("running");
    println!("handed over within {:?}", stopped.elapsed());
    assert_eq!((alpha.captures(), beta.captures()), (1, 0));
    first.signal("TERM");
    assert_eq!(first.end(), Some(0));
    assert_eq!(redis.cli(&["EXISTS", "thor:lease"]), "0", "given back");
}

/// The stall of a whole machine: longer than the term, across an open.
#[test]
fn a_leader_that_wakes_from_a_long_stall_captures_and_publishes_nothing() {
    let redis = RedisServer::start();
    let (alpha, beta) = (Host::at(&redis), Host::at(&redis));
    let first = alpha.start();
    alpha.is("running");
    let second = beta.start();
    beta.is("standby");
    first.signal("STOP");
    beta.is("running");
    // The open can be captured from here on: both see the same save.
    alpha.save();
    beta.save();
    beta.has_captured();
    eventually("the new leader publishes", || publisher(&redis) == Some(second.pid().into()));
    let publishing = redis.cli(&["GET", "live_data:excel_lock"]);
    first.signal("CONT");
    alpha.shows("standing by", |status| status["state"] == "standby" && status["lease"]["losses"] == 1);
    beta.save();
    eventually("the new leader goes on", || {
        redis.cli(&["GET", "thor:heartbeat"]).contains(&format!("\"pid\":{}", second.pid()))
    });
    assert_eq!(redis.cli(&["GET", "live_data:excel_lock"]), publishing, "nobody else has published");
    assert_eq!((alpha.captures(), beta.captures()), (0, 1));
}

#[test]
fn without_a_lease_nothing_of_it_is_in_redis() {
    let redis = RedisServer::start();
    let host = Host::at(&redis);
    host.save();
    let running = host.world.start(&["--config", "config.toml", "--set", "lease.enabled=false", "run"]);
    let status = host.is("running");
    assert_eq!((&status["leader"], &status["lease"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    host.has_captured();
    eventually("it publishes", || publisher(&redis) == Some(running.pid().into()));
    assert_eq!(redis.cli(&["KEYS", "thor:lease*"]), "");
    assert_eq!(redis.cli(&["KEYS", "thor:capture:*"]), "");
}
