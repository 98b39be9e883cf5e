//! `run`: the stack in the foreground; a detached one runs the same way.

use super::exit_code::{BadUsage, ExitCode};
use super::follow::{Printer, until_stopped};
use super::stage::Stage;
use super::systemd::Systemd;
use super::{hold, lifeline, overrun, signals};
use crossbeam_channel::{Receiver, Sender};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;
use thor_stack::config::{Config, Flag};
use thor_stack::control::{Control, Server};
use thor_stack::instance::InstanceLock;
use thor_stack::os::memory;
use thor_stack::supervise::{State, SupervisorStatus};
use thor_stack::{Respawns, Stack, StackControl, StackError, StackHandle};

/// Whether the stack of this process has come to run.
static BEGUN: AtomicBool = AtomicBool::new(false);

/// How long the supervisors may take to stop; then they are named and left behind.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// Run the stack in the foreground until Ctrl-C or SIGTERM.
///
/// Logs to standard error. The first Ctrl-C stops cleanly, a second one at once. A workbook
/// that is missing or a Redis that is down keeps nothing from starting: the log says so,
/// and again when it is back.
///
/// Examples:
///   thor-stack run --workbook RTD_TOS.xlsm
///   thor-stack run --quotes --set workbook.interval=1s
///   REDIS_URL=redis://127.0.0.1:6379/0 thor-stack run --workbook RTD_TOS.xlsm
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) options: RunOptions,
    /// Print every quote that changes to standard output
    #[arg(long)]
    quotes: bool,
}

/// What a stack is run with, in the foreground or detached.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RunOptions {
    /// The workbook to read [default: workbook.path of the config]
    #[arg(long, value_name = "FILE")]
    workbook: Option<PathBuf>,
    /// Start only these supervisors; repeatable. Without the poller the quotes come from Redis
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
}

impl RunOptions {
    /// The options that stand for one key of the config.
    pub(crate) fn flags(&self) -> Vec<Flag> {
        super::args::flag(
            "--workbook",
            "workbook.path",
            self.workbook.as_ref().map(|path| path.to_string_lossy()),
        )
    }
}

/// Runs the stack in the foreground until a signal or a client says so.
///
/// # Errors
/// The home is held, it cannot be started, a supervisor did not stop in time, or all of them gave up.
pub(crate) fn run(args: &RunArgs, config: &Config) -> anyhow::Result<ExitCode> {
    hold_and_run(&args.options, None, args.quotes, config, &Stopping::install()?)
}

/// Runs the stack as `stage` of a detached one.
///
/// # Errors
/// As of [`run`].
pub(crate) fn run_detached(options: &RunOptions, stage: Stage, config: &Config) -> anyhow::Result<ExitCode> {
    hold_and_run(options, Some(stage), false, config, &Stopping::install()?)
}

/// Runs the stack as a service, whose orders come from elsewhere.
///
/// # Errors
/// As of [`run`].
pub(crate) fn run_service(
    options: &RunOptions,
    stopping: &Stopping,
    config: &Config,
) -> anyhow::Result<ExitCode> {
    hold_and_run(options, Some(Stage::Alone), false, config, stopping)
}

/// Whether the stack has come to run in this process, however it ended.
pub(crate) fn has_begun() -> bool {
    BEGUN.load(Ordering::Relaxed)
}

fn hold_and_run(
    options: &RunOptions,
    stage: Option<Stage>,
    quotes: bool,
    config: &Config,
    stopping: &Stopping,
) -> anyhow::Result<ExitCode> {
    let respawns = if stage == Some(Stage::Child) { lifeline::hear() } else { Respawns::default() };
    let lock = hold::take(&config.home, stage)?;
    log_death(&respawns);
    let stack = Stack::builder(config.clone()).only(options.only.clone()).start().map_err(usage)?;
    let served = Served::open(&lock, Arc::new(stack), &stopping.order, respawns)?;
    let systemd = Systemd::attend(&served.stack)?;
    announce(&served.stack);
    BEGUN.store(true, Ordering::Relaxed);
    let printer = quotes.then(|| Printer {
        board: Arc::clone(served.stack.board()),
        json: false,
        instruments: config.instruments(),
        wanted: Box::new(|_| true),
    });
    let (mut end, started) = (Ok(()), Once::new());
    let over = || {
        started.call_once(memory::give_back);
        is_over(&lock, &served.stack)
    };
    let events = served.stack.events();
    let was_ordered = !until_stopped(&stopping.ordered, printer, &events, over)?;
    if !was_ordered {
        end = lock.confirm().map_err(anyhow::Error::from).and_then(|()| Err(gave_up()));
    }
    log::info!("stopping");
    systemd.stopping();
    let is_overrun = served.stack.is_overrun();
    let given_up = given_up(&served.stack);
    let clean = served.shut_down();
    // Whoever ordered a stop meanwhile does not want it started again.
    if is_overrun && !was_ordered && stopping.ordered.is_empty() {
        overrun::end_now();
    }
    clean?;
    end?;
    anyhow::ensure!(given_up.is_empty(), "{} had given up; the log says why", given_up.join(", "));
    Ok(ExitCode::Done)
}

