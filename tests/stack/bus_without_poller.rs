//! Processes that do not poll: quotes come from Redis, to the board and to people.

use super::{latest, start, until};
use crate::support::program::World;
use crate::support::redis::RedisServer;
use crate::support::workbooks::WorkbookWriter;

/// A world in which a stack publishes, and another that only knows the bus.
fn publishing(rows: usize) -> (World, World, RedisServer, crate::support::program::Running) {
    let (poller, redis) = (World::new(), RedisServer::start());
    WorkbookWriter::of_size(rows, 0).save(&poller.path("book.xlsx"));
    let stack = start(&poller, &redis, &["workbook.interval=100ms"]);
    until("it publishes", || latest(&redis).len() == rows);
    let reader = World::new().with("REDIS_URL", &redis.unix_url());
    (poller, reader, redis, stack)
}

#[test]
fn a_stack_without_a_workbook_fills_its_board_from_redis_and_follows() {
    let (poller, reader, _redis, _stack) = publishing(2);
    let mut follower = reader.start(&["run", "--quotes"]);
    follower.prints("S1 ");
    WorkbookWriter::of_size(2, 7).save(&poller.path("book.xlsx"));
    follower.prints("volume     1007");
    WorkbookWriter::of_size(1, 7).save(&poller.path("book.xlsx"));
    follower.prints("S1       left the sheet");
    follower.signal("INT");
    assert_eq!(follower.end(), Some(0));
}

#[test]
fn quotes_shows_the_latest_and_follow_goes_on() {
    let (poller, reader, _redis, _stack) = publishing(3);
    let ran = reader.run(&["quotes", "s1", "--json"]);
    let quotes = ran.exits(0).json()["quotes"].clone();
    assert_eq!(quotes.as_array().unwrap().len(), 1);
    assert_eq!((&quotes[0]["symbol"], &quotes[0]["volume"]), (&"S1".into(), &1000.into()));
    assert!(quotes[0]["age_seconds"].is_u64());
    reader.run(&["quotes"]).exits(0).prints("SYMBOL").prints("S2");
    let mut follower = reader.start(&["quotes", "--follow", "S2", "--json"]);
    follower.prints("\"volume\":1000");
    WorkbookWriter::of_size(3, 9).save(&poller.path("book.xlsx"));
    assert!(follower.prints("\"volume\":1009").contains("\"symbol\":\"S2\""));
    follower.signal("INT");
    assert_eq!(follower.end(), Some(0));
}

#[test]
fn a_symbol_without_a_quote_is_named() {
    let (_poller, reader, _redis, _stack) = publishing(1);
    reader.run(&["quotes", "S0", "ZZ"]).exits(1).says("no quote of ZZ").prints("S0");
}

#[test]
fn quotes_without_a_bus_says_what_to_do() {
    World::new().run(&["quotes"]).exits(1).says("bus.url is local").says("poll --once --dry-run");
}

#[test]
fn a_bus_that_is_down_is_an_error_without_its_password() {
    let world = World::new().with("REDIS_URL", "redis://ana:s3cret@127.0.0.1:1/0");
    world.run(&["quotes"]).exits(1).says("redis://ana:***@127.0.0.1:1/0").never_shows("s3cret");
}
