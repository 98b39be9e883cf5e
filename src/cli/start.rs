//! `start`: the stack in the background, ready when the command returns.

mod log_tail;

use super::exit_code::{BadUsage, ExitCode};
use super::run::{self, RunOptions};
use super::running::{Look, STEP, look};
use super::stage::{Stage, log_file};
use super::{Output, parent};
use anyhow::Context;
use log_tail::LogTail;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Child;
use std::time::Duration;
use thor_stack::config::{Config, Flag, parse_duration};
use thor_stack::control::{Client, Request};
use thor_stack::instance::{self, HomeError};
use thor_stack::os::process;
use thor_stack::supervise::{Clock, Mono, SystemClock};

/// How long the workers of a stack that is ready may take to be built before the command returns all the same.
const BUILDING: Duration = Duration::from_millis(250);

/// Start the stack in the background, ready when this returns.
///
/// It runs on when the terminal closes, and logs to log.file, else to thor-stack.log in the home
/// folder. A small parent process starts it again when it dies. Starting a stack that runs changes
/// nothing.
///
/// Examples:
///   thor-stack start --workbook RTD_TOS.xlsm
///   thor-stack start --no-respawn --timeout 30s
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct StartArgs {
    #[command(flatten)]
    options: RunOptions,
    /// How long to wait until it is ready
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    timeout: Duration,
    /// Return at once
    #[arg(long)]
    no_wait: bool,
    /// Start no parent process: a stack that dies stays dead
    #[arg(long)]
    no_respawn: bool,
}

impl StartArgs {
    /// The options that stand for one key of the config.
    pub(crate) fn flags(&self) -> Vec<Flag> {
        self.options.flags()
    }
}

/// Starts the stack, or is a `stage` of the one that was started.
///
/// # Errors
/// It is not ready in time, with the last lines of its log.
pub(crate) fn run(
    args: &StartArgs,
    stage: Option<Stage>,
    config: &Config,
    out: &mut Output,
) -> anyhow::Result<ExitCode> {
    match stage {
        None => Start::new(args, config).run(out),
        Some(Stage::Parent) => parent::run(config),
        Some(stage) => run::run_detached(&args.options, stage, config),
    }
}

struct Start<'a> {
    args: &'a StartArgs,
    config: &'a Config,
    clock: SystemClock,
    deadline: Mono,
    log: LogTail,
}

