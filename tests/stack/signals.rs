//! How `run` ends.

use super::{latest, start, until};
use crate::support::program::World;
use crate::support::redis::RedisServer;
use crate::support::workbooks::WorkbookWriter;

#[test]
fn the_first_signal_stops_cleanly_and_gives_the_lock_back() {
    for signal in ["INT", "TERM"] {
        let (world, redis) = (World::new(), RedisServer::start());
        WorkbookWriter::of_size(3, 0).save(&world.path("book.xlsx"));
        let mut stack = start(&world, &redis, &[]);
        until("it publishes", || latest(&redis).len() == 3);
        assert_eq!(redis.cli(&["EXISTS", "live_data:excel_lock"]), "1");
        stack.signal(signal);
        assert_eq!(stack.end(), Some(0), "{signal}");
        assert_eq!(redis.cli(&["EXISTS", "live_data:excel_lock"]), "0");
    }
}

#[test]
fn a_stalled_redis_holds_back_no_shutdown() {
    let (world, redis) = (World::new(), RedisServer::start());
    WorkbookWriter::of_size(3, 0).save(&world.path("book.xlsx"));
    let mut stack = start(&world, &redis, &["workbook.interval=100ms"]);
    until("it publishes", || latest(&redis).len() == 3);
    redis.suspend();
    stack.signal("TERM");
    assert_eq!(stack.end(), Some(0));
    redis.resume();
}

/// The outlet's bound may be long, and the user in a hurry.
#[test]
fn the_second_signal_ends_at_once_what_the_first_waits_for() {
    let (world, redis) = (World::new(), RedisServer::start());
    WorkbookWriter::of_size(3, 0).save(&world.path("book.xlsx"));
    redis.suspend();
    let mut stack = start(&world, &redis, &["bus.connect_timeout=30s", "bus.timeout=10s"]);
    stack.says("3 quotes");
    stack.signal("INT");
    stack.says("stopping");
    let asked = std::time::Instant::now();
    stack.signal("INT");
    assert_eq!(stack.end(), Some(130));
    assert!(asked.elapsed() < std::time::Duration::from_secs(8), "{:?}", asked.elapsed());
}

/// Regression: the shell of a terminal that closes hangs up, and then the system does; the second was taken for impatience, and
/// the process ended with nothing finished.
#[test]
fn a_terminal_that_closes_hangs_up_twice_and_that_is_one_order() {
    let (world, redis) = (World::new(), RedisServer::start());
    WorkbookWriter::of_size(3, 0).save(&world.path("book.xlsx"));
    redis.suspend();
    let mut stack = start(&world, &redis, &["bus.connect_timeout=30s", "bus.timeout=10s"]);
    stack.says("3 quotes");
    stack.signal("HUP");
    stack.says("stopping");
    stack.signal("HUP");
    redis.resume();
    assert_eq!(stack.end(), Some(0));
}

#[test]
fn poll_once_names_the_one_that_publishes_and_fails() {
    let (world, redis) = (World::new(), RedisServer::start());
    let book = world.path("book.xlsx");
    WorkbookWriter::of_size(3, 0).save(&book);
    let stack = start(&world, &redis, &[]);
    until("it publishes", || latest(&redis).len() == 3);
    let url = format!("bus.url={}", redis.unix_url());
    let ran = world.run(&["poll", "--once", "--workbook", book.to_str().unwrap(), "--set", &url]);
    ran.exits(1).says(&format!("{}", stack.pid())).says("is publishing to");
}

#[test]
fn a_workbook_that_is_missing_keeps_nothing_from_starting() {
    let world = World::new();
    let mut stack = world.start(&["run", "--workbook", "absent.xlsx"]);
    stack.says("absent.xlsx: no such file; save the workbook there, or set workbook.path; no quotes until it can be read");
    stack.signal("TERM");
    assert_eq!(stack.end(), Some(0));
}

#[test]
fn no_workbook_disables_the_poller_and_says_what_to_do() {
    let world = World::new();
    let mut stack = world.start(&["run"]);
    stack.says("ExcelPollerSupervisor is disabled: no workbook is configured: set workbook.path");
    stack.signal("INT");
    assert_eq!(stack.end(), Some(0));
}

#[test]
fn only_names_nobody_and_the_error_lists_who_there_is() {
    World::new()
        .run(&["run", "--only", "Poller"])
        .exits(2)
        .says("no supervisor \"Poller\"")
        .says("ExcelPollerSupervisor");
}
