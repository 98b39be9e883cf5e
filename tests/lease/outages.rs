//! A lease whose Redis goes away, loses its data, or does not answer.

use super::{Host, publisher};
use crate::support::redis::{RedisServer, eventually};
use std::time::{Duration, Instant};

#[test]
fn a_redis_that_restarts_empty_gives_the_lease_back_to_its_holder() {
    let mut redis = RedisServer::start();
    let (alpha, beta) = (Host::at(&redis), Host::at(&redis));
    alpha.save();
    beta.save();
    let first = alpha.start();
    let before = alpha.is("running");
    let _second = beta.start();
    beta.is("standby");
    alpha.has_captured();
    redis.stop();
    redis.start_again();
    let after = alpha.shows("leading anew", |status| {
        status["lease"]["acquisitions"].as_u64() >= Some(2) && status["lease"]["leads"] == true
    });
    assert!(after["leader"]["fence"].as_u64() > before["leader"]["fence"].as_u64(), "{after:#}");
    beta.shows("following", |status| status["state"] == "standby" && status["leader"]["pid"] == first.pid());
    eventually("the capture is known to the server again", || {
        redis.cli(&["KEYS", "thor:capture:USA:*"]).contains("thor:capture:USA:")
    });
    eventually("the same publishes", || publisher(&redis) == Some(first.pid().into()));
    assert_eq!((alpha.captures(), beta.captures()), (1, 0));
}

#[test]
fn without_redis_nobody_leads_and_nothing_is_captured() {
    let mut redis = RedisServer::start();
    let alpha = Host::at(&redis);
    let _first = alpha.start();
    alpha.is("running");
    redis.stop();
    let status = alpha.is("degraded");
    assert_eq!(status["leader"], serde_json::Value::Null);
    let reason = status["lease"]["reason"].as_str().unwrap();
    assert!(reason.contains("no server there") || reason.contains("ran out"), "{reason}");
    alpha.save();
    alpha.run(&["status"]).exits(1).prints("nothing is captured");
    assert_eq!(alpha.captures(), 0);
    redis.start_again();
    alpha.is("running");
    alpha.has_captured();
}

#[test]
fn a_stop_while_redis_stalls_is_bounded() {
    let redis = RedisServer::start();
    let alpha = Host::at(&redis);
    alpha.save();
    let mut first = alpha.start();
    alpha.is("running");
    eventually("it publishes", || publisher(&redis) == Some(first.pid().into()));
    redis.suspend();
    let told = Instant::now();
    first.signal("TERM");
    assert_eq!(first.end(), Some(0));
    let took = told.elapsed();
    redis.resume();
    println!("stopped {took:?} after SIGTERM with a stalled Redis");
    assert!(took < Duration::from_secs(8), "{took:?}"); // 200 ms, and a disk that is slow
}
