//! Two stacks on one Redis: one publishes, the other stands by.

use super::{holds_save, start, start_at, until};
use crate::support::program::World;
use crate::support::redis::RedisServer;
use crate::support::workbooks::WorkbookWriter;

/// The lock would live for another ten seconds: that the holder is dead is seen at the next poll.
#[cfg(unix)]
#[test]
fn the_second_stands_by_and_takes_over_when_the_first_ends_or_is_killed() {
    for ending in ["TERM", "KILL"] {
        let (world, redis) = (World::new(), RedisServer::start());
        let book = world.path("book.xlsx");
        WorkbookWriter::of_size(3, 1).save(&book);
        let mut first = start(&world, &redis, &["workbook.interval=100ms"]);
        until("the first publishes", || holds_save(&redis, 3, 1));
        let mut second = start_at(&world.path("another home"), &world, &redis, &["workbook.interval=100ms"]);
        let said = second.says("is publishing to");
        assert!(said.contains(&format!("process {} on ", first.pid())), "{said}");
        first.signal(ending);
        first.end();
        let ended = std::time::Instant::now();
        second.says(": publishing to redis+unix://");
        assert!(ended.elapsed() < std::time::Duration::from_secs(8), "{ending}: only when the lock ran out");
        WorkbookWriter::of_size(3, 2).save(&book);
        until("the second publishes", || holds_save(&redis, 3, 2));
        let holder = redis.cli(&["GET", "live_data:excel_lock"]);
        assert!(holder.contains(&format!("\"pid\":{}", second.pid())), "{holder}");
    }
}
