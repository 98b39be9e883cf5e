//! Starting a process that has neither the console nor the group of this one, and ending one.

// The process's calls: there is no safe way to them.
#![allow(unsafe_code)]

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::Command;
use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::System::Console::{
    GetStdHandle, STD_ERROR_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, DETACHED_PROCESS, OpenProcess, PROCESS_TERMINATE,
    TerminateProcess,
};

/// Added to the exit code of a stack with a parent: one that was terminated has a code too, most often 1, and must not
/// look as if it had decided to end.
pub const DECIDED: u8 = 64;

/// Nothing is left to do: the process was created detached.
pub fn detach() {}

/// What a command needs so that its process can outlive this one: no console, no window, and none of this process's
/// standard handles, so that no pipe of a script waits for its end. `command` must name all three of its own.
pub fn prepare(command: &mut Command) {
    command.creation_flags(DETACHED_PROCESS | CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP);
    for which in [STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE] {
        // Safe: the first call takes a number; the second refuses a handle that is none.
        unsafe { SetHandleInformation(GetStdHandle(which), HANDLE_FLAG_INHERIT, 0) };
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
