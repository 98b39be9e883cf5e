//! Which part of a detached stack this process is.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use thor_stack::config::{Config, LogConfig};
use thor_stack::os::process;

/// Where a detached stack logs to when the config names no file, below its home.
const LOG_FILE: &str = "thor-stack.log";

/// Which part of a detached stack this process is; `start` and the parent pass it on the command line, where `ps`
/// shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Stage {
    /// Starts the stack, and again when it dies.
    Parent,
    /// The stack with a parent, whose end it hears on its standard input.
    Child,
    /// The stack without a parent.
    Alone,
}

impl Stage {
    /// Leaves the session and the open files of whoever typed `start`. The very first thing that the process does.
    pub(crate) fn detach(self) {
        if self != Stage::Child {
            process::detach();
        }
    }

    /// Where a detached process of `config` logs: never nowhere, and never to what its standard error was opened as, which
    /// may have been moved aside since.
    pub(crate) fn log(config: &Config) -> LogConfig {
        LogConfig { file: Some(log_file(config)), ..config.log.clone() }
    }

    /// The same command line in a new process of this stage, which logs to the log file also what the system says of
    /// its death.
    ///
    /// # Errors
    /// The program's own file is not known.
    pub(crate) fn command(self, config: &Config) -> io::Result<Command> {
        let stage = clap::ValueEnum::to_possible_value(&self).map(|value| value.get_name().to_owned());
        let mut command = Command::new(program()?);
        command.arg(format!("--stage={}", stage.unwrap_or_default())).args(typed());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(open(&log_file(config)).map_or_else(|_| Stdio::null(), Stdio::from));
        Ok(command)
    }
}

/// The program's own file. Linux tells the name of one that an upgrade has replaced meanwhile with this ending; a parent
/// then starts what stands in its place.
fn program() -> io::Result<PathBuf> {
    let path = std::env::current_exe()?;
    let replaced = path.to_str().and_then(|path| path.strip_suffix(" (deleted)")).map(PathBuf::from);
    Ok(replaced.filter(|_| !path.exists()).unwrap_or(path))
}

/// The arguments as typed, without the stage that an earlier process put before them.
fn typed() -> impl Iterator<Item = OsString> {
    let mut arguments = std::env::args_os().skip(1).peekable();
    arguments.next_if(|first| first.to_string_lossy().starts_with("--stage="));
    arguments
}

/// Where a detached stack of `config` logs to.
pub(crate) fn log_file(config: &Config) -> PathBuf {
    config.log.file.clone().unwrap_or_else(|| config.home.join(LOG_FILE))
}

fn open(path: &std::path::Path) -> io::Result<std::fs::File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::OpenOptions::new().create(true).append(true).open(path)
}
