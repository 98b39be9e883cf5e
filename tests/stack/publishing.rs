//! What is published when, as the config has it.

use super::{holds_save, latest, start, until};
use crate::support::program::{Running, World};
use crate::support::redis::RedisServer;
use crate::support::workbooks::WorkbookWriter;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const NEVER: &str = "workbook.interval=60s";

struct Scene {
    redis: RedisServer,
    book: PathBuf,
    stack: Running,
    _world: World,
}

/// A stack with `settings` that has published the three quotes of save 1.
/// What is late is sent again under other numbers: here nothing is.
const PATIENT: &str = "bus.timeout=5s";

fn scene(settings: &[&str]) -> Scene {
    let (world, redis) = (World::new(), RedisServer::start());
    let book = world.path("book.xlsx");
    WorkbookWriter::of_size(3, 1).save(&book);
    let stack = start(&world, &redis, settings);
    until("it publishes", || holds_save(&redis, 3, 1));
    Scene { redis, book, stack, _world: world }
}

impl Scene {
    fn save(&self, save: usize) {
        WorkbookWriter::of_size(3, save).save(&self.book);
    }

    /// The lowest sequence number in the hash.
    fn seq(&self) -> u64 {
        latest(&self.redis).iter().map(|quote| quote["seq"].as_u64().unwrap()).min().unwrap_or(0)
    }
}

#[test]
fn a_save_is_seen_at_once_where_the_folder_is_watched() {
    let scene = scene(&[NEVER]);
    scene.save(2);
    until("it is published", || holds_save(&scene.redis, 3, 2));
}

#[test]
fn a_save_is_seen_by_stat_interval_where_the_folder_sends_no_events() {
    let scene = scene(&[NEVER, "workbook.watch=false", "workbook.stat_interval=100ms"]);
    scene.save(2);
    until("it is published", || holds_save(&scene.redis, 3, 2));
}

#[test]
fn a_save_is_seen_by_the_interval_alone() {
    let scene = scene(&["workbook.interval=100ms", "workbook.watch=false"]);
    scene.save(2);
    until("it is published", || holds_save(&scene.redis, 3, 2));
}

#[test]
fn a_save_without_a_change_repeats_everything_only_where_all_is_published() {
    let scene_of_all = scene(&[NEVER, "bus.publish=all"]);
    let before = scene_of_all.seq();
    scene_of_all.save(1);
    until("everything is repeated", || scene_of_all.seq() > before);
    let mut changes = scene(&[NEVER, PATIENT]);
    let before = changes.seq();
    changes.save(1);
    changes.save(2);
    until("the change is published", || holds_save(&changes.redis, 3, 2));
    changes.stack.signal("TERM");
    changes.stack.end();
    assert_eq!(changes.seq(), before + 3, "three changes, three numbers");
}

#[test]
fn everything_is_repeated_at_every_refresh() {
    let scene = scene(&["workbook.interval=100ms", "bus.refresh=1s"]);
    let before = scene.seq();
    until("everything is repeated", || scene.seq() > before);
}

#[test]
fn the_stream_has_an_entry_for_each_quote() {
    let scene = scene(&[NEVER, PATIENT, "bus.stream=true"]);
    until("there are three", || scene.redis.cli(&["XLEN", "quotes:stream:unified"]) == "3");
    scene.save(2);
    until("and three more", || scene.redis.cli(&["XLEN", "quotes:stream:unified"]) == "6");
}

/// Regression: with a long interval, one edition that failed was late by a whole interval.
#[test]
fn what_could_not_be_published_is_tried_again_before_the_next_poll() {
    let mut scene = scene(&[NEVER, "bus.connect_timeout=300ms"]);
    scene.redis.suspend();
    scene.save(2);
    scene.stack.says("did not answer in time");
    scene.redis.resume();
    let resumed = Instant::now();
    until("it is published", || holds_save(&scene.redis, 3, 2));
    assert!(resumed.elapsed() < Duration::from_secs(15), "{:?}", resumed.elapsed());
}
