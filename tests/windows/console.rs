//! The console's Ctrl-C and Ctrl-Break.

// std can start a group of a console, not interrupt it.
#![allow(unsafe_code)]

use crate::support::program::World;
use crate::support::workbooks::WorkbookWriter;
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, GenerateConsoleCtrlEvent};

/// Sends Ctrl-Break to the group that the process `pid` leads: a group of its own never gets Ctrl-C.
fn interrupt(pid: u32) {
    // Safe: the call takes numbers.
    let sent = unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, pid) };
    assert!(sent != 0, "{}", std::io::Error::last_os_error());
}

#[test]
#[ignore = "needs a console, which Wine without a display has not; scripts/windows sends SIGINT instead"]
fn an_interrupt_stops_cleanly() {
    let world = World::new();
    let mut run = world.start_group(&["run"]);
    run.says("no workbook is configured");
    interrupt(run.pid());
    run.says("stopped in");
    assert_eq!(run.end(), Some(0));
    world.run(&["status"]).exits(3);
}

/// The second one does not wait for a follower's reader, a stalled disk or a hung worker.
#[test]
#[ignore = "needs a console, which Wine without a display has not; scripts/windows sends SIGINT instead"]
fn a_second_interrupt_ends_it_at_once() {
    let world = World::new();
    let book = world.path("book.xlsx");
    WorkbookWriter::of_size(3, 0).save(&book);
    let mut run = world.start_group(&["run", "--workbook", book.to_str().unwrap()]);
    run.says("started");
    interrupt(run.pid());
    interrupt(run.pid());
    // Where the first one's clean end was quicker, there was nothing left to be ended.
    assert!(matches!(run.end(), Some(0 | 130)));
    world.run(&["status"]).exits(3);
}
