//! The contract of `Outlet`, which every outlet keeps.

use super::desk::{Desk, TERMS, edition};
use crate::support::redis::{RedisServer, bus, free_port};
use thor_stack::config::{BusConfig, BusUrl};
use thor_stack::outlet::{BusWatch, Outlet, OutletError, Published, open};

/// Runs `check` with each outlet, told its name and whether it reaches anybody.
fn for_each_outlet(check: impl Fn(&str, bool, &mut dyn Outlet)) {
    let server = RedisServer::start();
    let absent = format!("redis://127.0.0.1:{}", free_port());
    for (name, reaches, url) in [
        ("none", false, BusUrl::Local),
        ("redis over a Unix socket", true, BusUrl::Redis(server.unix_url())),
        ("redis over TCP", true, BusUrl::Redis(server.tcp_url())),
        ("redis, absent", false, BusUrl::Redis(absent)),
    ] {
        let config = BusConfig { url, ..bus("") };
        let mut outlet = open(&config, TERMS, &BusWatch::new(&config.url)).unwrap();
        check(name, reaches, &mut *outlet);
    }
}

#[test]
fn an_edition_goes_out_and_the_next_says_only_what_is_new() {
    for_each_outlet(|name, reaches, outlet| {
        let desk = Desk::new();
        let sent = |quotes, gone| if reaches { Published { quotes, gone } } else { Published::default() };
        let check = |published: Result<Published, OutletError>, quotes, gone| match published {
            Ok(published) => assert_eq!(published, sent(quotes, gone), "{name}"),
            Err(error) => assert!(name.contains("absent"), "{name}: {error}"),
        };
        check(desk.publish(outlet, 0, &[("YM", 1), ("ES", 2)]), 2, 0);
        check(desk.publish(outlet, 3, &[("YM", 1), ("ES", 3)]), 1, 0);
        check(desk.idle(outlet, 6), 0, 0);
        check(desk.publish(outlet, 9, &[("YM", 1)]), 0, 1);
        let update = desk.save(12, &[("YM", 1)]);
        check(outlet.publish(&desk.generation, &edition(&update, true)), 1, 0);
    });
}

#[test]
fn a_replaced_publisher_publishes_nothing() {
    for_each_outlet(|name, _, outlet| {
        let desk = Desk::new();
        let update = desk.save(0, &[("YM", 1)]);
        desk.generation.revoke();
        let refused = desk.send(outlet, &update);
        assert!(matches!(refused, Err(OutletError::Revoked(_))), "{name}: {refused:?}");
    });
}

#[test]
fn an_edition_before_the_first_save_is_a_sign_of_life() {
    for_each_outlet(|name, reaches, outlet| {
        let desk = Desk::new();
        let update = desk.board.mark_stale(&desk.generation, super::desk::at(0)).unwrap();
        let published = desk.send(outlet, &update);
        assert!(published.is_ok() || !reaches, "{name}: {published:?}");
    });
}
