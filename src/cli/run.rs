//! `run`: the stack in the foreground.

use super::exit_code::{BadUsage, ExitCode};
use super::follow::Follow;
use super::{Output, signals};
use std::path::PathBuf;
use std::time::Duration;
use thor_stack::config::{Flag, Loaded};
use thor_stack::supervise::{State, SupervisorStatus};
use thor_stack::{Stack, StackError, StackHandle};

/// How long the supervisors may take to stop; then they are named and left behind.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// Run the stack in the foreground until Ctrl-C or SIGTERM.
///
/// Logs to standard error. The first Ctrl-C stops cleanly, a second one at once. A workbook that is missing or a Redis
/// that is down keeps nothing from starting: the log says so, and again when it is back.
///
/// Examples:
///   thor-stack run --workbook RTD_TOS.xlsm
///   thor-stack run --quotes --set workbook.interval=1s
///   REDIS_URL=redis://127.0.0.1:6379/0 thor-stack run --workbook RTD_TOS.xlsm
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct RunArgs {
    /// The workbook to read [default: workbook.path of the config]
    #[arg(long, value_name = "FILE")]
    workbook: Option<PathBuf>,
    /// Start only these supervisors; repeatable. Without the poller the quotes come from Redis
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
    /// Print every quote that changes to standard output
    #[arg(long)]
    quotes: bool,
}

impl RunArgs {
    /// The options that stand for one key of the config.
    pub(crate) fn flags(&self) -> Vec<Flag> {
        super::args::flag(
            "--workbook",
            "workbook.path",
            self.workbook.as_ref().map(|path| path.to_string_lossy()),
        )
    }
}

/// Runs the stack until a signal comes.
///
/// # Errors
/// It cannot be started, a supervisor did not stop in time, or all of them gave up.
pub(crate) fn run(args: &RunArgs, loaded: &Loaded, out: &mut Output) -> anyhow::Result<ExitCode> {
    let stop = signals::install()?;
    let stack = Stack::builder(loaded.config.clone()).only(args.only.clone()).start().map_err(usage)?;
    announce(&stack);
    let follow = Follow { stop, updates: args.quotes.then(|| stack.board().subscribe(None)), json: false };
    let gave_up =
        follow.until_stopped(out, &loaded.config.instruments(), |_| true, || all_gave_up(&stack))?;
    log::info!("stopping");
    let report = stack.shutdown(SHUTDOWN);
    log::info!("{report}");
    anyhow::ensure!(report.is_clean(), "{report}");
    anyhow::ensure!(!gave_up, "every supervisor has given up; the log says why");
    Ok(ExitCode::Done)
}

fn usage(error: StackError) -> anyhow::Error {
    match error {
        StackError::UnknownSupervisor { .. } => BadUsage(format!("--only: {error}")).into(),
        error => error.into(),
    }
}

fn announce(stack: &StackHandle) {
    let config = stack.config();
    let workbook = config.workbook.path.as_ref().map_or("none".into(), |path| path.display().to_string());
    log::info!(
        "thor-stack {}: workbook {workbook}, bus {}",
        env!("CARGO_PKG_VERSION"),
        config.bus.url.redacted()
    );
    for SupervisorStatus { name, state, detail, .. } in stack.supervisors() {
        if state == State::Disabled {
            log::warn!("{name} is disabled: {}", detail["reason"].as_str().unwrap_or_default());
        }
    }
}

/// A stack in which nobody works any more is no stack: the process ends, and its keeper may start it again.
fn all_gave_up(stack: &StackHandle) -> bool {
    let states: Vec<State> = stack.supervisors().iter().map(|supervisor| supervisor.state).collect();
    states.contains(&State::Failed)
        && states.iter().all(|state| matches!(state, State::Failed | State::Disabled))
}
