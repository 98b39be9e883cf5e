//! The real program: killed, without its Redis, and asked while it runs and when it does not.

use super::{at, secs, until};
use crate::support::program::World;
use crate::support::redis::RedisServer;
use crate::support::workbooks::WorkbookWriter;
use serde_json::Value;

fn gaps(world: &World, reason: &str) -> Vec<Value> {
    let json = world.run(&["gaps", "--json"]).exits(0).json();
    let is_it = |gap: &&Value| gap["reason"] == reason;
    json["gaps"].as_array().unwrap().iter().filter(is_it).cloned().collect()
}

#[test]
fn a_killed_process_is_a_gap_at_its_next_start() {
    let world = World::new();
    let run = ["run", "--set", "workbook.interval=100ms"];
    let mut stack = world.start(&run);
    let alive = || {
        let sql = rusqlite::Connection::open(world.home().join("ledger.db")).ok()?;
        sql.query_row("SELECT at FROM alive", [], |row| row.get::<_, String>(0)).ok()
    };
    until("a sign of life", || alive().is_some());
    let sign = alive().unwrap();
    stack.signal("KILL");
    stack.end();
    assert_eq!(gaps(&world, "process_down"), [] as [Value; 0], "nobody knows yet");
    let missed = at(&sign).checked_add(secs(1)).unwrap(); // an absence in which nothing was due is none
    until("cycles are missed", || jiff::Timestamp::now() > missed);
    let mut stack = world.start(&run);
    until("the gap", || !gaps(&world, "process_down").is_empty());
    let gap = gaps(&world, "process_down").remove(0);
    assert_eq!((gap["started_at"].as_str().unwrap()[..19]).to_owned(), sign[..19], "{gap}");
    assert!(gap["ended_at"].is_string() && gap["cycles_lost"].as_u64() >= Some(1), "{gap}");
    assert!(gap["detail"].as_str().unwrap().starts_with("it died"), "{gap}");
    stack.signal("TERM");
    assert_eq!(stack.end(), Some(0));
    world.run(&["gaps"]).exits(0).prints("process_down").prints("the process");
}

#[test]
fn a_redis_that_is_down_is_a_gap_from_the_last_edition_to_the_next() {
    let (world, mut redis) = (World::new(), RedisServer::start());
    let book = world.path("book.xlsx");
    let save = |n| WorkbookWriter::of_size(3, n).save(&book);
    save(1);
    let url = format!("bus.url={}", redis.unix_url());
    let arguments = [
        "run",
        "--workbook",
        "book.xlsx",
        "--set",
        &url,
        "--set",
        "workbook.interval=100ms",
        "--set",
        "bus.timeout=5s",
    ];
    let mut stack = world.start(&arguments);
    let bus = || world.run(&["status", "--json"]).json()["bus"].clone();
    until("published", || bus()["last_published_at"].is_string());
    redis.stop();
    save(2);
    until("it is down", || bus()["connected"] == false);
    redis.start_again();
    save(3);
    until("it is back", || bus()["connected"] == true && bus()["last_error"].is_null());
    stack.signal("TERM");
    assert_eq!(stack.end(), Some(0));
    let found = gaps(&world, "bus_down");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0]["ended_at"].is_string() && found[0]["supervisor"] == "ExcelPollerSupervisor",
        "{found:?}"
    );
}

/// Regression: a stack that is fed by Redis told nobody that it was away.
#[test]
fn a_redis_that_is_down_is_a_gap_and_an_alarm_of_a_stack_that_it_feeds() {
    let (world, mut redis) = (World::new(), RedisServer::start());
    let url = format!("bus.url={}", redis.unix_url());
    let mut stack = world.start(&["run", "--set", &url]);
    let status = || world.run(&["status", "--json"]).json();
    until("it is fed", || status()["bus"]["last_received_at"].is_string());
    redis.stop();
    let is_down = |alarm: &Value| alarm["kind"] == "bus_down";
    until("it is down", || status()["alarms"].as_array().is_some_and(|all| all.iter().any(is_down)));
    redis.start_again();
    until("it is back", || status()["bus"]["connected"] == true);
    stack.signal("TERM");
    assert_eq!(stack.end(), Some(0));
    let found = gaps(&world, "bus_down");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0]["ended_at"].is_string() && found[0]["supervisor"] == "QuoteSubscriber", "{found:?}");
}