/// The order to stop, whoever gives it: a signal or a client.
pub(crate) struct Stopping {
    pub(crate) order: Sender<()>,
    pub(crate) ordered: Receiver<()>,
}

impl Stopping {
    fn install() -> anyhow::Result<Stopping> {
        let (order, ordered) = crossbeam_channel::bounded(1);
        signals::install_on(order.clone())?;
        Ok(Stopping { order, ordered })
    }
}

/// A stack that runs and answers.
struct Served {
    stack: Arc<StackHandle>,
    control: Arc<StackControl>,
    server: Server,
}

impl Served {
    fn open(
        lock: &InstanceLock,
        stack: Arc<StackHandle>,
        order: &Sender<()>,
        respawns: Respawns,
    ) -> anyhow::Result<Served> {
        let has_parent = respawns.parent.is_some();
        let control = Arc::new(StackControl::new(Arc::clone(&stack), order.clone(), respawns));
        let server = Server::start(lock, Arc::clone(&control) as Arc<dyn Control>)?;
        if has_parent {
            watch_parent(&control)?;
        }
        Ok(Served { stack, control, server })
    }

    /// Stops the stack, and tells the clients that wait for it.
    fn shut_down(self) -> anyhow::Result<()> {
        let report = self.stack.shutdown(self.control.deadline().unwrap_or(SHUTDOWN));
        log::info!("{report}");
        self.control.stopped(&report);
        self.server.shutdown();
        anyhow::ensure!(report.is_clean(), "{report}");
        Ok(())
    }
}

fn log_death(respawns: &Respawns) {
    if let Some(exit) = &respawns.last_exit {
        let (at, reason, times) = (exit.at, &exit.reason, respawns.respawns);
        log::warn!("started again after the process died at {at:.3}: {reason} (respawns: {times})");
    }
}

fn watch_parent(control: &Arc<StackControl>) -> anyhow::Result<()> {
    let control = Arc::downgrade(control);
    lifeline::watch(move || {
        if let Some(control) = control.upgrade() {
            control.parent_gone();
            log::warn!(
                "the parent process is gone: the stack goes on, and nobody starts it again if it dies; stop and \
                 start it when it suits"
            );
        }
    })
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
        "thor-stack {}: workbook {workbook}, bus {}, home {}",
        env!("CARGO_PKG_VERSION"),
        config.bus.url.redacted(),
        config.home.display()
    );
    for SupervisorStatus { name, state, detail, .. } in stack.supervisors() {
        if state == State::Disabled {
            log::warn!("{name} is disabled: {}", detail["reason"].as_str().unwrap_or_default());
        }
    }
}

/// Another may hold the home, or nobody works any more.
fn is_over(lock: &InstanceLock, stack: &StackHandle) -> bool {
    lock.confirm().is_err() || stack.is_overrun() || all_gave_up(stack)
}

fn gave_up() -> anyhow::Error {
    anyhow::anyhow!("every supervisor has given up; the log says why")
}

/// Who failed for good, which the exit code is to tell whoever ends the stack.
fn given_up(stack: &StackHandle) -> Vec<String> {
    let failed = stack.supervisors().into_iter().filter(|supervisor| supervisor.state == State::Failed);
    failed.map(|supervisor| supervisor.name).collect()
}

/// A stack in which nobody works any more is no stack: the process ends, and says so by its exit code.
fn all_gave_up(stack: &StackHandle) -> bool {
    let states: Vec<State> = stack.supervisors().iter().map(|supervisor| supervisor.state).collect();
    states.contains(&State::Failed)
        && states.iter().all(|state| matches!(state, State::Failed | State::Disabled))
}
