//! May the stack start in this process? One pure decision, taken before anything is touched.

mod command_line;
mod python;
mod reason;
mod run_main;

pub use crate::config::{GuardConfig, RequireRunMain};
pub use reason::Reason;

use command_line::Manager;
use std::collections::BTreeMap;

/// The variable by which a user keeps the stack out of a process.
pub const AUTO_START: &str = "THOR_STACK_AUTO_START";

/// The variable by which Django's autoreloader marks the child that serves (`django.utils.autoreload`).
pub const RUN_MAIN: &str = "RUN_MAIN";

/// The same of Werkzeug's reloader, which `runserver_plus` uses; `RUN_MAIN` is never set under it.
pub const WERKZEUG_RUN_MAIN: &str = "WERKZEUG_RUN_MAIN";

/// The server commands of Django's manager that are known to it; `guard.server_commands` adds to them.
pub const SERVER_COMMANDS: [&str; 3] = ["runserver", "runserver_plus", "runsslserver"];

/// The process that would host the stack, as far as the decision needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The first word of the command line: Python's `sys.argv[0]` or the executable.
    pub program: String,
    /// The other words. Both views are understood: Python's (`sys.argv[1:]`) and that of a host in C, whose words
    /// name the interpreter, its options and the script.
    pub arguments: Vec<String>,
    /// The environment; only [`AUTO_START`], [`RUN_MAIN`] and [`WERKZEUG_RUN_MAIN`] are read.
    pub environment: BTreeMap<String, String>,
    /// The process id.
    pub pid: u32,
    /// The process in which the stack was started already, if it was. Another than `pid` after a fork, which
    /// copies memory and no threads: then nothing runs here.
    pub started_in: Option<u32>,
}

impl Host {
    /// This process, as the system knows its command line. Bytes that are no Unicode are replaced.
    #[must_use]
    pub fn current(started_in: Option<u32>) -> Host {
        let mut words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
        let variable = |name: &str| {
            std::env::var_os(name).map(|value| (name.to_owned(), value.to_string_lossy().into_owned()))
        };
        Host {
            program: words.next().unwrap_or_default(),
            arguments: words.collect(),
            environment: [AUTO_START, RUN_MAIN, WERKZEUG_RUN_MAIN].into_iter().filter_map(variable).collect(),
            pid: std::process::id(),
            started_in,
        }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }
}

/// `[guard]`, and what the caller asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// `[guard]`.
    pub config: GuardConfig,
    /// Start whatever the other guards say, except twice in a process.
    pub force: bool,
}

/// Whether the stack may start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Start,
    /// It may not; the reason is the log line.
    Skip(Reason),
}

/// Decides whether the stack may start in `host`: domain.md section 2.
#[must_use]
pub fn decide(host: &Host, policy: &Policy) -> Decision {
    match objection(host, policy) {
        Some(reason) => Decision::Skip(reason),
        None => Decision::Start,
    }
}

/// The first reason against it. Starting twice comes first: no force helps against that.
fn objection(host: &Host, policy: &Policy) -> Option<Reason> {
    if host.started_in == Some(host.pid) {
        return Some(Reason::AlreadyStarted { pid: host.pid });
    }
    if policy.force {
        return None;
    }
    let manager = command_line::manager(&host.program, &host.arguments);
    switched_off(host, policy)
        .or_else(|| manager.as_ref().and_then(|manager| not_a_server(manager, policy)))
        .or_else(|| run_main::objection(host, manager.as_ref(), policy.config.require_run_main))
}

fn switched_off(host: &Host, policy: &Policy) -> Option<Reason> {
    match host.variable(AUTO_START).filter(|value| !value.trim().is_empty()) {
        Some(value) if is_off(value) => Some(Reason::SwitchedOff { value: value.to_owned() }),
        Some(_) => None,
        None if policy.config.auto_start => None,
        None => Some(Reason::NotWanted),
    }
}

/// The words for off: 0, false, no, off.
fn is_off(value: &str) -> bool {
    ["0", "false", "no", "off"].iter().any(|off| value.trim().eq_ignore_ascii_case(off))
}

fn not_a_server(manager: &Manager<'_>, policy: &Policy) -> Option<Reason> {
    let Some(command) = manager.command else { return Some(Reason::NoCommand) };
    let serves =
        SERVER_COMMANDS.contains(&command) || policy.config.server_commands.iter().any(|own| own == command);
    (!serves).then(|| Reason::NotAServerCommand { command: command.to_owned() })
}
