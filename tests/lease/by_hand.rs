//! What a person sees who works on one of the hosts: `start`, `check`, and `capture` by hand.

use super::Host;
use crate::support::redis::RedisServer;

const BY_HAND: &str = "supervisors.MarketOpenCaptureSupervisor.enabled=false";

#[test]
fn a_capture_by_hand_on_the_leader_is_the_only_one() {
    let redis = RedisServer::start();
    let (alpha, beta) = (Host::at(&redis), Host::at(&redis));
    alpha.save();
    beta.save();
    alpha.run(&["start", "--set", BY_HAND]).exits(0).prints("started (pid ");
    alpha.is("running");
    alpha.shows("published", |_| redis.cli(&["EXISTS", "thor:heartbeat"]) == "1");
    alpha.run(&["capture", "USA"]).exits(0).prints("captured USA ");
    alpha.run(&["capture", "USA"]).exits(0).prints("is captured already, as session 1");
    beta.run(&["capture", "USA"]).exits(1).says("leads; do it there");
    beta.run(&["poll", "--once"]).exits(1).says("leads; do it there");
    alpha.run(&["poll", "--once", "--dry-run"]).exits(0);
    beta.run(&["start", "--set", BY_HAND]).exits(0);
    beta.is("standby");
    alpha.run(&["stop"]).exits(0);
    beta.is("running");
    beta.shows("published", |_| super::publisher(&redis) == beta.status()["pid"].as_u64());
    beta.run(&["capture", "USA"]).exits(0).prints("is captured already, by ");
    assert_eq!((alpha.captures(), beta.captures()), (1, 0));
    beta.run(&["stop"]).exits(0);
}

#[test]
fn start_and_check_say_who_leads() {
    let redis = RedisServer::start();
    let (alpha, beta) = (Host::at(&redis), Host::at(&redis));
    alpha.save();
    beta.save();
    alpha.run(&["check"]).exits(0).prints("nobody leads; the next host that starts does");
    alpha.run(&["start"]).exits(0);
    alpha.is("running");
    beta.run(&["start"]).exits(0).prints(", standing by: ").prints(" leads");
    beta.run(&["check"]).exits(0).prints("lease ").prints("fence 1) leads");
    beta.run(&["status"]).exits(0).prints("live.xlsx: not read yet");
    redis.suspend();
    beta.run(&["check"]).exits(1).prints("without its Redis nobody leads");
    beta.run(&["stop"]).exits(0);
    beta.run(&["start"]).exits(0).prints(", but nobody is known to lead: ");
    redis.resume();
    alpha.run(&["stop"]).exits(0);
    beta.run(&["stop"]).exits(0);
}
