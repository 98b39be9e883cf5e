//! The command line program: parse, load the config, log, dispatch, one exit code.

mod args;
mod exit_code;
mod output;
mod overrun;
mod rounded;
mod table;
mod terminal;

mod log_sink;
mod logging;
mod signals;

mod hold;
mod lifeline;
mod parent;
mod running;
mod stage;
mod systemd;

mod follow;
mod local_quotes;
mod quote_line;
mod shared_lease;

mod csv_file;
mod ledger_file;
mod named;

mod calendar;
mod capture;
mod check;
mod completions;
mod config;
mod crashes;
mod demo;
mod driven;
mod extremes;
mod gaps;
mod ledger;
mod markets;
mod poll;
mod quotes;
mod replay;
mod restart;
mod run;
mod service;
mod sessions;
mod start;
mod stats;
mod status;
mod stop;

use args::{Command, CommandLine};
use exit_code::{ExitCode, UNSTARTED};
use logging::Logging;
use output::Output;
use stage::Stage;
use terminal::Color;
use thor_stack::config::{Loaded, Problems, load};

/// Runs the program that the process's arguments ask for.
pub(crate) fn main() -> std::process::ExitCode {
    thor_stack::os::memory::share_heap();
    let typed = match args::parse(std::env::args_os()) {
        Ok(typed) => typed,
        Err(message) => return usage(&message).into(),
    };
    if let Some(stage) = typed.stage {
        stage.detach();
    }
    let logging = Logging::start(typed.stage.map_or(typed.global.color, |_| Color::Never));
    let code = run(&typed, &logging).unwrap_or_else(|error| {
        // The one place where a chain of errors is printed.
        logging.say(&format!("thor-stack: {error:#}"));
        ExitCode::of(&error)
    });
    logging.finish();
    match typed.stage {
        Some(Stage::Child) if code == ExitCode::Failed && !run::has_begun() => UNSTARTED.into(),
        Some(Stage::Child) => code.for_parent().into(),
        _ => code.into(),
    }
}

/// Help and version are results; everything else is a bad command line.
fn usage(message: &clap::Error) -> ExitCode {
    // A reader that has gone away misses nothing.
    message.print().ok();
    if message.use_stderr() { ExitCode::Usage } else { ExitCode::Done }
}

fn run(typed: &CommandLine, logging: &Logging) -> anyhow::Result<ExitCode> {
    let mut out = Output::stdout(typed.global.color);
    let loaded = load(&typed.sources());
    if let Ok(loaded) = &loaded {
        let log = match &typed.command {
            _ if typed.stage.is_some() => Stage::log(&loaded.config),
            Some(Command::Replay(_) | Command::Demo(_)) => driven::log(loaded),
            _ => loaded.config.log.clone(),
        };
        logging.install(&log, typed.stage.is_some())?;
        // A detached stack's parent has nothing to add to what its child says of the config.
        for warning in loaded.warnings.iter().filter(|_| typed.stage != Some(Stage::Parent)) {
            log::warn!("{warning}");
        }
    }
    let status = Command::Status(status::StatusArgs::default());
    let command = typed.command.as_ref().unwrap_or(&status);
    let code = dispatch(command, typed.stage, &loaded, &mut out, logging)?;
    out.flush()?;
    Ok(code)
}

fn dispatch(
    command: &Command,
    stage: Option<Stage>,
    loaded: &Result<Loaded, Problems>,
    out: &mut Output,
    logging: &Logging,
) -> anyhow::Result<ExitCode> {
    match (command, loaded) {
        // What works on a bad config too.
        (Command::Completions(args), _) => completions::run(args, out),
        (Command::Check(args), loaded) => check::run(args, loaded, out),
        (_, Err(problems)) => Ok(bad_config(problems, logging)),
        (Command::Config(args), Ok(loaded)) => config::run(args, loaded, out),
        (Command::Run(args), Ok(loaded)) => run::run(args, &loaded.config),
        (Command::Start(args), Ok(loaded)) => start::run(args, stage, &loaded.config, out),
        (Command::Stop(args), Ok(loaded)) => stop::run(args, &loaded.config, out),
        (Command::Restart(args), Ok(loaded)) => restart::run(args, &loaded.config, out),
        (Command::Status(args), Ok(loaded)) => status::run(args, &loaded.config, out),
        (Command::Replay(args), Ok(loaded)) => replay::run(args, loaded, out),
        (Command::Demo(args), Ok(loaded)) => demo::run(args, loaded, out),
        (Command::Poll(args), Ok(loaded)) => poll::run(args, loaded, out),
        (Command::Quotes(args), Ok(loaded)) => quotes::run(args, loaded, out),
        (Command::Markets(args), Ok(loaded)) => markets::run(args, &loaded.config, out),
        (Command::Calendar(args), Ok(loaded)) => calendar::run(args, &loaded.config, out),
        (Command::Capture(args), Ok(loaded)) => capture::run(args, &loaded.config, out),
        (Command::Sessions(args), Ok(loaded)) => sessions::run(args, &loaded.config, out),
        (Command::Stats(args), Ok(loaded)) => stats::run(args, &loaded.config, out),
        (Command::Extremes(args), Ok(loaded)) => extremes::run(args, &loaded.config, out),
        (Command::Crashes(args), Ok(loaded)) => crashes::run(args, &loaded.config, out),
        (Command::Gaps(args), Ok(loaded)) => gaps::run(args, &loaded.config, out),
        (Command::Ledger(args), Ok(loaded)) => ledger::run(args, &loaded.config, out),
        (Command::Service(args), Ok(loaded)) => service::run(args, &loaded.config, out),
    }
}

fn bad_config(problems: &Problems, logging: &Logging) -> ExitCode {
    for problem in &problems.0 {
        logging.say(&format!("thor-stack: {problem}"));
    }
    logging.say(
        "thor-stack: nothing was started; correct the config (thor-stack config --sample shows every key)",
    );
    ExitCode::Usage
}
