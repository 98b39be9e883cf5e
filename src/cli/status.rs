//! `status`: the stack and each supervisor.

mod view;

use super::running::{ANSWER, STEP};
use super::{Output, exit_code::ExitCode, signals};
use crossbeam_channel::RecvTimeoutError;
use serde_json::Value;
use std::io::IsTerminal;
use std::time::Duration;
use thor_stack::StackStatus;
use thor_stack::config::Config;
use thor_stack::control::{Client, ClientError, RefusalCode, Request};
use thor_stack::instance::{self, Role};
use thor_stack::supervise::{Clock, SystemClock};

/// How often `--watch` looks.
const PERIOD: Duration = Duration::from_secs(1);

/// How long a stack that holds its home may take to listen before that is news.
const STARTING: Duration = Duration::from_secs(3);

/// Clears a terminal and goes to its upper left corner.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// Show the stack and each supervisor.
///
/// Exits with 0 if it runs and is healthy, 1 if a supervisor backs off, hangs or has failed (or, with
/// a lease, nobody is known to lead), 3 if it does not run, 4 if there is no supervisor of a name or
/// the state cannot be told.
///
/// Examples:
///   thor-stack status
///   thor-stack status ExcelPollerSupervisor --json
///   thor-stack status --watch
#[derive(Debug, Default, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct StatusArgs {
    /// Only these supervisors
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Print JSON; with --watch a line each second
    #[arg(long)]
    json: bool,
    /// Show it every second, until Ctrl-C
    #[arg(long)]
    watch: bool,
}

/// Prints the status, once or until a signal comes.
///
/// # Errors
/// The output cannot be written.
pub(crate) fn run(args: &StatusArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    if !args.watch {
        return show(args, config, out);
    }
    let stop = signals::install()?;
    let clears = !args.json && std::io::stdout().is_terminal();
    while !out.is_closed() {
        if clears {
            out.text(CLEAR)?;
        }
        show(args, config, out)?;
        out.flush()?;
        if stop.recv_timeout(PERIOD) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    Ok(ExitCode::Done)
}

fn show(args: &StatusArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    match ask(args, config) {
        Ok(status) => {
            if args.json {
                out.line(&status.to_string())?;
            } else {
                view::print(&status, out)?;
            }
            Ok(code(&status))
        }
        Err(ClientError::NotRunning { .. }) => not_running(args, config, out),
        Err(error) => {
            log::error!("{}", chain(&error));
            Ok(ExitCode::Unknown)
        }
    }
}

fn ask(args: &StatusArgs, config: &Config) -> Result<Value, ClientError> {
    let clock = SystemClock::new();
    let until = clock.mono().plus(STARTING);
    let request = Request::Status { names: args.names.clone() };
    let mut answer = connect(config)?.request(&request, ANSWER);
    // It is ending: its channel closes some milliseconds before it lets go of its home.
    while matches!(&answer, Err(ClientError::HungUp { .. })) && clock.mono() < until {
        crossbeam_channel::after(STEP).recv().ok();
        answer = connect(config)?.request(&request, ANSWER);
    }
    match answer {
        // It ended just now; a look at the lock tells whether it is gone or in trouble.
        Err(ClientError::HungUp { home }) if matches!(instance::holder(&home), Ok(None)) => {
            Err(ClientError::NotRunning { home })
        }
        Err(ClientError::Refused(refusal)) if refusal.code == RefusalCode::Stopping => {
            Err(ClientError::NotRunning { home: config.home.clone() })
        }
        answer => answer,
    }
}

/// Holding the home comes before listening, by some milliseconds.
fn connect(config: &Config) -> Result<Client, ClientError> {
    let clock = SystemClock::new();
    let until = clock.mono().plus(STARTING);
    loop {
        match Client::connect(&config.home) {
            Err(ClientError::NotListening { .. }) if clock.mono() < until => {
                crossbeam_channel::after(STEP).recv().ok();
            }
            client => return client,
        }
    }
}

fn code(status: &Value) -> ExitCode {
    match status["state"].as_str() {
        Some("running" | "standby") => ExitCode::Done,
        Some("degraded") => ExitCode::Failed,
        Some("stopping" | "stopped") => ExitCode::NotRunning,
        _ => ExitCode::Unknown,
    }
}

fn not_running(args: &StatusArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    // Only its pid: it starts the stack again within a minute.
    let parent = instance::holder_as(Role::Parent, &config.home).ok().flatten();
    if args.json {
        let mut status = StackStatus::stopped(config);
        status.respawns.parent = parent.and_then(|parent| parent.pid);
        out.json(&status)?;
    } else if let Some(parent) = parent {
        out.line(&format!("down: {parent} starts it again; see the log"))?;
    } else {
        out.line(&format!("not running (home {}); start it by `thor-stack start`", config.home.display()))?;
    }
    Ok(ExitCode::NotRunning)
}

fn chain(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    sources.fold(error.to_string(), |text, source| format!("{text}: {source}"))
}
