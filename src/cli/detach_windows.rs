//! Starting a process that has neither the console nor the group of this one.

use std::io;
use std::os::windows::process::CommandExt;
use std::process::{Command, Stdio};

/// `DETACHED_PROCESS` and `CREATE_NEW_PROCESS_GROUP` of the Windows API.
const DETACHED: u32 = 0x0000_0008 | 0x0000_0200;

/// Nothing is left to do: the process was created detached.
pub(super) fn detach() {}

/// Creates the process without a console.
pub(super) fn prepare(command: &mut Command) {
    command.creation_flags(DETACHED);
}

/// Ends a process.
///
/// # Errors
/// It is gone, or another user's.
pub(super) fn terminate(pid: u32) -> io::Result<()> {
    let mut command = Command::new("taskkill");
    command.args(["/F", "/PID", &pid.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    if command.status()?.success() { Ok(()) } else { Err(io::Error::other("taskkill refused")) }
}
