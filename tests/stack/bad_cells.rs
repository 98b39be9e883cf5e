//! Cells that cannot be read, as a running stack tells of them.

use super::{holds_save, start, until};
use crate::support::program::World;
use crate::support::redis::RedisServer;
use crate::support::workbooks::{Cell, WorkbookWriter};

/// A log that repeats what is wrong every three seconds hides everything else.
#[cfg(unix)]
#[test]
fn each_problem_is_said_once_however_often_the_sheet_is_saved() {
    let (world, redis) = (World::new(), RedisServer::start());
    let book = world.path("book.xlsx");
    let save = |number: usize, bid: &str| {
        let row = |name: &str, bid: Cell| {
            let mut row = vec![Cell::Empty; 14];
            row[0] = "Futures".into();
            row[1] = name.into();
            row[8] = Cell::from(1000.0 + number as f64);
            row[9] = bid;
            row[10] = 7.into();
            row
        };
        let workbook = WorkbookWriter::with_headers().cells(row("YM", bid.into()));
        workbook.cells(row("ES", "1e400".into())).cells(row("ES", 8.into())).save(&book);
    };
    save(0, "47,542");
    let mut stack = start(&world, &redis, &["workbook.interval=100ms"]);
    for number in 1..=20 {
        save(number, "47,542");
        until("it is published", || holds_save(&redis, 2, number));
    }
    save(21, "soon");
    until("it is published", || holds_save(&redis, 2, 21));
    stack.signal("TERM");
    assert_eq!(stack.end(), Some(0));
    let said = stack.rest();
    for (problem, times) in [("J2", 2), ("\"47,542\"", 1), ("\"soon\"", 1), ("J3", 1), ("B4", 1)] {
        let lines = said.lines().filter(|line| line.contains("WARN") && line.contains(problem)).count();
        assert_eq!(lines, times, "{problem} in:\n{said}");
    }
}
