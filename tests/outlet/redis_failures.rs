//! What the server may answer, and that nothing of an edition is seen then.

use super::desk::{Desk, TERMS, outlet};
use crate::support::redis::{RedisServer, bus, eventually, free_port};
use thor_stack::config::BusConfig;
use thor_stack::outlet::BusWatch;
use thor_stack::outlet::redis::{Reader, RedisOutlet, Subscriber, keys};

/// Collects what is announced while it lives.
struct Listener(::redis::Connection);

impl Listener {
    fn of(server: &RedisServer) -> Listener {
        let mut connection = ::redis::Client::open(server.unix_url()).unwrap().get_connection().unwrap();
        connection.send_packed_command(b"PSUBSCRIBE live_data:quotes:* end\r\n").unwrap();
        connection.recv_response().unwrap();
        connection.recv_response().unwrap();
        Listener(connection)
    }

    /// How many messages came before now.
    fn count(mut self, server: &RedisServer) -> usize {
        server.cli(&["PUBLISH", "end", ""]);
        let mut count = 0;
        while !format!("{:?}", self.0.recv_response().unwrap()).contains("\"end\"") {
            count += 1;
        }
        count
    }
}

fn error_of(config: &BusConfig) -> String {
    Desk::new().publish(&mut outlet(config), 0, &[("YM", 1)]).unwrap_err().to_string()
}

#[test]
fn a_key_of_another_kind_stops_hash_and_messages() {
    for (key, stream) in [(keys::LATEST_QUOTES, false), (keys::QUOTE_STREAM, true), (keys::LAST_SEQ, false)] {
        let server = RedisServer::start();
        let listener = Listener::of(&server);
        server.cli(&["RPUSH", key, "a list"]);
        let mut config = server.bus();
        config.stream = stream;
        let error = error_of(&config);
        assert!(error.contains("WRONGTYPE") && error.contains("rename or delete it"), "{key}: {error}");
        assert!(error.contains(key), "the key is named: {error}");
        assert_eq!(listener.count(&server), 0, "{key}");
        assert_eq!(server.cli(&["EXISTS", keys::LATEST_QUOTES]), if stream { "0" } else { server_has(key) });
    }
}

fn server_has(key: &str) -> &'static str {
    if key == keys::LATEST_QUOTES { "1" } else { "0" }
}

#[test]
fn a_key_that_turns_into_another_kind_between_two_editions_stops_the_messages() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 0, &[("YM", 1)]).unwrap();
    server.cli(&["DEL", keys::LATEST_QUOTES]);
    server.cli(&["SET", keys::LATEST_QUOTES, "text"]);
    let listener = Listener::of(&server);
    let error = desk.publish(&mut outlet, 3, &[("YM", 2)]).unwrap_err().to_string();
    assert!(error.contains("WRONGTYPE"), "{error}");
    assert_eq!(listener.count(&server), 0);
    server.cli(&["DEL", keys::LATEST_QUOTES]);
    eventually("healed", || desk.idle(&mut outlet, 6).is_ok());
    assert_eq!(server.cli(&["HLEN", keys::LATEST_QUOTES]), "1");
}

#[test]
fn a_server_out_of_memory_stops_hash_and_messages() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 0, &[("YM", 1)]).unwrap();
    let listener = Listener::of(&server);
    server.cli(&["CONFIG", "SET", "maxmemory", "1mb"]);
    server.cli(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    let error = desk.publish(&mut outlet, 3, &[("YM", 2)]).unwrap_err().to_string();
    assert!(error.contains("out of memory") && error.contains("maxmemory"), "{error}");
    assert!(!error.contains("script"), "where in the script is no part of what is wrong: {error}");
    assert_eq!(listener.count(&server), 0);
    let quotes = Reader::connect(&server.bus()).unwrap().latest().unwrap().quotes;
    assert_eq!(quotes[0].last, Some(1.into()), "the hash is as it was");
    // A departure needs no memory. Whether this is within the wait after the failure is a matter of pace.
    desk.publish(&mut outlet, 6, &[]).ok();
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    eventually("healed", || desk.idle(&mut outlet, 9).is_ok());
    assert_eq!(server.cli(&["HLEN", keys::LATEST_QUOTES]), "0", "the departure was owed");
}

#[test]
fn a_replica_refuses_and_says_which_server_is_wanted() {
    let server = RedisServer::start();
    server.cli(&["REPLICAOF", "127.0.0.1", &free_port().to_string()]);
    let error = error_of(&server.bus());
    assert!(error.contains("READONLY") || error.contains("MASTERDOWN"), "{error}");
    assert!(error.contains("replica"), "{error}");
}

