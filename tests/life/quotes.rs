//! Quotes of a stack without Redis, asked of the stack itself.

use super::{Life, signal, until};
use crate::support::program::ends;
use crate::support::workbooks::WorkbookWriter;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// More quotes than a pipe and the buffers around it hold.
const MANY: usize = 2_000;

#[test]
fn on_a_local_bus_quotes_come_from_the_running_stack() {
    let life = Life::new();
    life.run(&["quotes"]).exits(1).says("bus.url is local").says("thor-stack start");
    let book = life.world.path("book.xlsx");
    WorkbookWriter::of_size(3, 0).save(&book);
    life.run(&["start", "--workbook", book.to_str().unwrap(), "--set", "workbook.interval=100ms"]).exits(0);
    until("it has read the workbook", || life.status()["workbook"]["quotes"] == 3);
    let quotes = life.run(&["quotes", "s1", "--json"]).exits(0).json()["quotes"].clone();
    assert_eq!((&quotes[0]["symbol"], &quotes[0]["volume"]), (&"S1".into(), &1000.into()));
    assert_eq!(quotes[0]["published_at"], serde_json::Value::Null);
    assert!(quotes[0]["age_seconds"].is_u64());
    life.run(&["quotes"]).exits(0).prints("SYMBOL").prints("S2");
    life.run(&["quotes", "NOSUCH"]).exits(1).says("no quote of NOSUCH");

    let mut follower = life.world.start(&life.arguments(&["quotes", "--follow", "S1"]));
    follower.prints("volume     1000");
    WorkbookWriter::of_size(3, 7).save(&book);
    follower.prints("volume     1007");
    WorkbookWriter::of_size(1, 7).save(&book);
    follower.prints("S1       left the sheet");
    #[cfg(unix)] // a Windows program is interrupted by its console, which this one shares
    {
        follower.signal("INT");
        assert_eq!(follower.end(), Some(0));
    }
}

#[test]
fn a_follower_ends_with_the_stack() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let mut follower = life.world.start(&life.arguments(&["quotes", "--follow"]));
    until("it follows", || !life.log().is_empty());
    life.run(&["stop"]).exits(0);
    assert_eq!(follower.end(), Some(1));
}

/// The other side of its socket or pipe closes without a word.
#[test]
fn a_follower_ends_with_a_stack_that_is_killed() {
    let life = Life::new();
    let book = life.world.path("book.xlsx");
    WorkbookWriter::of_size(1, 0).save(&book);
    life.run(&["start", "--no-respawn", "--workbook", book.to_str().unwrap()]).exits(0);
    let mut follower = life.world.start(&life.arguments(&["quotes", "--follow"]));
    follower.prints("S0");
    let killed = Instant::now();
    signal(life.stack(), "KILL");
    assert_eq!(follower.end(), Some(1));
    assert!(killed.elapsed() < Duration::from_secs(10), "{:?}", killed.elapsed());
}

/// Regression: who printed was who listened, so a reader that paused kept the connection to a dead stack open, and on Windows
/// no other could be started.
#[test]
fn a_reader_that_pauses_keeps_no_stack_from_starting_and_misses_nothing() {
    let life = Life::new();
    let book = life.world.path("book.xlsx");
    WorkbookWriter::of_size(MANY, 0).save(&book);
    let range = format!("workbook.range=A1:N{}", MANY + 1);
    let start = ["start", "--no-respawn", "--workbook", book.to_str().unwrap(), "--set", &range];
    life.run(&start).exits(0);
    until("it has read the workbook", || life.status()["workbook"]["quotes"] == MANY);
    let mut command = life.command(&["quotes", "--follow"]);
    let mut follower = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    signal(life.stack(), "KILL");
    life.is_free();
    until("another stack starts", || life.run(&start).stdout().contains("started (pid "));
    assert_eq!(lines.count(), MANY - 1);
    assert_eq!(ends(&mut follower).unwrap().code(), Some(1));
}
