//! Editions that go out as transactions, and those that cannot.

use super::desk::{Desk, edition, outlet};
use crate::support::redis::{RedisServer, bus, eventually};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use thor_stack::outlet::redis::keys;
use thor_stack::outlet::{Outlet, OutletError};

/// How often the server was asked to carry out a transaction.
fn asked(server: &RedisServer) -> usize {
    let stats = server.cli(&["INFO", "commandstats"]);
    let line = stats.lines().find(|line| line.starts_with("cmdstat_exec:calls="));
    line.map_or(0, |line| line["cmdstat_exec:calls=".len()..].split(',').next().unwrap().parse().unwrap())
}

fn last(server: &RedisServer, symbol: &str) -> String {
    let json: serde_json::Value =
        serde_json::from_str(&server.cli(&["HGET", keys::LATEST_QUOTES, symbol])).unwrap();
    json["last"].as_str().unwrap().to_string()
}

#[test]
fn editions_after_the_first_are_transactions() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    for save in 1..=4 {
        desk.publish(&mut outlet, save, &[("YM", save), ("ES", 2)]).unwrap();
    }
    desk.idle(&mut outlet, 5).unwrap();
    assert_eq!(desk.publish(&mut outlet, 6, &[("YM", 6)]).unwrap().gone, 1);
    assert_eq!(asked(&server), 5);
    assert_eq!(
        (last(&server, "YM").as_str(), server.cli(&["HLEN", keys::LATEST_QUOTES]).as_str()),
        ("6", "1")
    );
}

#[test]
fn an_edition_before_which_another_program_wrote_to_the_hash_goes_out_once() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 1, &[("YM", 1)]).unwrap();
    server.cli(&["HSET", keys::LATEST_QUOTES, "SPX", "another program's"]);
    server.cli(&["CONFIG", "RESETSTAT"]);
    desk.publish(&mut outlet, 2, &[("YM", 2)]).unwrap();
    assert_eq!(last(&server, "YM"), "2");
    assert_eq!(server.cli(&["HGET", keys::LATEST_QUOTES, "SPX"]), "another program's");
    assert!(
        server.cli(&["INFO", "commandstats"]).contains("cmdstat_publish:calls=1,"),
        "it is announced once"
    );
    desk.publish(&mut outlet, 3, &[("YM", 3)]).unwrap();
    assert_eq!(asked(&server), 2, "after it they are transactions again");
}

#[test]
fn a_program_that_writes_to_the_hash_all_the_time_costs_no_round_trips_for_ever() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    for save in 0..8 {
        desk.publish(&mut outlet, save, &[("YM", save)]).unwrap();
        server.cli(&["HSET", keys::LATEST_QUOTES, "SPX", &save.to_string()]);
    }
    assert_eq!((asked(&server), last(&server, "YM").as_str()), (3, "7"));
}

#[test]
fn nothing_of_a_transaction_is_seen_after_another_took_the_lock() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 1, &[("YM", 1)]).unwrap();
    server.cli(&["SET", keys::PUBLISHER_LOCK, "another program's token"]);
    let error = desk.publish(&mut outlet, 2, &[("YM", 2)]).unwrap_err().to_string();
    assert!(error.contains("is publishing to"), "{error}");
    assert_eq!((last(&server, "YM").as_str(), asked(&server)), ("1", 1));
}

/// Regression: what followed went into the middle of the command that was being sent, and the lock was kept.
#[test]
fn a_publisher_that_is_replaced_in_the_middle_of_a_transaction_still_gives_its_lock_back() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    let names: Vec<String> = (0..1_000).map(|n| format!("S{n}")).collect();
    let rows = |last| names.iter().map(|name| (name.as_str(), last)).collect::<Vec<_>>();
    desk.publish(&mut outlet, 1, &rows(1)).unwrap();
    let asked = AtomicUsize::new(0);
    let at_first = Arc::new(move || asked.fetch_add(1, Ordering::Relaxed) == 0);
    let update = desk.save(2, &rows(2));
    let replaced = outlet.publish(&desk.generation.under(at_first), &edition(&update, false)).unwrap_err();
    assert!(matches!(replaced, OutletError::Revoked(_)), "{replaced}");
    assert_eq!(last(&server, "S0"), "1");
    drop(outlet);
    assert_eq!(server.cli(&["EXISTS", keys::PUBLISHER_LOCK]), "0");
}

#[test]
fn a_user_who_may_not_use_transactions_publishes_without_them() {
    for forbidden in ["-watch", "-multi", "-exec"] {
        let server = RedisServer::start();
        server.cli(&["ACL", "SETUSER", "thor", "on", ">s3cr3t", "~*", "&*", "+@all", forbidden]);
        let desk = Desk::new();
        let mut outlet = outlet(&bus(&format!("redis://thor:s3cr3t@127.0.0.1:{}", server.port())));
        for save in 0..4 {
            // The one that shows what is forbidden is refused, and owed then.
            eventually("published", || desk.publish(&mut outlet, save, &[("YM", save)]).is_ok());
        }
        assert_eq!(last(&server, "YM"), "3", "{forbidden}");
    }
}
