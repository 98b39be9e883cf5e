//! Log lines: to standard error and the log file, never in anybody's way.

use crate::support::program::World;
#[cfg(unix)]
use crate::support::program::{SOON, ends, full_pipe, signal};
#[cfg(unix)]
use std::process::Stdio;
#[cfg(unix)]
use std::time::Instant;

const WARNING: (&str, &str) = ("EXCEL_LIVE_RANGE", "\u{1b}[2Jx");

#[test]
fn the_log_file_gets_every_line_and_standard_error_too() {
    let world = World::new().with(WARNING.0, WARNING.1);
    let ran = world.run(&["config", "--set", "log.file=logs/stack.log", "--color", "always"]);
    ran.exits(0).says("\u{1b}[33mWARN\u{1b}[0m");
    let log = std::fs::read_to_string(world.path("logs/stack.log")).unwrap();
    assert!(log.contains("[WARN ]") && log.contains("EXCEL_LIVE_RANGE"), "{log}");
    assert!(
        !log.contains('\u{1b}') && log.contains("u{1b}[2Jx"),
        "a cell's escape sequence acts nowhere: {log}"
    );
    let (time, _) = log.split_once(' ').unwrap();
    assert!(time.ends_with('Z') && time.parse::<jiff::Timestamp>().is_ok(), "{time}");
}

#[test]
fn a_level_silences_what_is_below_it() {
    let world = World::new().with(WARNING.0, WARNING.1);
    assert_eq!(world.run(&["config", "--log", "error"]).exits(0).stderr(), "");
    assert_eq!(world.run(&["config", "--log", "off"]).exits(0).stderr(), "");
}

#[test]
fn a_log_file_that_cannot_be_written_is_said_and_ends_nothing() {
    let world = World::new().with(WARNING.0, WARNING.1);
    world.file("occupied", "a file");
    let ran = world.run(&["config", "--set", "log.file=occupied/stack.log"]);
    ran.exits(0).says("stack.log cannot be written: ").prints("log.file");
}

/// Defect class: a program whose standard error is a pipe that nobody reads stands still with the first log line.
#[cfg(unix)]
#[test]
fn a_full_pipe_on_standard_error_stalls_nothing() {
    let (reader, writer) = full_pipe();
    for (arguments, code) in [(vec!["config"], 0), (vec!["config", "--set", "nonsense"], 2)] {
        let world = World::new().with(WARNING.0, WARNING.1);
        let mut command = world.command(&arguments);
        let mut child = command.stdout(Stdio::null()).stderr(writer.try_clone().unwrap()).spawn().unwrap();
        let status = ends(&mut child).unwrap_or_else(|| panic!("{arguments:?} stands still"));
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
    drop(reader);
}

/// supervision.md, trap 16: `eprintln!` panics where the reader of standard error is gone.
#[cfg(unix)]
#[test]
fn a_closed_pipe_on_standard_error_ends_nothing() {
    let world = World::new().with(WARNING.0, WARNING.1);
    for (arguments, code) in [(vec!["config"], 0), (vec!["config", "--set", "nonsense"], 2)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = world.command(&arguments);
        let mut child = command.stdout(Stdio::null()).stderr(writer).spawn().unwrap();
        let status = ends(&mut child).unwrap_or_else(|| panic!("{arguments:?} stands still"));
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}

/// The same of a stack that runs, and goes on saying things.
#[cfg(unix)]
#[test]
fn a_closed_pipe_on_standard_error_ends_no_stack() {
    let world = World::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = world.command(&["run", "--log", "debug"]);
    let mut child = command.stdout(Stdio::null()).stderr(writer).spawn().unwrap();
    let deadline = Instant::now() + SOON;
    let runs = || world.run(&["status", "--json"]).stdout().contains(r#""state":"running""#);
    while !runs() && Instant::now() < deadline {}
    let has_run = runs();
    signal(child.id(), "TERM");
    assert_eq!((has_run, ends(&mut child).and_then(|status| status.code())), (true, Some(0)));
}
