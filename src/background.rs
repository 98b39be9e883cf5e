//! The stack inside a host that has other work: guarded, once a process, never in the way of the host's start.
//!
//! ```no_run
//! use std::time::Duration;
//! use thor_stack::{StartOptions, StartOutcome, config::Config};
//!
//! match thor_stack::start_background_stack(Config::default(), StartOptions::default())? {
//!     StartOutcome::Started(stack) => println!("{} supervisors", stack.supervisors().len()),
//!     StartOutcome::StandingBy => println!("another process has the home; this one takes over after it"),
//!     StartOutcome::Skipped(reason) => println!("{reason}"),
//! }
//! // … and where the host ends:
//! let report = thor_stack::stop_background_stack(Duration::from_secs(2))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attendant;
mod resident;
mod served;

pub(crate) use resident::Presence;

use crate::config::Config;
use crate::guard::{self, Decision, Host, Policy, Reason};
use crate::instance::LockError;
use crate::stack::{StackError, StackHandle};
use crate::supervise::ShutdownReport;
use resident::Resident;
use std::fmt;
use std::io;
use std::time::Duration;

const LOG_TARGET: &str = "thor_stack::background";

/// How [`start_background_stack`] goes about it.
#[derive(Debug, Clone)]
pub struct StartOptions {
    /// Start whatever the guards say, except twice in a process.
    pub force: bool,
    /// The host as the guards see it, where the process's own command line says nothing of it; `None`: this process.
    /// Its `started_in` is not read.
    pub host: Option<Host>,
    /// While standing by: how often the home is tried. A take-over lasts no longer.
    pub retry: Duration,
}

impl Default for StartOptions {
    /// Guarded, this process, a try every second.
    fn default() -> StartOptions {
        StartOptions { force: false, host: None, retry: Duration::from_secs(1) }
    }
}

/// What came of [`start_background_stack`].
#[derive(Clone)]
pub enum StartOutcome {
    /// The stack runs in this process. The handle stays good for ever; after [`stop_background_stack`] everything it
    /// shows is stopped.
    Started(&'static StackHandle),
    /// Another process, or another stack of this one, has the home. A thread waits for its end and starts the stack
    /// then; [`background_stack`] finds it.
    StandingBy,
    /// The stack does not start here.
    Skipped(Reason),
}

impl fmt::Debug for StartOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartOutcome::Started(_) => f.write_str("Started"),
            StartOutcome::StandingBy => f.write_str("StandingBy"),
            StartOutcome::Skipped(reason) => f.debug_tuple("Skipped").field(reason).finish(),
        }
    }
}

/// Why the stack could not be started; the host goes on without it, and may try again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackgroundError {
    /// The home cannot be taken.
    #[error(transparent)]
    Home(#[from] LockError),
    /// The stack itself.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The system refused the thread that stands by.
    #[error("the system refused a thread; end other programs or raise the limit of threads")]
    Spawn(#[source] io::Error),
}

/// This process was forked from one that runs the stack: the stack's threads are there and not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this process was forked from process {parent}, where the stack runs; ask or stop it there")]
pub struct Forked {
    /// The process in which the stack was started.
    pub parent: u32,
}

/// Starts the stack in this process, if the guards allow it, and returns at once: threads come up on their own, and
/// what the outside world refuses (a workbook, a Redis) shows in the status. A log line says what was decided.
///
/// Once a process: a second call is [`Reason::AlreadyStarted`], after a stop too. A forked child is a new process.
///
/// # Errors
/// [`BackgroundError`]; nothing runs then.
#[allow(clippy::needless_pass_by_value)] // options are made for one start
pub fn start_background_stack(
    config: Config,
    options: StartOptions,
) -> Result<StartOutcome, BackgroundError> {
    let home = config.home.display().to_string();
    let outcome = start(config, &options);
    match &outcome {
        Ok(StartOutcome::Started(_)) => log::info!(target: LOG_TARGET, "started; home {home}"),
        Ok(StartOutcome::StandingBy) => {} // the resident has said for whom
        Ok(StartOutcome::Skipped(reason)) => log::info!(target: LOG_TARGET, "{reason}"),
        Err(error) => log::error!(target: LOG_TARGET, "not started: {error}"),
    }
    outcome
}

fn start(config: Config, options: &StartOptions) -> Result<StartOutcome, BackgroundError> {
    if let Some(reason) = objection(&config, options) {
        return Ok(StartOutcome::Skipped(reason));
    }
    // Two threads may have passed the guard together; one of them gets the place.
    let Some(resident) = Resident::claim(config) else {
        return Ok(StartOutcome::Skipped(Reason::AlreadyStarted { pid: std::process::id() }));
    };
    let begun = resident.begin(options.retry);
    if begun.is_err() {
        resident.withdraw();
    }
    begun
}

/// What the guards have against a start in this process; nothing is touched.
pub(crate) fn objection(config: &Config, options: &StartOptions) -> Option<Reason> {
    let mut host = options.host.clone().unwrap_or_else(|| Host::current(None));
    (host.pid, host.started_in) = (std::process::id(), resident::started_in());
    let policy = Policy { config: config.guard.clone(), force: options.force };
    match guard::decide(&host, &policy) {
        Decision::Start => None,
        Decision::Skip(reason) => Some(reason),
    }
}

/// The stack that [`start_background_stack`] runs in this process; `None`: none does, or it stands by.
#[must_use]
pub fn background_stack() -> Option<&'static StackHandle> {
    resident::here().ok().flatten().and_then(|resident| resident.stack())
}

/// Stops what [`start_background_stack`] started, or its standing by, waits for `timeout` altogether, and gives the
/// home back. Where nothing runs, the report is empty.
///
/// # Errors
/// [`Forked`], without having waited for anything: a host's exit handlers run in its forked children too.
pub fn stop_background_stack(timeout: Duration) -> Result<ShutdownReport, Forked> {
    let Some(resident) = resident::here()? else { return Ok(ShutdownReport::default()) };
    let report = resident.stop(timeout);
    log::info!(target: LOG_TARGET, "{report}");
    Ok(report)
}

/// How the stack is present in this process; `None`: it was not started here.
///
/// # Errors
/// [`Forked`], without having waited for anything.
pub(crate) fn presence() -> Result<Option<(Config, Presence)>, Forked> {
    Ok(resident::here()?.map(|resident| (resident.config().clone(), resident.presence())))
}