impl Start<'_> {
    fn new<'a>(args: &'a StartArgs, config: &'a Config) -> Start<'a> {
        let clock = SystemClock::new();
        let deadline = clock.mono().plus(args.timeout);
        Start { args, config, clock, deadline, log: LogTail::of(&log_file(config)) }
    }

    fn run(&self, out: &mut Output) -> anyhow::Result<ExitCode> {
        let process = match look(&self.config.home)? {
            Look::Ready { pid, .. } => return already(pid, out),
            Look::Free => Some(self.spawn()?),
            Look::Held => None,
            Look::Stopping { pid } if self.args.no_wait => anyhow::bail!(
                "the stack (pid {pid}) is stopping: start it without --no-wait, or when it has stopped"
            ),
            Look::Stopping { .. } => None,
        };
        if self.args.no_wait {
            out.line("starting")?;
            return Ok(ExitCode::Done);
        }
        self.wait(process, out)
    }

    fn spawn(&self) -> anyhow::Result<Child> {
        // Before the log file, whose folder is made for everybody.
        instance::prepare(&self.config.home)?;
        check_writable(&self.config.home)?;
        let stage = if self.args.no_respawn { Stage::Alone } else { Stage::Parent };
        let mut command = stage.command(self.config).context("finding the program's own file")?;
        process::spawn(&mut command).context("starting the process of the stack")
    }

    /// Another `start` may be first; then its stack is waited for. One that is stopping is waited for too, and started
    /// after.
    fn wait(&self, mut process: Option<Child>, out: &mut Output) -> anyhow::Result<ExitCode> {
        let mut spawned = process.is_some();
        loop {
            // Its end before the look: whoever made it end holds the home by now.
            let ended = process.as_mut().and_then(|process| process.try_wait().transpose()).transpose()?;
            match look(&self.config.home)? {
                Look::Ready { pid, parent }
                    if process.as_ref().is_some_and(|own| is_of(own, pid, parent)) =>
                {
                    let standing = standing(&self.settle());
                    out.line(&format!("started (pid {pid}){standing}"))?;
                    return Ok(ExitCode::Done);
                }
                Look::Ready { pid, .. } => return already(pid, out),
                Look::Free if !spawned => (process, spawned) = (Some(self.spawn()?), true),
                Look::Free if process.is_none() => {
                    anyhow::bail!(self.said("the stack ended while it was started"))
                }
                Look::Stopping { pid } if self.clock.mono() >= self.deadline => anyhow::bail!(
                    "the stack before (pid {pid}) has not stopped within {:?}: start it when it has",
                    self.args.timeout
                ),
                Look::Free | Look::Held | Look::Stopping { .. } => {}
            }
            match ended {
                Some(status) if matches!(look(&self.config.home)?, Look::Free) => {
                    let said = self.said("the stack did not start");
                    return Err(match status.code().and_then(ExitCode::from_number) {
                        Some(ExitCode::Usage) => BadUsage(said).into(),
                        _ => anyhow::Error::msg(said),
                    });
                }
                Some(_) => process = None,
                None => {}
            }
            if self.clock.mono() >= self.deadline {
                let timeout = self.args.timeout;
                anyhow::bail!(
                    self.said(&format!("the stack is not ready within {timeout:?}; it may be later"))
                );
            }
            crossbeam_channel::after(STEP).recv().ok();
        }
    }

    /// Gives the workers, whose threads run, a moment to be built, so that a status asked for next shows how they are.
    /// Returns the last status.
    fn settle(&self) -> Value {
        let until = self.deadline.min(self.clock.mono().plus(BUILDING));
        loop {
            let status = status(&self.config.home);
            if self.clock.mono() >= until || !is_building(&status) {
                return status;
            }
            crossbeam_channel::after(STEP).recv().ok();
        }
    }

    /// `what`, with the last lines that the stack logged since.
    fn said(&self, what: &str) -> String {
        let path = log_file(self.config);
        match self.log.lines() {
            lines if lines.is_empty() => format!("{what}; its log {} says nothing", path.display()),
            lines => format!("{what}; its log {} ends with\n{}", path.display(), lines.join("\n")),
        }
    }
}

fn status(home: &Path) -> Value {
    let all = Request::Status { names: Vec::new() };
    Client::connect(home).and_then(|mut client| client.request(&all, BUILDING)).unwrap_or_default()
}

fn is_building(status: &Value) -> bool {
    let mut all = status["supervisors"].as_array().into_iter().flatten();
    all.any(|supervisor| supervisor["state"] == "starting") || lease_is_unasked(&status["lease"])
}

/// Whether the server of the lease has neither answered yet nor failed to.
fn lease_is_unasked(lease: &Value) -> bool {
    lease["leads"] == false && lease["has_leader"] == false && lease["last_error"].is_null()
}

/// Where hosts share a stack and this one does not work, why.
fn standing(status: &Value) -> String {
    let lease = &status["lease"];
    if lease.is_null() || lease["leads"] == true {
        String::new()
    } else if lease["has_leader"] == true {
        format!(", standing by: {}", lease["reason"].as_str().unwrap_or_default())
    } else {
        let why = lease["last_error"].as_str().unwrap_or("the server of the lease has not answered yet");
        format!(", but nobody is known to lead: {why}")
    }
}

/// Whether the stack in process `pid` is the one that `own` is, or is the parent of.
fn is_of(own: &Child, pid: u32, parent: Option<u32>) -> bool {
    pid == own.id() || parent == Some(own.id())
}

/// A stack in such a home could not even log why it does not start.
fn check_writable(home: &Path) -> Result<(), HomeError> {
    let probe = home.join(format!(".thor-stack-start-{}", std::process::id()));
    match std::fs::File::create_new(&probe).and_then(|_| std::fs::remove_file(&probe)) {
        Err(source)
            if matches!(source.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
        {
            Err(HomeError::NotWritable { path: home.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn already(pid: u32, out: &mut Output) -> anyhow::Result<ExitCode> {
    out.line(&format!("already running (pid {pid})"))?;
    Ok(ExitCode::Done)
}
