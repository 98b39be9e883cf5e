//! The command line as typed.

use super::exit_code::ExitCode;
use super::stage::Stage;
use super::terminal::Color;
use super::{
    calendar, capture, check, completions, config, demo, driven, extremes, ledger, markets, poll, quotes,
    replay, restart, run, sessions, start, stats, status, stop,
};
use clap::{Arg, ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;
use thor_stack::config::{Flag, Sources};

/// Starts and keeps alive the background workers of a futures trader's stack.
///
/// Quotes come from a workbook that Excel keeps saving, and go to the board in this process and to Redis. Every
/// setting has a default: `thor-stack config` shows each value and where it came from, `thor-stack check` what is
/// wrong and what to do.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) global: Global,
    /// Without one: status
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Which part of a detached stack this is; given by `start`, never typed.
    #[arg(long, hide = true)]
    pub(crate) stage: Option<Stage>,
    /// Texts of `--set`, before and after the command, in order.
    #[arg(skip)]
    pub(crate) sets: Vec<String>,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The config file [default: $THOR_STACK_CONFIG, else config.toml in the home folder]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of lock, ledger and logs [default: the platform's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// The least important level that is logged
    #[arg(long, global = true, value_name = "LEVEL", value_parser = ["off", "error", "warn", "info", "debug", "trace"])]
    log: Option<String>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the stack in the foreground until Ctrl-C or SIGTERM
    Run(run::RunArgs),
    /// Start the stack in the background
    Start(start::StartArgs),
    /// Stop the stack
    Stop(stop::StopArgs),
    /// Restart supervisors of the running stack
    Restart(restart::RestartArgs),
    /// Show the stack and each supervisor; what no command does too
    Status(status::StatusArgs),
    /// Read the workbook once and publish what it says
    Poll(poll::PollArgs),
    /// Show the latest quotes with their age
    Quotes(quotes::QuotesArgs),
    /// Show each market: its state, its next event and the time to it
    Markets(markets::MarketsArgs),
    /// Show the sessions of a market
    Calendar(calendar::CalendarArgs),
    /// Capture the open of a market now, by hand
    Capture(capture::CaptureArgs),
    /// Show captured rows and their grades
    Sessions(sessions::SessionsArgs),
    /// Show how often each signal worked
    Stats(stats::StatsArgs),
    /// Show the 52-week highs and lows
    Extremes(extremes::ExtremesArgs),
    /// Play recorded days again, through the same code, into a ledger of their own
    Replay(replay::ReplayArgs),
    /// Watch a whole simulated trading day, from the first open to the last close
    Demo(demo::DemoArgs),
    /// Look after the ledger
    Ledger(ledger::LedgerArgs),
    /// Look at config, workbook, bus, ledger and calendar: every problem on a line, with what to do
    Check(check::CheckArgs),
    /// Show the effective values and where each came from
    Config(config::ConfigArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}

impl Command {
    /// Options that stand for one key of the config.
    fn flags(&self) -> Vec<Flag> {
        match self {
            Command::Run(args) => args.options.flags(),
            Command::Start(args) => args.flags(),
            Command::Poll(args) => args.flags(),
            Command::Replay(_) | Command::Demo(_) => vec![driven::quiet()],
            Command::Check(args) => args.flags(),
            _ => Vec::new(),
        }
    }
}

/// The flag `name` that stands for `key`, where it was typed.
pub(crate) fn flag(name: &'static str, key: &'static str, value: Option<Cow<'_, str>>) -> Vec<Flag> {
    value.map(|value| Flag { name, key, value: value.into_owned() }).into_iter().collect()
}

/// The command line that `typed` is, the program's name first.
///
/// # Errors
/// What clap says about it, help and version included.
pub(crate) fn parse(typed: impl IntoIterator<Item = OsString>) -> Result<CommandLine, clap::Error> {
    let mut matches = command().try_get_matches_from(typed)?;
    let sets = sets(&matches);
    let parsed = CommandLine::from_arg_matches_mut(&mut matches)?;
    Ok(CommandLine { sets, ..parsed })
}

/// The whole command line, as completions need it too.
pub(crate) fn command() -> clap::Command {
    with_set(CommandLine::command()).after_help(ExitCode::help())
}

/// `command` and each command below it with `--set`. A global option would forget what stands before the command
/// as soon as one stands after it.
fn with_set(command: clap::Command) -> clap::Command {
    let set = Arg::new("set")
        .long("set")
        .value_name("KEY=VALUE")
        .action(ArgAction::Append)
        .help("Set one key of the config, such as workbook.interval=3s; repeatable");
    command.arg(set).mut_subcommands(with_set)
}

fn sets(matches: &ArgMatches) -> Vec<String> {
    let own = matches.get_many::<String>("set").into_iter().flatten().cloned();
    let below = matches.subcommand().map(|(_, below)| sets(below)).unwrap_or_default();
    own.chain(below).collect()
}

impl CommandLine {
    /// What the configuration is read from.
    pub(crate) fn sources(&self) -> Sources {
        let log = self.global.log.iter().map(|level| Flag {
            name: "--log",
            key: "log.level",
            value: level.clone(),
        });
        Sources {
            config: self.global.config.clone(),
            home: self.global.home.clone(),
            flags: self.command.iter().flat_map(Command::flags).chain(log).collect(),
            sets: self.sets.clone(),
            ..Sources::of_process()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn sets_before_and_after_the_command_are_kept_in_order() {
        let typed = ["thor-stack", "--set", "a=1", "--set", "b=2", "config", "--set", "a=3", "--json"];
        let parsed = parse(typed.map(OsString::from)).unwrap();
        assert_eq!(parsed.sets, ["a=1", "b=2", "a=3"]);
    }
}
