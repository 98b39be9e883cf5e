//! A console shows colours only after it was asked to; std writes to it in UTF-16, so that every character arrives.

// The console's calls: there is no safe way to them.
#![allow(unsafe_code)]

use crossbeam_channel::after;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;
use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Console::{
    CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT, ENABLE_VIRTUAL_TERMINAL_PROCESSING,
    GetConsoleMode, GetStdHandle, STD_ERROR_HANDLE, STD_OUTPUT_HANDLE, SetConsoleCtrlHandler, SetConsoleMode,
};

/// Makes standard output and error ready for colours, where they are consoles; whether those show them.
pub fn prepare() -> bool {
    [STD_OUTPUT_HANDLE, STD_ERROR_HANDLE].into_iter().all(|which| {
        // Safe: the call takes a number and returns a handle that this process owns, or none.
        let handle = unsafe { GetStdHandle(which) };
        handle.is_null() || handle == INVALID_HANDLE_VALUE || shows_colors(handle)
    })
}

/// True for a file or a pipe too: nothing there can be switched.
fn shows_colors(handle: HANDLE) -> bool {
    let mut mode = 0;
    // Safe: the handle is a standard one, and the mode goes to a place of its type.
    let is_console = unsafe { GetConsoleMode(handle, &mut mode) } != 0;
    // Safe: as before.
    !is_console || unsafe { SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) } != 0
}

/// What was to become of the terminal's hangup when the program was started: a console has none.
pub struct Hangups;

impl Hangups {
    /// Nothing to learn.
    #[must_use]
    pub fn learn() -> Hangups {
        Hangups
    }

    /// Nothing to keep.
    pub fn keep(self) {}
}

/// There are none.
pub fn ignore_hangups() {}

/// What to do when the console is closed.
static STOP: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// Longer than Windows waits for a program whose console is closed (5 s, 20 s at a shutdown).
const PATIENCE: Duration = Duration::from_secs(30);

/// Calls `stop` when the user closes the console or logs off, and gives the program the time that Windows allows: it
/// ends a program as soon as its handler returns. Install it after the handler of Ctrl-C, which would be asked first.
///
/// # Errors
/// What the system said.
pub fn on_close(stop: impl Fn() + Send + Sync + 'static) -> io::Result<()> {
    STOP.set(Box::new(stop)).map_err(|_| io::Error::other("installed already"))?;
    // Safe: the handler is a function of the type that the call wants, and lives as long as the program.
    match unsafe { SetConsoleCtrlHandler(Some(closing), 1) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Runs on a thread of the system's. Ctrl-C and Ctrl-Break are the next handler's.
unsafe extern "system" fn closing(event: u32) -> i32 {
    if !matches!(event, CTRL_CLOSE_EVENT | CTRL_LOGOFF_EVENT | CTRL_SHUTDOWN_EVENT) {
        return 0;
    }
    if let Some(stop) = STOP.get() {
        stop();
    }
    after(PATIENCE).recv().ok(); // the program ends meanwhile
    1
}
