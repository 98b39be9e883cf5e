//! Notices on a real server: whole, with a term, bounded, and back after a failure.

use crate::support::redis::{RedisServer, bus, eventually, free_port};
use serde_json::json;
use std::time::{Duration, Instant};
use thor_stack::config::BusConfig;
use thor_stack::outlet::redis::RedisNotices;
use thor_stack::outlet::{Notices, OutletError};
use thor_stack::supervise::Generation;

const KEY: &str = "rolling_vwap:30";
const TERM: Duration = Duration::from_secs(120);

fn notices(config: &BusConfig) -> RedisNotices {
    RedisNotices::new(config).unwrap()
}

fn put(notices: &RedisNotices, number: u64) -> Result<(), OutletError> {
    notices.put(&Generation::new(1), KEY, TERM, &json!({ "number": number }))
}

#[test]
fn a_notice_replaces_the_one_before_and_expires() {
    let server = RedisServer::start();
    let notices = notices(&server.bus());
    put(&notices, 1).unwrap();
    put(&notices, 2).unwrap();
    assert_eq!(server.cli(&["GET", KEY]), r#"{"number":2}"#);
    let left: i64 = server.cli(&["PTTL", KEY]).parse().unwrap();
    assert!((100_000..=120_000).contains(&left), "{left} ms");
    notices.put(&Generation::new(1), "brief", Duration::from_millis(1), &json!(1)).unwrap();
    eventually("expired", || server.cli(&["EXISTS", "brief"]) == "0");
}

#[test]
fn after_a_restart_the_next_notice_goes_out() {
    let mut server = RedisServer::start();
    let notices = notices(&server.bus());
    put(&notices, 1).unwrap();
    server.stop();
    assert!(put(&notices, 2).is_err());
    server.start_again();
    eventually("published again", || put(&notices, 3).is_ok());
    assert_eq!(server.cli(&["GET", KEY]), r#"{"number":3}"#);
}

#[test]
fn an_absent_server_fails_at_once_and_again_at_once_while_waiting() {
    let notices = notices(&bus(&format!("redis://:secret@127.0.0.1:{}", free_port())));
    let started = Instant::now();
    let first = put(&notices, 0).unwrap_err().to_string();
    assert!(!first.contains("secret") && first.contains("no server there"), "{first}");
    for number in 1..200 {
        assert_eq!(put(&notices, number).unwrap_err().to_string(), first);
    }
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

/// Two workers, one stalled server: neither waits for much longer than one put may take.
#[test]
fn a_stalled_server_holds_a_worker_back_for_the_bound_only() {
    let server = RedisServer::start();
    let bounds = (Duration::from_millis(300), Duration::from_millis(200));
    let notices = notices(&BusConfig { connect_timeout: bounds.0, timeout: bounds.1, ..server.bus() });
    eventually("connected", || put(&notices, 0).is_ok());
    server.suspend();
    std::thread::scope(|threads| {
        for number in 1..=2 {
            let notices = &notices;
            threads.spawn(move || {
                let started = Instant::now();
                put(notices, number).unwrap_err();
                assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
            });
        }
    });
    server.resume();
    eventually("published again", || put(&notices, 3).is_ok());
}

#[test]
fn a_password_that_is_refused_is_not_told() {
    let server = RedisServer::with(&["--requirepass", "open sesame"]);
    let wrong = server.unix_url() + "?pass=abracadabra";
    let error = put(&notices(&bus(&wrong)), 1).unwrap_err().to_string();
    assert!(error.contains("refused the user or password") && !error.contains("abracadabra"), "{error}");
    put(&notices(&bus(&(server.unix_url() + "?pass=open%20sesame"))), 1).unwrap();
}

#[test]
fn a_worker_that_was_replaced_puts_nothing() {
    let server = RedisServer::start();
    let replaced = Generation::new(1);
    replaced.revoke();
    let notices = notices(&server.bus());
    let error = notices.put(&replaced, KEY, TERM, &json!(1)).unwrap_err();
    assert!(matches!(error, OutletError::Revoked(_)), "{error}");
    assert_eq!(server.cli(&["EXISTS", KEY]), "0");
}

#[test]
fn an_address_that_is_none_is_refused() {
    assert!(RedisNotices::new(&bus("redis://127.0.0.1:port")).is_err());
}
