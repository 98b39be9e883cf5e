//! Claims of opens between two hosts, against a real Redis.

use crate::support::redis::{RedisServer, bus, eventually};
use jiff::civil::{Date, date};
use std::sync::Arc;
use std::time::Duration;
use thor_stack::config::Config;
use thor_stack::lease::{Acquired, Ask, Claim, Claims, Lease, LeaseServer};
use thor_stack::outlet::redis::RedisLease;
use thor_stack::supervise::SystemClock;

const DAY: Date = date(2025, 11, 28);

fn config(redis: &RedisServer, home: &str) -> Config {
    Config { bus: redis.bus(), ..Config::at_home(home.into()) }
}

fn host(redis: &RedisServer, home: &str) -> Lease {
    let server = || Box::new(RedisLease::new(&config(redis, home)).unwrap());
    Lease::new(Duration::from_secs(60), Arc::new(SystemClock::new()), server(), server())
}

#[test]
fn an_open_is_claimed_once_and_an_unfinished_claim_passes_on() {
    let redis = RedisServer::start();
    let (alpha, beta) = (host(&redis, "/alpha"), host(&redis, "/beta"));
    alpha.turn();
    beta.turn();
    assert_eq!(alpha.leader(), beta.leader());
    assert_eq!(beta.claim("USA", DAY), Claim::Lost, "it does not lead");
    assert_eq!(alpha.claim("USA", DAY), Claim::Granted);
    assert_eq!(alpha.claim("USA", DAY), Claim::Granted, "again is harmless");
    assert_eq!(alpha.claim("Japan", DAY), Claim::Granted);
    alpha.captured("USA", DAY);
    alpha.release(Duration::from_secs(5));
    beta.turn();
    assert_eq!(beta.tenure().unwrap().fence, 2);
    assert!(matches!(beta.claim("USA", DAY), Claim::Captured(by) if by.contains("fence 1")));
    assert_eq!(beta.claim("Japan", DAY), Claim::Granted, "the other died before it stored it");
    assert!(beta.captured_elsewhere("USA", DAY).unwrap().is_some());
    assert_eq!(alpha.captured_elsewhere("USA", DAY).unwrap(), None, "its own");
    let term: u64 = redis.cli(&["TTL", "thor:capture:USA:2025-11-28"]).parse().unwrap();
    assert!(term > 35 * 86_400, "outlives the days that are looked back for: {term} s");
}

/// Regression: no host could lead by the rights that the README gives, and no open was captured.
#[test]
fn the_least_rights_of_the_readme_are_enough_for_a_lease() {
    let redis = RedisServer::start();
    crate::outlet::redis_failures::least_rights(&redis);
    let url = format!("redis://thor:s3cr3t@127.0.0.1:{}", redis.port());
    let limited = |home: &str| {
        let config = Config { bus: bus(&url), ..Config::at_home(home.into()) };
        let server = || Box::new(RedisLease::new(&config).unwrap());
        Lease::new(Duration::from_secs(60), Arc::new(SystemClock::new()), server(), server())
    };
    let (alpha, beta) = (limited("/alpha"), limited("/beta"));
    alpha.turn();
    alpha.turn();
    beta.turn();
    assert_eq!(beta.leader().map(|leader| leader.fence), Some(1), "it reads who holds it, and for how long");
    assert_eq!(alpha.claim("USA", DAY), Claim::Granted);
    alpha.captured("USA", DAY);
    alpha.release(Duration::from_secs(5));
    beta.turn();
    assert!(matches!(beta.claim("USA", DAY), Claim::Captured(_)));
}

/// A suspended machine's clocks may say that its lease lasts; the server knows better.
#[test]
fn the_server_refuses_who_does_not_know_that_he_lost_the_lease() {
    let redis = RedisServer::start();
    let (alpha, beta) = (host(&redis, "/alpha"), host(&redis, "/beta"));
    alpha.turn();
    redis.cli(&["DEL", "thor:lease"]);
    beta.turn();
    assert!(alpha.tenure().is_some() && beta.tenure().is_some(), "both believe it");
    assert_eq!(alpha.claim("USA", DAY), Claim::Lost);
    assert!(alpha.tenure().is_none(), "now it knows");
    assert_eq!(beta.claim("USA", DAY), Claim::Granted);
    alpha.turn();
    assert_eq!(alpha.leader(), beta.leader());
}

#[test]
fn a_lease_lost_by_the_server_is_its_last_holders_first() {
    let redis = RedisServer::start();
    let ask = |above, anew| Ask { ttl: Duration::from_secs(60), above, anew };
    let mut server = RedisLease::new(&config(&redis, "/alpha")).unwrap();
    assert!(matches!(server.acquire(&ask(0, false)).unwrap(), Acquired::Ours { fence: 1, .. }));
    redis.cli(&["FLUSHALL"]);
    assert_eq!(server.acquire(&ask(7, false)).unwrap(), Acquired::Lost);
    assert!(matches!(server.acquire(&ask(7, true)).unwrap(), Acquired::Ours { fence: 8, .. }));
    redis.cli(&["SET", "thor:lease", "hello"]);
    let Acquired::Held(other) = server.acquire(&ask(8, false)).unwrap() else { panic!("it is held") };
    assert_eq!((other.leader, other.left), (None, None), "another program's");
}

/// Regression: a host whose wish was granted by an answer that came too late took the lease for another's, and nobody led
/// until it ran out.
#[test]
fn a_lease_whose_grant_was_not_heard_is_ours() {
    let redis = RedisServer::start();
    let beta = host(&redis, "/beta");
    let mut config = config(&redis, "/alpha");
    config.bus.timeout = Duration::from_millis(300);
    let server = || Box::new(RedisLease::new(&config).unwrap());
    let alpha = Lease::new(Duration::from_secs(60), Arc::new(SystemClock::new()), server(), server());
    beta.turn();
    eventually("it follows", || {
        alpha.turn();
        alpha.leader() == beta.leader()
    });
    beta.release(Duration::from_secs(5));
    redis.suspend();
    alpha.turn();
    redis.resume();
    eventually("it was granted", || redis.cli(&["GET", "thor:lease"]).contains("\"fence\":2"));
    assert_eq!(alpha.tenure(), None, "which it has not heard");
    eventually("it leads", || {
        alpha.turn();
        alpha.tenure().is_some()
    });
    assert_eq!(alpha.tenure().unwrap().fence, 2);
}
