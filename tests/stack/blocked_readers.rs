//! Readers of the program that have stopped reading, and disks that are full: they stall no worker and no end.
#![cfg(unix)]

use super::{holds_save, until};
use crate::support::program::{World, ends, full_pipe, signal};
use crate::support::redis::RedisServer;
use crate::support::workbooks::WorkbookWriter;
use std::process::Stdio;

/// Regression: `run --quotes | less` could not be ended by SIGTERM while the pager showed its first page.
#[test]
fn a_full_pipe_on_standard_output_keeps_no_signal_from_ending_the_program() {
    let (world, redis) = (World::new(), RedisServer::start());
    let (book, url) = (world.path("book.xlsx"), format!("bus.url={}", redis.unix_url()));
    WorkbookWriter::of_size(3, 1).save(&book);
    let (_reader, writer) = full_pipe();
    let run = ["run", "--quotes", "--workbook", book.to_str().unwrap(), "--set", &url];
    let follow = ["quotes", "--follow", "--set", &url];
    for (arguments, sent) in [(&run[..], "TERM"), (&run[..], "INT"), (&follow[..], "TERM")] {
        let mut command = world.command(arguments);
        let mut child = command.stdout(writer.try_clone().unwrap()).stderr(Stdio::null()).spawn().unwrap();
        if arguments[0] == "run" {
            until("it publishes", || holds_save(&redis, 3, 1));
            redis.cli(&["DEL", "live_data:latest:quotes"]);
        } else {
            until("it listens", || redis.cli(&["PUBSUB", "NUMPAT"]) == "1");
        }
        signal(child.id(), sent);
        let status = ends(&mut child).unwrap_or_else(|| panic!("{arguments:?} stands still after {sent}"));
        assert_eq!(status.code(), Some(0), "{arguments:?} {sent}");
    }
}

#[test]
fn a_log_that_cannot_be_written_stalls_no_worker() {
    let (_reader, writer) = full_pipe();
    let (world, redis) = (World::new(), RedisServer::start());
    let (book, url) = (world.path("book.xlsx"), format!("bus.url={}", redis.unix_url()));
    WorkbookWriter::of_size(3, 0).save(&book);
    let mut arguments = vec!["run", "--log", "trace", "--workbook", book.to_str().unwrap(), "--set", &url];
    arguments.extend(["--set", "workbook.interval=100ms", "--set", "log.file=/dev/full"]);
    let mut child = world.command(&arguments).stdout(Stdio::null()).stderr(writer).spawn().unwrap();
    for save in 1..50 {
        WorkbookWriter::of_size(3, save).save(&book);
        until("it is published", || holds_save(&redis, 3, save));
    }
    signal(child.id(), "TERM");
    let status = ends(&mut child).expect("it ends");
    assert_eq!(status.code(), Some(0));
}

/// Regression: the folder watch traced each event, so a log in the workbook's folder brought forth its own next line.
#[test]
fn a_log_in_the_folder_that_is_watched_does_not_feed_itself() {
    let (world, redis) = (World::new(), RedisServer::start());
    let (book, url) = (world.path("book.xlsx"), format!("bus.url={}", redis.unix_url()));
    WorkbookWriter::of_size(3, 1).save(&book);
    let mut stack = world.start(&[
        "run",
        "--log",
        "trace",
        "--workbook",
        book.to_str().unwrap(),
        "--set",
        &url,
        "--set",
        "log.file=stack.log",
    ]);
    until("it publishes", || holds_save(&redis, 3, 1));
    WorkbookWriter::of_size(3, 2).save(&book);
    until("it publishes", || holds_save(&redis, 3, 2));
    stack.signal("TERM");
    assert_eq!(stack.end(), Some(0));
    let log = std::fs::read_to_string(world.path("stack.log")).unwrap();
    assert!(log.contains("TRACE") && log.lines().count() < 50, "{} lines", log.lines().count());
    assert!(!log.contains("inotify"), "{log}");
}
