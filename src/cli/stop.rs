//! `stop`: ends the stack and its parent.

use super::running::{ANSWER, STEP, parent, pid};
use super::{Output, exit_code::ExitCode};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use thor_stack::config::{Config, parse_duration};
use thor_stack::control::{Client, ClientError, Request};
use thor_stack::instance::{self, Holder, Role};
use thor_stack::os::process;
use thor_stack::supervise::{Clock, Mono, SystemClock};

/// How long the process may take to end after its supervisors have, or were given up.
const EXIT: Duration = Duration::from_secs(2);

/// A parent ends within this time after the stack that was told to stop. Where that died of something else meanwhile, its
/// parent was never told, and starts it again.
const FOLLOWS: Duration = Duration::from_millis(300);

/// How long a stack is listened to that is not waited for.
const GLANCE: Duration = Duration::from_millis(20);

/// Stop the stack; it has stopped when this returns.
///
/// Supervisors that have not stopped after --timeout are named and left behind. Stopping a stack
/// that does not run changes nothing.
///
/// Examples:
///   thor-stack stop
///   thor-stack stop --timeout 2s
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct StopArgs {
    /// How long the supervisors may take
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    timeout: Duration,
    /// Return as soon as it was told
    #[arg(long)]
    no_wait: bool,
}

/// Stops the stack of the home.
///
/// # Errors
/// It does not answer or does not end in time.
pub(crate) fn run(args: &StopArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let home = &config.home;
    let deadline = SystemClock::new();
    let until = deadline.mono().plus(args.timeout + EXIT);
    loop {
        match Client::connect(home) {
            Ok(client) => match stop(args, home, client, until, &deadline, out)? {
                Some(code) => return Ok(code),
                // It was stopping, by another's order.
                None => pause(),
            },
            Err(ClientError::NotRunning { .. }) => return without_stack(home, until, &deadline, out),
            // It is starting, or stopping already.
            Err(ClientError::NotListening { .. }) if deadline.mono() < until => pause(),
            Err(error) => return Err(error.into()),
        }
    }
}

/// `None`: it has hung up before it was told.
fn stop(
    args: &StopArgs,
    home: &Path,
    mut client: Client,
    until: Mono,
    clock: &SystemClock,
    out: &mut Output,
) -> anyhow::Result<Option<ExitCode>> {
    let pong = match client.request(&Request::Ping, args.timeout.min(ANSWER)) {
        Err(ClientError::HungUp { .. } | ClientError::NotRunning { .. }) if clock.mono() < until => {
            return Ok(None);
        }
        pong => pong?,
    };
    let (pid, parent) = (pid(&pong), parent(&pong));
    let deadline_ms = u64::try_from(args.timeout.as_millis()).ok();
    let patience = if args.no_wait { GLANCE } else { args.timeout + EXIT };
    let answer = client.request(&Request::Stop { deadline_ms }, patience);
    if args.no_wait && matches!(answer, Err(ClientError::TimedOut { .. })) {
        out.line(&format!("stopping (pid {pid})"))?;
        return Ok(Some(ExitCode::Done));
    }
    match answer {
        Ok(report) => name_the_hung(&report),
        // It ended between the two requests, or because of another's.
        Err(ClientError::HungUp { .. } | ClientError::NotRunning { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    wait_for_the_end(home, (Role::Stack, pid), until, clock)?;
    if let Some(parent) = parent {
        let follows = until.min(clock.mono().plus(FOLLOWS));
        if wait_for_the_end(home, (Role::Parent, parent), follows, clock).is_err() {
            end_parent(home, parent, until, clock)?;
        }
    }
    out.line(&format!("stopped (pid {pid})"))?;
    Ok(Some(ExitCode::Done))
}

fn name_the_hung(report: &Value) {
    for hung in report["not_stopped"].as_array().into_iter().flatten() {
        let name = hung["name"].as_str().unwrap_or_default();
        let phase = hung["phase"].as_str().map(|phase| format!(" (while {phase})")).unwrap_or_default();
        log::warn!("{name} did not stop in time{phase}; it ended with its process");
    }
}

/// No stack runs; a parent may be about to start one.
fn without_stack(
    home: &Path,
    until: Mono,
    clock: &SystemClock,
    out: &mut Output,
) -> anyhow::Result<ExitCode> {
    let parent = instance::holder_as(Role::Parent, home)?.and_then(|parent| parent.pid);
    match parent {
        Some(parent) => {
            end_parent(home, parent, until, clock)?;
            out.line(&format!("stopped (pid {parent}, which was about to start the stack again)"))?;
        }
        None => out.line("not running")?,
    }
    Ok(ExitCode::Done)
}

/// Tells the parent to end, once (the second signal would end it at once), and waits for that.
fn end_parent(home: &Path, parent: u32, until: Mono, clock: &SystemClock) -> anyhow::Result<()> {
    // Where it is gone by now, nothing is left to be done.
    process::terminate(parent).ok();
    wait_for_the_end(home, (Role::Parent, parent), until, clock)
}

/// Waits until this process does not hold the home. Others may hold it by now: a host that stood by, another `start`.
fn wait_for_the_end(
    home: &Path,
    (role, pid): (Role, u32),
    until: Mono,
    clock: &SystemClock,
) -> anyhow::Result<()> {
    // A holder that the system does not name may be the one that was told.
    let may_be = |holder: &Holder| holder.pid.is_none_or(|other| other == pid);
    while instance::holder_as(role, home)?.as_ref().is_some_and(may_be) {
        anyhow::ensure!(
            clock.mono() < until,
            "the process has not ended in time; see its log, or end it by its id"
        );
        pause();
    }
    Ok(())
}

fn pause() {
    crossbeam_channel::after(STEP).recv().ok();
}
