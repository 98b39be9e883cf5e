//! `check`: every problem on a line, with what to do.

mod bus;
mod folder;
mod workbook;

use super::table::Table;
use super::{Output, exit_code::ExitCode};
use serde::Serialize;
use std::path::PathBuf;
use thor_stack::config::{Flag, Loaded, Problems};

/// Look at config, folders, workbook and bus: every problem on a line, with what to do.
///
/// Publishes nothing and leaves nothing behind. Exits with 0 if there is no problem (warnings are none), with 2 if the
/// config is bad, else with 1.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The workbook to look at [default: workbook.path of the config]
    #[arg(long, value_name = "FILE")]
    workbook: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl CheckArgs {
    /// The options that stand for one key of the config.
    pub(crate) fn flags(&self) -> Vec<Flag> {
        let workbook = self.workbook.as_ref().map(|path| path.to_string_lossy());
        super::args::flag("--workbook", "workbook.path", workbook)
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Check {
    /// The area: `config`, `home`, `log`, `workbook`, `bus`.
    pub(crate) name: &'static str,
    /// How it is.
    pub(crate) state: CheckState,
    /// What was seen.
    pub(crate) text: String,
    /// What to do about it, where something is wrong.
    pub(crate) what_to_do: Option<String>,
}

/// How a thing that was looked at is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckState {
    /// Good.
    Ok,
    /// It works, but not as the user may think.
    Warning,
    /// It does not work.
    Problem,
}

impl Check {
    /// Nothing is wrong.
    pub(crate) fn ok(name: &'static str, text: impl Into<String>) -> Check {
        Check { name, state: CheckState::Ok, text: text.into(), what_to_do: None }
    }

    /// It works, but not as the user may think.
    pub(crate) fn warning(name: &'static str, text: impl Into<String>, to_do: impl Into<String>) -> Check {
        Check { name, state: CheckState::Warning, text: text.into(), what_to_do: Some(to_do.into()) }
    }

    /// It does not work.
    pub(crate) fn problem(name: &'static str, text: impl Into<String>, to_do: impl Into<String>) -> Check {
        Check { name, state: CheckState::Problem, text: text.into(), what_to_do: Some(to_do.into()) }
    }

    /// As `state`, in the words of an error, which end with what to do: `no such file; save the workbook there`.
    pub(crate) fn told(name: &'static str, state: CheckState, error: &str) -> Check {
        let (text, to_do) = match error.rsplit_once("; ") {
            Some((text, to_do)) => (text, Some(to_do.to_string())),
            None => (error, None),
        };
        Check { name, state, text: text.to_string(), what_to_do: to_do }
    }
}

/// Looks at everything and prints it.
///
/// # Errors
/// The output cannot be written.
pub(crate) fn run(
    args: &CheckArgs,
    loaded: &Result<Loaded, Problems>,
    out: &mut Output,
) -> anyhow::Result<ExitCode> {
    let checks = match loaded {
        Err(problems) => bad_config(problems),
        Ok(loaded) => {
            let config = &loaded.config;
            [read(loaded), folder::checks(config), workbook::checks(config), bus::checks(config)].concat()
        }
    };
    print(args, &checks, out)?;
    Ok(match loaded {
        Err(_) => ExitCode::Usage,
        Ok(_) if checks.iter().any(|check| check.state == CheckState::Problem) => ExitCode::Failed,
        Ok(_) => ExitCode::Done,
    })
}

fn print(args: &CheckArgs, checks: &[Check], out: &mut Output) -> anyhow::Result<()> {
    if args.json {
        return out.json(&serde_json::json!({ "checks": checks }));
    }
    let mut table = Table::new(&["AREA", "STATE", "WHAT"]);
    for check in checks {
        let state = match check.state {
            CheckState::Ok => "ok",
            CheckState::Warning => "warning",
            CheckState::Problem => "problem",
        };
        let to_do = check.what_to_do.iter().map(|to_do| format!("; {to_do}")).collect::<String>();
        table.row([check.name, state, &format!("{}{to_do}", check.text)]);
    }
    out.table(&table)
}

fn bad_config(problems: &Problems) -> Vec<Check> {
    let to_do = "correct it; nothing starts with a bad config";
    problems.0.iter().map(|problem| Check::problem("config", problem.to_string(), to_do)).collect()
}

/// How the config was read.
fn read(loaded: &Loaded) -> Vec<Check> {
    let read = match &loaded.file {
        Some(file) => Check::ok("config", file.display().to_string()),
        None => Check::ok("config", "no config file; every value is a default, a variable or a flag"),
    };
    let warning = |warning: &String| Check::warning("config", warning.clone(), "correct or unset it");
    std::iter::once(read).chain(loaded.warnings.iter().map(warning)).collect()
}