#[test]
fn passwords_open_the_server_and_are_never_shown() {
    let server = RedisServer::with(&["--requirepass", "s3cr3t/p@ss"]);
    server.cli(&["ACL", "SETUSER", "ana", "on", ">an4s", "~*", "&*", "+@all"]);
    server.cli(&["ACL", "SETUSER", "bob", "on", ">b0bs", "~*", "&other:*", "+@all"]);
    server.cli(&["ACL", "SETUSER", "eve", "on", ">3ves", "~*", "&*", "+@all", "-@scripting"]);
    let (port, socket) = (server.port(), server.socket().display().to_string());
    let all = "s3cr3t%2Fp%40ss";
    for url in [
        format!("redis://:{all}@127.0.0.1:{port}"),
        format!("redis://ana:an4s@127.0.0.1:{port}/3"),
        format!("redis+unix://{socket}?pass={all}"),
        format!("redis+unix://{socket}?user=ana&pass=an4s&db=2"),
    ] {
        Desk::new().publish(&mut outlet(&bus(&url)), 0, &[("YM", 1)]).unwrap();
    }
    for (url, wanted) in [
        (format!("redis://127.0.0.1:{port}"), "asks for a password"),
        (format!("redis://:wr0ng%2Fs3cr3t@127.0.0.1:{port}"), "refused the user or password"),
        (format!("redis://nobody:wr0ng-s3cr3t@127.0.0.1:{port}"), "refused the user or password"),
        (format!("redis+unix://{socket}?pass=wr0ng"), "refused the user or password"),
        (format!("redis://bob:b0bs@127.0.0.1:{port}"), "access list"),
        (format!("redis://eve:3ves@127.0.0.1:{port}"), "access list"),
        (format!("redis://:{all}@127.0.0.1:{port}/99"), "out of range"),
        (format!("redis://:{all}@127.0.0.1:{}", free_port()), "no server there"),
    ] {
        let config = bus(&url);
        let watch = BusWatch::new(&config.url);
        let mut outlet = RedisOutlet::new(&config, TERMS, &watch).unwrap();
        let error = Desk::new().publish(&mut outlet, 0, &[("ZB", 1)]).unwrap_err();
        let shown = format!("{error} {error:?} {:?} {config:?}", watch.get());
        assert!(shown.contains(wanted), "{wanted}: {shown}");
        for secret in ["s3cr3t", "wr0ng", "b0bs", "3ves", all] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
    let hash = server.cli(&["HKEYS", keys::LATEST_QUOTES]);
    assert_eq!(hash, "YM", "bob may write the hash but announce nothing, so he did neither");
}

/// Makes the user `thor` of the README: the keys, channels and commands of the stack, and nothing else.
pub(crate) fn least_rights(server: &RedisServer) {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("ACL SETUSER thor on >PASSWORD ").expect("the README names the rights");
    let (rights, _) = rest.split_once('\n').expect("in one line");
    let mut words = vec!["ACL", "SETUSER", "thor", "on", ">s3cr3t"];
    words.extend(rights.split(' '));
    assert_eq!(server.cli(&words), "OK");
}

#[test]
fn the_least_rights_of_the_readme_are_enough() {
    let server = RedisServer::start();
    least_rights(&server);
    let url = format!("redis://thor:s3cr3t@127.0.0.1:{}", server.port());
    let config = BusConfig { stream: true, ..bus(&url) };
    let mut outlet = outlet(&config);
    let desk = Desk::new();
    for number in 1..3 {
        desk.publish(&mut outlet, number, &[("YM", number)]).unwrap();
    }
    drop(outlet);
    assert_eq!(server.cli(&["EXISTS", keys::PUBLISHER_LOCK]), "0", "it may give the lock back");
    let mut subscriber = Subscriber::new(&config).unwrap();
    assert_eq!(subscriber.receive(std::time::Duration::ZERO).unwrap().quotes.len(), 1);
}

#[test]
fn a_password_for_a_server_without_one_is_refused_in_words() {
    let server = RedisServer::start();
    let url = format!("redis://:s3cr3t@127.0.0.1:{}", server.port());
    let error = error_of(&bus(&url));
    assert!(error.contains("refused the user or password") && !error.contains("s3cr3t"), "{error}");
}

#[test]
fn an_address_that_is_none_is_refused_before_anything_connects() {
    for url in ["http://host", "redis://", "redis://:s3cr3t@host/x", "redis://h?protocol=99", "s3cr3t"] {
        let config = bus(url);
        let watch = BusWatch::new(&config.url);
        let errors = [
            RedisOutlet::new(&config, TERMS, &watch).map(drop).unwrap_err(),
            Reader::connect(&config).map(drop).unwrap_err(),
            Subscriber::new(&config).map(drop).unwrap_err(),
        ];
        for error in errors {
            assert!(error.to_string().contains("bus.url"), "{url}: {error}");
            assert!(!error.to_string().contains("s3cr3t") || url == "s3cr3t", "{url}: {error}");
        }
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn an_address_with_tls_says_which_feature_is_missing() {
    let config = bus("rediss://:s3cr3t@host");
    let error = RedisOutlet::new(&config, TERMS, &BusWatch::new(&config.url)).map(drop).unwrap_err();
    assert!(error.to_string().contains("--features tls"), "{error}");
}

#[test]
fn something_that_is_no_redis_server_is_named_so() {
    use std::io::Write;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    std::thread::scope(|threads| {
        threads
            .spawn(|| listener.accept().unwrap().0.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap());
        let error = error_of(&bus(&url));
        assert!(error.contains("is this a Redis server?"), "{error}");
    });
}
