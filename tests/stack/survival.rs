//! What the stack lives through: saves without end, a workbook that is gone, a Redis that is restarted.

use super::{holds_save, latest, start, until};
use crate::support::program::World;
use crate::support::redis::RedisServer;
use crate::support::workbooks::WorkbookWriter;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// As many rows as the real workbook has.
const ROWS: usize = 11;

/// Excel's way: written beside it, then renamed over it.
fn save_by_rename(path: &Path, save: usize) {
    let beside = path.with_extension("tmp");
    WorkbookWriter::of_size(ROWS, save).save(&beside);
    std::fs::rename(beside, path).unwrap();
}

/// The other way: the same file emptied and written again, with a moment in which it is short.
fn save_in_place(path: &Path, save: usize) {
    WorkbookWriter::of_size(ROWS, save).save(path);
}

/// Reads the whole hash as fast as the server answers until `done`, and returns every set of saves that stood in it at
/// one moment together.
fn mixes_seen(url: &str, done: &AtomicBool) -> (usize, BTreeSet<Vec<u64>>) {
    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    let (mut reads, mut mixes) = (0, BTreeSet::new());
    while !done.load(Ordering::Relaxed) {
        let values: Vec<String> =
            redis::cmd("HVALS").arg("live_data:latest:quotes").query(&mut connection).unwrap();
        let volume = |value: &String| {
            serde_json::from_str::<serde_json::Value>(value).unwrap()["volume"].as_u64().unwrap()
        };
        let saves: BTreeSet<u64> = values.iter().map(volume).collect();
        if saves.len() > 1 {
            mixes.insert(saves.into_iter().collect());
        }
        reads += 1;
    }
    (reads, mixes)
}

#[test]
fn a_thousand_saves_end_on_the_last_and_no_reader_sees_two_of_them_mixed() {
    let (world, redis) = (World::new(), RedisServer::start());
    let book = world.path("book.xlsx");
    save_by_rename(&book, 0);
    let mut stack = start(&world, &redis, &["workbook.interval=100ms"]);
    until("the first save is published", || holds_save(&redis, ROWS, 0));
    let done = AtomicBool::new(false);
    let url = redis.tcp_url();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| mixes_seen(&url, &done));
        for save in 1..=1_000 {
            if save % 2 == 0 { save_by_rename(&book, save) } else { save_in_place(&book, save) }
        }
        until("the last save is published", || holds_save(&redis, ROWS, 1_000));
        done.store(true, Ordering::Relaxed);
        let (reads, mixes) = reader.join().unwrap();
        assert!(reads > 100, "the reader read only {reads} times");
        assert!(mixes.is_empty(), "saves seen together: {mixes:?}");
    });
    stack.signal("TERM");
    assert_eq!(stack.end(), Some(0));
}

#[test]
fn a_workbook_that_is_gone_leaves_its_last_quotes_and_they_turn_stale() {
    let (world, redis) = (World::new(), RedisServer::start());
    let book = world.path("book.xlsx");
    save_by_rename(&book, 1);
    let mut stack = start(&world, &redis, &["workbook.interval=100ms", "workbook.stale_after=1s"]);
    until("it is published", || holds_save(&redis, ROWS, 1));
    std::fs::remove_file(&book).unwrap();
    until("every quote is stale", || latest(&redis).iter().all(|quote| quote["stale"] == true));
    assert!(holds_save(&redis, ROWS, 1), "the last good quotes stay");
    stack.says("keeping the last good quotes");
    save_by_rename(&book, 2);
    until("it is published again, fresh", || {
        holds_save(&redis, ROWS, 2) && latest(&redis).iter().all(|quote| quote["stale"] == false)
    });
}

#[test]
fn a_redis_that_is_restarted_ten_times_gets_the_whole_latest_state_each_time() {
    let (world, mut redis) = (World::new(), RedisServer::start());
    let book = world.path("book.xlsx");
    save_by_rename(&book, 0);
    let mut stack = start(&world, &redis, &["workbook.interval=100ms"]);
    until("the first save is published", || holds_save(&redis, ROWS, 0));
    for restart in 1..=10 {
        redis.stop();
        save_by_rename(&book, restart);
        redis.start_again();
        until("an empty server has everything again", || holds_save(&redis, ROWS, restart));
    }
    stack.signal("TERM");
    assert_eq!(stack.end(), Some(0));
}

#[test]
fn a_symbol_that_leaves_the_sheet_is_announced_and_its_field_removed() {
    let (world, redis) = (World::new(), RedisServer::start());
    let book = world.path("book.xlsx");
    WorkbookWriter::of_size(ROWS, 5).save(&book);
    let _stack = start(&world, &redis, &["workbook.interval=100ms"]);
    until("all are published", || holds_save(&redis, ROWS, 5));
    let url = redis.tcp_url();
    let mut connection = redis::Client::open(url.as_str()).unwrap().get_connection().unwrap();
    let mut messages = connection.as_pubsub();
    messages.subscribe(format!("live_data:quotes:S{}", ROWS - 1)).unwrap();
    WorkbookWriter::of_size(ROWS - 1, 5).save(&book);
    let last: String = messages.get_message().unwrap().get_payload().unwrap();
    let last: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!((&last["last"], &last["stale"]), (&serde_json::Value::Null, &serde_json::Value::Bool(true)));
    until("its field is removed", || holds_save(&redis, ROWS - 1, 5));
}
