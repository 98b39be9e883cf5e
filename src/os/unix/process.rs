//! Leaving the session and the open files of whoever started this process.

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, close, setsid};
use std::process::{Child, Command};

/// The first descriptor that is not standard input, output or error.
const FIRST: i32 = 3;

/// The highest descriptor that is closed where the system does not list those that are open.
const LAST: i32 = 1_024;

/// Added to the exit code of a stack with a parent: nothing, as one that was killed has no code.
pub const DECIDED: u8 = 0;

/// Takes a session of its own, so that no closing terminal and no Ctrl-C reaches this process, and closes what it
/// inherited, so that no pipe of a script, cron or ssh waits for its end. Before any thread or file is opened.
pub fn detach() {
    // Refused only to the leader of a group, who has what is wanted already or was started by hand.
    setsid().ok();
    for descriptor in open_descriptors() {
        // The list's own descriptor is among them, and closed by now.
        close(descriptor).ok();
    }
}

fn open_descriptors() -> Vec<i32> {
    let Ok(folder) = std::fs::read_dir("/dev/fd") else { return (FIRST..LAST).collect() };
    let numbers = folder.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|number| *number >= FIRST).collect()
}

/// Starts a process that can outlive this one; what that needs it does itself.
///
/// # Errors
/// What the system said.
pub fn spawn(command: &mut Command) -> std::io::Result<Child> {
    command.spawn()
}

/// Leaves `command` as it is: no program gets a window by being started.
pub fn without_window(command: &mut Command) -> &mut Command {
    command
}

/// Asks a process to end.
///
/// # Errors
/// It is gone, or another user's.
pub fn terminate(pid: u32) -> std::io::Result<()> {
    let pid = i32::try_from(pid).map_err(std::io::Error::other)?;
    kill(Pid::from_raw(pid), Signal::SIGTERM).map_err(std::io::Error::from)
}
