//! The command line program: parse, load the config, log, dispatch, one exit code.

mod args;
mod exit_code;
mod output;
mod table;
mod terminal;

mod log_file;
mod log_sink;
mod logging;
mod signals;

mod follow;
mod quote_line;

mod check;
mod completions;
mod config;
mod poll;
mod quotes;
mod run;

use args::{Command, CommandLine};
use exit_code::ExitCode;
use logging::Logging;
use output::Output;
use thor_stack::config::{Loaded, Problems, load};

/// Runs the program that the process's arguments ask for.
pub(crate) fn main() -> std::process::ExitCode {
    let typed = match args::parse(std::env::args_os()) {
        Ok(typed) => typed,
        Err(message) => return usage(&message).into(),
    };
    let logging = Logging::start(typed.global.color);
    let code = run(&typed, &logging).unwrap_or_else(|error| {
        // The one place where a chain of errors is printed.
        logging.say(&format!("thor-stack: {error:#}"));
        ExitCode::of(&error)
    });
    logging.finish();
    code.into()
}

/// Help and version are results; everything else is a bad command line.
fn usage(message: &clap::Error) -> ExitCode {
    // A reader that has gone away misses nothing.
    message.print().ok();
    if message.use_stderr() { ExitCode::Usage } else { ExitCode::Done }
}

fn run(typed: &CommandLine, logging: &Logging) -> anyhow::Result<ExitCode> {
    let mut out = Output::stdout();
    let loaded = load(&typed.sources());
    if let Ok(loaded) = &loaded {
        logging.install(&loaded.config.log)?;
        for warning in &loaded.warnings {
            log::warn!("{warning}");
        }
    }
    let code = dispatch(&typed.command, &loaded, &mut out, logging)?;
    out.flush()?;
    Ok(code)
}

fn dispatch(
    command: &Command,
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
        (Command::Run(args), Ok(loaded)) => run::run(args, loaded, out),
        (Command::Poll(args), Ok(loaded)) => poll::run(args, loaded, out),
        (Command::Quotes(args), Ok(loaded)) => quotes::run(args, loaded, out),
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
