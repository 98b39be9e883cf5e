//! `restart`: builds workers anew in the running stack.

use super::running::ANSWER;
use super::{Output, exit_code::ExitCode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use thor_stack::config::{Config, parse_duration};
use thor_stack::control::{Client, ClientError, Request};

/// How long a stack is listened to that is not waited for.
const GLANCE: Duration = Duration::from_millis(20);

/// Restart supervisors; they have restarted when this returns.
///
/// Each builds its worker anew: at once where it waits, backs off or has given up, else after its
/// cycle. The process and its config stay: to read a changed config, stop and start.
///
/// Examples:
///   thor-stack restart
///   thor-stack restart ExcelPollerSupervisor
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct RestartArgs {
    /// Only these supervisors
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// How long they may take
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    timeout: Duration,
    /// Return as soon as they were told
    #[arg(long)]
    no_wait: bool,
}

/// Restarts the named supervisors, or all.
///
/// # Errors
/// No stack runs, a name is nobody's, or one has not restarted in time.
pub(crate) fn run(args: &RestartArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let home = &config.home;
    let before = generations(home, &args.names)?;
    let patience = if args.no_wait { GLANCE } else { args.timeout };
    let request = Request::Restart { names: args.names.clone() };
    let answer = Client::connect(home)?.request(&request, patience);
    match answer {
        Ok(answer) => {
            for one in answer["restarted"].as_array().into_iter().flatten() {
                out.line(&format!("{} restarted", one["name"].as_str().unwrap_or_default()))?;
            }
            Ok(ExitCode::Done)
        }
        Err(ClientError::TimedOut { .. }) if args.no_wait => {
            for name in before.keys() {
                out.line(&format!("{name} told to restart"))?;
            }
            Ok(ExitCode::Done)
        }
        Err(ClientError::TimedOut { .. }) => partly(args, home, &before, out),
        Err(error) => Err(error.into()),
    }
}

/// Some have restarted, some not.
fn partly(
    args: &RestartArgs,
    home: &Path,
    before: &BTreeMap<String, Supervisor>,
    out: &mut Output,
) -> anyhow::Result<ExitCode> {
    for (name, now) in generations(home, &args.names)? {
        if before.get(&name).is_some_and(|before| before.generation < now.generation) {
            out.line(&format!("{name} restarted"))?;
        } else {
            let Supervisor { state, phase, .. } = now;
            let phase = phase.map(|phase| format!(" (while {phase})")).unwrap_or_default();
            log::error!("{name} has not restarted within {:?}: it is {state}{phase}", args.timeout);
        }
    }
    Ok(ExitCode::Failed)
}

struct Supervisor {
    generation: u64,
    state: String,
    phase: Option<String>,
}

/// The supervisors that can be restarted, by name.
fn generations(home: &Path, names: &[String]) -> anyhow::Result<BTreeMap<String, Supervisor>> {
    let status = Client::connect(home)?.request(&Request::Status { names: names.to_vec() }, ANSWER)?;
    let enabled = status["supervisors"].as_array().into_iter().flatten();
    let enabled = enabled.filter(|supervisor| supervisor["state"] != "disabled");
    Ok(enabled.map(|supervisor| (text(&supervisor["name"]), Supervisor::of(supervisor))).collect())
}

impl Supervisor {
    fn of(status: &Value) -> Supervisor {
        Supervisor {
            generation: status["generation"].as_u64().unwrap_or_default(),
            state: text(&status["state"]),
            phase: status["phase"].as_str().map(String::from),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
