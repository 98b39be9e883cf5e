//! `check`: every problem on a line, with what to do.

mod bus;
mod calendar;
mod instruments;
mod ledger;
mod workbook;

use super::table::Table;
use super::terminal::Paint;
use super::{Output, exit_code::ExitCode};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thor_stack::config::{Flag, Loaded, Problems};
use thor_stack::supervise::{Clock, SystemClock};

/// Look for problems: each on a line, with what to do about it.
///
/// Config, home folder, workbook, bus, lease, ledger and calendar are looked at. Nothing is
/// changed: the workbook is read once and not published, the ledger is only read.
///
/// Exits with 0 if there is none (warnings are none), with 2 if the config is bad, else
/// with 1.
///
/// Examples:
///   thor-stack check --workbook RTD_TOS.xlsm
///   thor-stack check --json | jq -r '.checks[] | select(.state != "ok") | .text'
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
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
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    /// The area: `config`, `workbook`, `bus`.
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

    /// What an error says: the next step stands behind its last semicolon.
    pub(crate) fn failed(name: &'static str, error: &str) -> Check {
        let (text, to_do) = match error.rsplit_once("; ") {
            Some((text, to_do)) => (text, Some(to_do.to_string())),
            None => (error, None),
        };
        Check { name, state: CheckState::Problem, text: text.into(), what_to_do: to_do }
    }

    /// The same, where it works all the same.
    pub(crate) fn into_warning(self) -> Check {
        Check { state: CheckState::Warning, ..self }
    }

    /// It does not work.
    pub(crate) fn problem(name: &'static str, text: impl Into<String>, to_do: impl Into<String>) -> Check {
        Check { name, state: CheckState::Problem, text: text.into(), what_to_do: Some(to_do.into()) }
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
        Ok(loaded) => all(loaded),
    };
    print(args, &checks, out)?;
    Ok(match loaded {
        Err(_) => ExitCode::Usage,
        Ok(_) if checks.iter().any(|check| check.state == CheckState::Problem) => ExitCode::Failed,
        Ok(_) => ExitCode::Done,
    })
}

fn all(loaded: &Loaded) -> Vec<Check> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (settings, now) = (&loaded.config, clock.now());
    let checks = [
        config(loaded),
        home(loaded),
        log_file(loaded),
        workbook::look(settings, &clock),
        bus::look(settings, now),
        ledger::look(settings),
        calendar::look(settings, now),
        instruments::look(settings),
    ];
    checks.into_iter().flatten().collect()
}

fn print(args: &CheckArgs, checks: &[Check], out: &mut Output) -> anyhow::Result<()> {
    if args.json {
        return out.json(&serde_json::json!({ "checks": checks }));
    }
    let mut table = Table::new(&["AREA", "STATE", "WHAT"]);
    for check in checks {
        let state = match check.state {
            CheckState::Ok => ("ok", Some(Paint::Good)),
            CheckState::Warning => ("warning", Some(Paint::Soon)),
            CheckState::Problem => ("problem", Some(Paint::Bad)),
        };
        let to_do = check.what_to_do.iter().map(|to_do| format!("; {to_do}")).collect::<String>();
        let text = format!("{}{to_do}", check.text);
        table.painted([(check.name, None), state, (&text, None)]);
    }
    out.table(&table)
}

fn bad_config(problems: &Problems) -> Vec<Check> {
    let to_do = "correct it; nothing starts with a bad config";
    problems.0.iter().map(|problem| Check::problem("config", problem.to_string(), to_do)).collect()
}

fn config(loaded: &Loaded) -> Vec<Check> {
    let read = match &loaded.file {
        Some(file) => Check::ok("config", file.display().to_string()),
        None => Check::ok("config", "no config file; every value is a default, a variable or a flag"),
    };
    let warning = |warning: &String| Check::warning("config", warning.clone(), "correct or unset it");
    std::iter::once(read).chain(loaded.warnings.iter().map(warning)).collect()
}

fn home(loaded: &Loaded) -> Vec<Check> {
    let home = &loaded.config.home;
    let writable = folder("home", home, "name another by --home, or make it writable");
    let open = thor_stack::instance::open_to_others(home);
    std::iter::once(writable)
        .chain(open.map(|warning| Check::failed("home", &warning).into_warning()))
        .collect()
}

fn log_file(loaded: &Loaded) -> Vec<Check> {
    let folder_of = loaded.config.log.file.as_deref().and_then(Path::parent);
    folder_of
        .map(|path| folder("log", path, "set log.file to a file in a writable folder"))
        .into_iter()
        .collect()
}

/// Whether files can be written in `path`, or whether it can be created. Leaves nothing behind.
fn folder(name: &'static str, path: &Path, to_do: &str) -> Check {
    let Some(existing) = path.ancestors().find(|above| above.exists()) else {
        return Check::problem(name, format!("{} cannot be created", path.display()), to_do);
    };
    let shown = existing.display();
    if !existing.is_dir() {
        return Check::problem(name, format!("{shown} is not a folder"), to_do);
    }
    match can_write(existing) {
        Err(error) => Check::problem(name, format!("{shown} cannot be written to: {error}"), to_do),
        Ok(()) if existing == path => Check::ok(name, format!("{shown} can be written to")),
        Ok(()) => Check::ok(name, format!("{} does not exist yet and will be created", path.display())),
    }
}

/// Only the system knows (owners, lists of rights, read-only mounts), so it is asked by a file that is removed.
fn can_write(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(format!(".thor-stack-check-{}", std::process::id()));
    std::fs::File::create_new(&probe)?;
    std::fs::remove_file(&probe)
}
