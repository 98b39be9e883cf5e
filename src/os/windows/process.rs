//! Starting a process that has not the console of this one, and ending one.

// The process's calls: there is no safe way to them.
#![allow(unsafe_code)]

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::{Child, Command};
use windows_sys::Win32::Foundation::{GetHandleInformation, HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::System::Threading::{
    CREATE_BREAKAWAY_FROM_JOB, CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, DETACHED_PROCESS, OpenProcess,
    PROCESS_TERMINATE, TerminateProcess,
};

/// The highest handle that is looked at: looking takes some milliseconds, and few programs have that many.
const LAST_HANDLE: usize = 4 * 16_384;

/// Added to the exit code of a stack with a parent: one that was terminated has a code too, most often 1, and must not
/// look as if it had decided to end.
pub const DECIDED: u8 = 64;

/// Nothing is left to do: the process was created detached.
pub fn detach() {}

/// Starts a process that can outlive this one: no console, no window, no job, and no handle that this process inherited,
/// so that no pipe of a script waits for its end. `command` must name all three standard handles of its own; std gives
/// those to it, and with them everything that can be inherited.
///
/// # Errors
/// What the system said.
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    keep_handles();
    let detached = DETACHED_PROCESS | CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP;
    // A job, as ssh, build servers and some terminals have one, ends what is in it when it is closed itself.
    match command.creation_flags(detached | CREATE_BREAKAWAY_FROM_JOB).spawn() {
        // A job that lets nobody go.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            command.creation_flags(detached).spawn()
        }
        answer => answer,
    }
}

/// Gives a console program a console of its own that has no window: one that a process without a console starts would open
/// a window over Excel and take the focus, and Ctrl-C in this one's console would end it. A program with windows shows
/// them as ever.
pub fn without_window(command: &mut Command) -> &mut Command {
    command.creation_flags(CREATE_NO_WINDOW)
}

/// Handles are multiples of 4, and one that was inherited has the number that it had in the starter, however high. How
/// many are open is no help: Wine counts too few.
fn keep_handles() {
    for number in (4..=LAST_HANDLE).step_by(4) {
        let (handle, mut flags) = (std::ptr::without_provenance_mut(number), 0);
        // Safe: the call refuses a number that is no handle.
        let is_open = unsafe { GetHandleInformation(handle, &mut flags) } != 0;
        if is_open && flags & HANDLE_FLAG_INHERIT != 0 {
            // Safe: as before.
            unsafe { SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0) };
        }
    }
}

/// Ends a process at once; no process can be asked from outside to end in its own way but by its console or its
/// control channel.
///
/// # Errors
/// It is gone, or another user's.
pub fn terminate(pid: u32) -> io::Result<()> {
    // Safe: the call takes numbers.
    let process = unsafe { OpenProcess(PROCESS_TERMINATE, 0, pid) };
    if process.is_null() {
        return Err(io::Error::last_os_error());
    }
    // Safe: the call succeeded, so the handle is open and nobody else's.
    let process = unsafe { OwnedHandle::from_raw_handle(process) };
    // Safe: the handle is open.
    match unsafe { TerminateProcess(process.as_raw_handle(), 1) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
