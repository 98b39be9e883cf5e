//! The whole stack as its users run it: the real program, real workbooks, a real Redis.

mod alarms;
mod bad_cells;
mod blocked_readers;
mod bus_without_poller;
mod independent_readers;
mod lost_events;
mod own_outlet;
mod publishing;
mod redis_trouble;
mod signals;
mod survival;
mod two_publishers;

use crate::support::program::{Running, SOON, World};
use crate::support::redis::RedisServer;
use std::path::Path;
use std::time::{Duration, Instant};

/// Starts the stack on `book.xlsx` of `world`, publishing to `redis`.
fn start(world: &World, redis: &RedisServer, settings: &[&str]) -> Running {
    start_at(&world.home(), world, redis, settings)
}

/// The same in a home of its own: each has one stack.
fn start_at(home: &Path, world: &World, redis: &RedisServer, settings: &[&str]) -> Running {
    let (url, book) = (format!("bus.url={}", redis.unix_url()), world.path("book.xlsx"));
    let mut arguments = vec![
        "--home",
        home.to_str().unwrap(),
        "run",
        "--log",
        "debug",
        "--workbook",
        book.to_str().unwrap(),
        "--set",
        &url,
    ];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    world.start(&arguments)
}

/// Looks again and again, as fast as the other side answers, until `found` says yes.
#[track_caller]
fn until(what: &str, mut found: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !found() {
        assert!(Instant::now() < deadline, "not within {SOON:?}: {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Every value of the hash of latest quotes.
fn latest(redis: &RedisServer) -> Vec<serde_json::Value> {
    let values = redis.cli(&["HVALS", "live_data:latest:quotes"]);
    values.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether the hash holds `count` quotes that all come from the save numbered `save`.
fn holds_save(redis: &RedisServer, count: usize, save: usize) -> bool {
    let quotes = latest(redis);
    quotes.len() == count && quotes.iter().all(|quote| quote["volume"] == 1000 + save)
}
