//! Why the stack does not start: the one log line of a guard.

use super::{AUTO_START, RUN_MAIN};
use std::fmt;

/// Why the stack does not start in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It was started in this process before.
    AlreadyStarted {
        /// This process.
        pid: u32,
    },
    /// [`AUTO_START`] says so.
    SwitchedOff {
        /// Its value.
        value: String,
    },
    /// `guard.auto_start` says so.
    NotWanted,
    /// Django's manager runs a command that serves nothing.
    NotAServerCommand {
        /// The sub-command.
        command: String,
    },
    /// Django's manager runs without a command: it prints its help.
    NoCommand,
    /// The host is the parent of an autoreloader; its child serves.
    ReloaderParent {
        /// The sub-command.
        command: String,
    },
    /// `RUN_MAIN` is set to something else than `"true"`.
    RunMainIs {
        /// Its value.
        value: String,
    },
    /// `guard.require_run_main = "always"`, and `RUN_MAIN` is not set.
    RunMainMissing,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::AlreadyStarted { pid } => {
                write!(f, "not starting: the stack was started in this process ({pid}) already")
            }
            Reason::SwitchedOff { value } => write!(f, "not starting: {AUTO_START} is {value:?}"),
            Reason::NotWanted => {
                write!(f, "not starting: guard.auto_start is false; {AUTO_START}=1 overrides it")
            }
            Reason::NotAServerCommand { command } => {
                write!(f, "not starting: {command:?} serves nothing; guard.server_commands can add it")
            }
            Reason::NoCommand => f.write_str("not starting: Django's manager has no command"),
            Reason::ReloaderParent { command } => {
                write!(
                    f,
                    "not starting: this is the autoreloader's parent; the stack starts in the process that {command} serves from"
                )
            }
            Reason::RunMainIs { value } => {
                write!(
                    f,
                    "not starting: {RUN_MAIN} is {value:?}, and only \"true\" marks the process that serves"
                )
            }
            Reason::RunMainMissing => {
                write!(f, "not starting: {RUN_MAIN} is not set, and guard.require_run_main is \"always\"")
            }
        }
    }
}
