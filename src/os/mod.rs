//! Every difference between operating systems, behind one face: the same names, with the same promises, on each.
//!
//! | what | Unix | Windows |
//! |---|---|---|
//! | [`channel`]: control | a socket in the home folder, mode 0600; one poll for all clients | a named pipe whose name is made of the home's, with an ACL for the current user alone; clients are looked at every 2 ms while there are any |
//! | [`process`]: a start in the background | a session of its own, inherited descriptors closed | `DETACHED_PROCESS` and `CREATE_NO_WINDOW`, out of the starter's job where that lets it go, no inherited handles |
//! | [`process`]: the command of an alarm | as any child | `CREATE_NO_WINDOW`: a console of its own that nobody sees |
//! | [`process`]: a stop | the control channel, then SIGTERM | Ctrl-C, Ctrl-Break, closing the console or the control pipe, then `TerminateProcess` |
//! | [`lock`]: one stack a home | an fcntl record lock, which names its holder | `LockFileEx`, which does not: the holder describes itself beside it |
//! | [`mod@file`]: a workbook is read | any open | with reading, writing and deleting shared, so that Excel's delete and rename succeed meanwhile |
//! | [`mod@file`]: held by another | never an error | errors 32, 33 and 5, transient; with 2 (no such file) what a save in progress shows |
//! | [`mod@file`]: replaced by a new one | rename(2) | a rename fails while somebody holds the old one without sharing: tried again for a while |
//! | [`mod@file`]: for this user alone | modes 0600 and 0700 | the profile's own ACL, which `%LOCALAPPDATA%` has |
//! | [`mod@file`]: a path of more than 260 characters | as any | std takes it; SQLite and the folder watch are given its `\\\\?\\` form |
//! | [`mod@file`]: a file that somebody has open | can be renamed | stays, so a full log grows on until its reader lets go |
//! | [`mod@file`]: a watched folder that goes away | is told | is not always told, so it is looked for |
//! | [`folder`]: data | `$XDG_DATA_HOME`, `~/Library/Application Support` | `%LOCALAPPDATA%` |
//! | [`console`]: colours and UTF-8 | as written | escape sequences are switched on, else nothing is coloured; std writes UTF-16 to a console and UTF-8 to a file or pipe |
//! | [`signals`]: whose they are | the host's: threads of ours have them blocked, but for faults | there are none; console events have a thread of their own |
//! | [`sleep`]: how long the machine slept | `CLOCK_BOOTTIME` less `CLOCK_MONOTONIC` on Linux, not told elsewhere | not told: the monotonic clock runs on, so timers come late |
//! | [`socket`]: Redis by a path | a Unix socket | none |
//! | [`memory`]: what the start needed | given back (Linux with glibc) | left to the system |
//! | [`service`]: a service manager | systemd is told on its socket: Linux alone | the service control manager starts and stops the process |
//! | [`evidence`]: where a hung thread is | `/proc` (Linux) | not told |
//! | [`library`]: unloading with threads | the loader keeps it | pinned |
//!
//! What needs no code: std names threads on both (`pthread_setname_np`, `SetThreadDescription`). The monotonic clock
//! stops in suspend on Linux and runs on elsewhere; nothing depends on which, because market events are derived anew
//! from the wall clock at every wake, at most a second apart, and the watchdog gives no verdict over a gap in its own
//! ticks. Time-zone data is compiled in, as Windows has none.

#[cfg_attr(unix, path = "unix/channel.rs")]
#[cfg_attr(windows, path = "windows/channel.rs")]
pub(crate) mod channel;

#[cfg_attr(unix, path = "unix/console.rs")]
#[cfg_attr(windows, path = "windows/console.rs")]
pub mod console;

#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "unix/evidence_linux.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "evidence_elsewhere.rs")]
pub(crate) mod evidence;

#[cfg_attr(unix, path = "unix/file.rs")]
#[cfg_attr(windows, path = "windows/file.rs")]
pub(crate) mod file;

#[cfg_attr(unix, path = "unix/folder.rs")]
#[cfg_attr(windows, path = "windows/folder.rs")]
pub(crate) mod folder;

#[cfg_attr(unix, path = "unix/library.rs")]
#[cfg_attr(windows, path = "windows/library.rs")]
pub(crate) mod library;

#[cfg_attr(unix, path = "unix/lock.rs")]
#[cfg_attr(windows, path = "windows/lock.rs")]
pub(crate) mod lock;

#[cfg_attr(all(target_os = "linux", target_env = "gnu"), path = "unix/memory_linux.rs")]
#[cfg_attr(not(all(target_os = "linux", target_env = "gnu")), path = "memory_elsewhere.rs")]
pub mod memory;

#[cfg_attr(unix, path = "unix/process.rs")]
#[cfg_attr(windows, path = "windows/process.rs")]
pub mod process;

#[cfg_attr(unix, path = "unix/service.rs")]
#[cfg_attr(windows, path = "windows/service.rs")]
pub mod service;

#[cfg_attr(unix, path = "unix/signals.rs")]
#[cfg_attr(windows, path = "windows/signals.rs")]
pub(crate) mod signals;

#[cfg_attr(unix, path = "unix/sleep.rs")]
#[cfg_attr(windows, path = "windows/sleep.rs")]
pub(crate) mod sleep;

#[cfg_attr(unix, path = "unix/socket.rs")]
#[cfg_attr(windows, path = "windows/socket.rs")]
pub(crate) mod socket;

#[cfg(windows)]
#[path = "windows/user.rs"]
mod user;

use std::io;

/// Whether Redis can be reached by a Unix socket.
pub(crate) const HAS_UNIX_SOCKETS: bool = cfg!(unix);

/// Why a control channel could not be opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// The home's path is longer than a socket's name may be, and this system knows no way around it.
    #[cfg_attr(windows, allow(dead_code))] // a pipe's name has one length
    TooLong {
        /// The longest path of a home, in bytes.
        limit: usize,
    },
    /// The system refused.
    System(io::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> OpenError {
        OpenError::System(error)
    }
}
