//! A Redis that refuses, as the program tells of it: clear words, a failed `poll`, and a `run` that goes on.

use super::{holds_save, start, until};
use crate::support::program::{Ran, World};
use crate::support::redis::{RedisServer, free_port};
use crate::support::workbooks::WorkbookWriter;

const HASH: &str = "live_data:latest:quotes";

fn world() -> World {
    let world = World::new();
    WorkbookWriter::of_size(3, 1).save(&world.path("book.xlsx"));
    world
}

fn poll(world: &World, url: &str) -> Ran {
    poll_within("5s", world, url)
}

fn poll_within(bound: &str, world: &World, url: &str) -> Ran {
    let settings =
        [format!("bus.url={url}"), format!("bus.connect_timeout={bound}"), format!("bus.timeout={bound}")];
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let arguments: Vec<&str> =
        ["poll", "--once", "--workbook", "book.xlsx"].into_iter().chain(settings).collect();
    world.run(&arguments)
}

/// What was read is printed, whatever becomes of it.
#[track_caller]
fn fails(ran: &Ran, text: &str) {
    ran.exits(1).prints("S0").says(text).never_shows("hush").never_shows("wrong-one");
}

#[test]
fn poll_fails_in_words_that_say_what_to_do() {
    let world = world();
    let absent = free_port();
    fails(&poll(&world, &format!("redis://127.0.0.1:{absent}")), "start it or correct bus.url");
    fails(&poll(&world, "redis://no-such-host.invalid"), "correct the host in bus.url");
    let server = RedisServer::with(&["--requirepass", "hush"]);
    fails(&poll(&world, &server.tcp_url()), "the server asks for a password; put it into bus.url");
    let wrong = format!("redis://:wrong-one@127.0.0.1:{}", server.port());
    fails(&poll(&world, &wrong), "the server refused the user or password in bus.url");
    let right = format!("redis://:hush@127.0.0.1:{}", server.port());
    poll(&world, &right).exits(0).never_shows("hush");
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    fails(&poll(&world, &right), "the server is out of memory; raise its maxmemory");
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    server.cli(&["DEL", HASH]);
    server.cli(&["SET", HASH, "text"]);
    fails(&poll(&world, &right), "WRONGTYPE live_data:latest:quotes");
    server.suspend();
    let stalled = poll_within("300ms", &world, &right);
    fails(&stalled, "the server did not answer in time (bus.timeout, bus.connect_timeout)");
}

/// How it begins, what is said of it, and how it ends.
#[cfg(unix)]
type Trouble<'a> = (&'a dyn Fn(), &'a str, &'a dyn Fn());

#[cfg(unix)]
#[test]
fn run_says_each_trouble_once_and_publishes_the_latest_state_when_it_is_over() {
    let (world, redis) = (world(), RedisServer::start());
    let book = world.path("book.xlsx");
    let settings = ["workbook.interval=100ms", "bus.connect_timeout=300ms"];
    let mut stack = start(&world, &redis, &settings);
    until("it publishes", || holds_save(&redis, 3, 1));
    let cli = |command: &str| {
        redis.cli(&command.split(' ').collect::<Vec<_>>());
    };
    let (kind, back) = (format!("SET {HASH} text"), format!("DEL {HASH}"));
    let troubles: [Trouble<'_>; 4] = [
        (&|| cli("CONFIG SET maxmemory 1"), "the server is out of memory", &|| cli("CONFIG SET maxmemory 0")),
        (&|| cli(&kind), "holds a value of another kind", &|| cli(&back)),
        (&|| redis.suspend(), "the server did not answer in time", &|| redis.resume()),
        (&|| cli("REPLICAOF 127.0.0.1 1"), "read-only replica", &|| cli("REPLICAOF NO ONE")),
    ];
    for (save, (begin, said, end)) in (2..).zip(troubles) {
        begin();
        WorkbookWriter::of_size(3, save).save(&book);
        stack.says(said);
        end();
        stack.says(" again");
        until("the latest state is there", || holds_save(&redis, 3, save));
    }
    stack.signal("TERM");
    assert_eq!(stack.end(), Some(0));
}
