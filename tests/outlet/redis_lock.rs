//! One publisher at a time: who may take the lock, who must wait, who gives it back.

use super::desk::{Desk, at, outlet};
use crate::support::redis::{RedisServer, eventually};
use std::process::{Command, Stdio};
use thor_stack::outlet::OutletError;
use thor_stack::outlet::redis::{Reader, RedisOutlet, Token, keys};

fn held_by(error: &OutletError) -> &str {
    match error {
        OutletError::Held { holder, .. } => holder,
        other => panic!("not held: {other}"),
    }
}

fn take(server: &RedisServer, token: &Token) {
    server.cli(&["SET", keys::PUBLISHER_LOCK, &serde_json::to_string(token).unwrap(), "PX", "60000"]);
}

#[test]
fn a_second_publisher_is_told_who_holds_the_lock_and_takes_over_when_it_is_given_back() {
    let server = RedisServer::start();
    let (first, second) = (Desk::new(), Desk::starting_at(at(1)));
    let mut holder = outlet(&server.bus());
    first.publish(&mut holder, 0, &[("YM", 1)]).unwrap();
    let mut waiting = outlet(&server.bus());
    let error = second.publish(&mut waiting, 1, &[("YM", 2)]).unwrap_err();
    assert_eq!(held_by(&error), holder.token().to_string());
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    let lock = Reader::connect(&server.bus()).unwrap().lock_holder().unwrap().unwrap();
    assert_eq!((lock.name, lock.dead), (holder.token().to_string(), false));
    first.publish(&mut holder, 3, &[("YM", 3)]).unwrap();
    drop(holder);
    assert_eq!(server.cli(&["EXISTS", keys::PUBLISHER_LOCK]), "0");
    assert_eq!(second.idle(&mut waiting, 4).unwrap().quotes, 1, "all that is owed");
}

/// Regression: the lock of a publisher whose worker hung and was replaced was waited for until it ran out.
#[test]
fn a_replacement_takes_the_lock_of_the_publisher_it_replaces_at_once() {
    let server = RedisServer::start();
    let (hung, replacement) = (Desk::new(), Desk::starting_at(at(1)));
    let mut holder = outlet(&server.bus());
    hung.publish(&mut holder, 0, &[("YM", 1)]).unwrap();
    hung.generation.revoke();
    let mut next = outlet(&server.bus());
    replacement.publish(&mut next, 1, &[("YM", 2)]).unwrap();
    let holder_now = || Reader::connect(&server.bus()).unwrap().lock_holder().unwrap().unwrap();
    assert!(!holder_now().dead);
    drop(holder);
    replacement.publish(&mut next, 2, &[("YM", 3)]).unwrap();
    assert!(!holder_now().dead, "the one that was replaced gave back what was no longer its own");
}

/// Defect of the original: it deleted whoever held the lock.
#[test]
fn only_its_holder_gives_the_lock_back() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 0, &[("YM", 1)]).unwrap();
    server.cli(&["SET", keys::PUBLISHER_LOCK, "another", "PX", "60000"]);
    let error = desk.publish(&mut outlet, 3, &[("YM", 2)]).unwrap_err();
    assert_eq!(held_by(&error), "another program (\"another\")");
    drop(outlet);
    assert_eq!(server.cli(&["GET", keys::PUBLISHER_LOCK]), "another");
    let last = Reader::connect(&server.bus()).unwrap().latest().unwrap().quotes[0].last;
    assert_eq!(last, Some(1.into()), "a publisher that lost the lock changes nothing");
}

#[test]
fn a_lock_that_ran_out_is_taken_again_if_nobody_has_it() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 0, &[("YM", 1)]).unwrap();
    server.cli(&["DEL", keys::PUBLISHER_LOCK]);
    desk.publish(&mut outlet, 3, &[("YM", 2)]).unwrap();
    assert_eq!(server.cli(&["EXISTS", keys::PUBLISHER_LOCK]), "1");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "asks /proc")]
fn a_dead_holder_on_this_host_is_replaced_at_once_and_any_other_is_waited_for() {
    let server = RedisServer::start();
    let mut process = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
    let pid = process.id();
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let started = stat.rsplit(')').next().unwrap().split_whitespace().nth(19).unwrap().to_string();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    let living = Token { pid, started, ..outlet.token().clone() };
    let held = |token: Token| (token, false);
    let free = |token: Token| (token, true);
    let check = |outlet: &mut RedisOutlet, (token, may_publish): (Token, bool), what: &str| {
        take(&server, &token);
        assert_eq!(token.is_dead(), may_publish, "{what}");
        assert_eq!(desk.idle(outlet, 3).is_ok(), may_publish, "{what}");
    };
    desk.save(0, &[("YM", 1)]);
    check(&mut outlet, held(living.clone()), "its process lives");
    let reused = Token { started: "1".into(), ..living.clone() };
    check(&mut outlet, free(reused), "another process has its number");
    process.kill().unwrap();
    eventually("a zombie is dead", || living.is_dead());
    process.wait().unwrap();
    check(&mut outlet, free(living.clone()), "its process is gone");
    for (what, token) in [
        ("another host", Token { host: "elsewhere".into(), ..living.clone() }),
        ("another boot, or another host of this name", Token { boot: Some("b".into()), ..living.clone() }),
        ("another container", Token { pid_space: Some("p".into()), ..living.clone() }),
        ("a system that tells neither", Token { boot: None, pid_space: None, ..living }),
    ] {
        check(&mut outlet, held(token), what);
    }
    let dropped = super::desk::outlet(&server.bus()).token().clone();
    check(&mut outlet, free(dropped), "a publisher of this process that was dropped");
}
