//! The command line as typed.

use super::exit_code::ExitCode;
use super::stage::Stage;
use super::terminal::Color;
use super::{
    calendar, capture, check, completions, config, crashes, demo, extremes, gaps, ledger, markets, poll,
    quotes, replay, restart, run, sessions, start, stats, status, stop,
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
/// wrong and what to do. No command shows the status.
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
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The config file [default: $THOR_STACK_CONFIG, else config.toml in the home folder]
    #[arg(long, global = true, value_name = "FILE", display_order = 100)]
    config: Option<PathBuf>,
    /// The folder of lock, ledger and logs [default: the platform's data folder]
    #[arg(long, global = true, value_name = "DIR", display_order = 101)]
    home: Option<PathBuf>,
    /// The least important level that is logged
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        value_parser = ["off", "error", "warn", "info", "debug", "trace"],
        display_order = 103,
    )]
    log: Option<String>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", display_order = 104)]
    pub(crate) color: Color,
}

/// What to do. Each command's help is the doc comment of its arguments; one here would hide it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(run::RunArgs),
    Start(start::StartArgs),
    Stop(stop::StopArgs),
    Restart(restart::RestartArgs),
    Status(status::StatusArgs),
    Poll(poll::PollArgs),
    Quotes(quotes::QuotesArgs),
    Markets(markets::MarketsArgs),
    Calendar(calendar::CalendarArgs),
    Capture(capture::CaptureArgs),
    Sessions(sessions::SessionsArgs),
    Stats(stats::StatsArgs),
    Extremes(extremes::ExtremesArgs),
    Replay(replay::ReplayArgs),
    Demo(demo::DemoArgs),
    Crashes(crashes::CrashesArgs),
    Gaps(gaps::GapsArgs),
    Ledger(ledger::LedgerArgs),
    Check(check::CheckArgs),
    Config(config::ConfigArgs),
    Completions(completions::CompletionsArgs),
    #[command(hide = true)]
    Service(super::service::ServiceArgs),
}

impl Command {
    /// Which part of a detached stack the command is by itself: a service has neither terminal nor parent.
    fn stage(&self) -> Option<Stage> {
        match self {
            Command::Service(_) => Some(Stage::Alone),
            _ => None,
        }
    }

    /// Options that stand for one key of the config.
    fn flags(&self) -> Vec<Flag> {
        match self {
            Command::Run(args) => args.options.flags(),
            Command::Start(args) => args.flags(),
            Command::Poll(args) => args.flags(),
            Command::Check(args) => args.flags(),
            Command::Service(args) => args.flags(),
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
    let stage = parsed.stage.or_else(|| parsed.command.as_ref().and_then(Command::stage));
    Ok(CommandLine { sets, stage, ..parsed })
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
        .display_order(102)
        .help_heading("Options of every command")
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

    /// A doc comment on a variant would replace the one on the command's arguments, examples and all.
    #[test]
    fn the_help_of_each_command_teaches() {
        fn leaves(command: clap::Command, found: &mut Vec<clap::Command>) {
            let below: Vec<_> =
                command.get_subcommands().filter(|below| below.get_name() != "help").cloned().collect();
            if below.is_empty() || !command.is_subcommand_required_set() {
                found.push(command);
            }
            below.into_iter().for_each(|below| leaves(below, found));
        }
        let mut all = Vec::new();
        command()
            .get_subcommands()
            .filter(|below| below.get_name() != "help")
            .for_each(|below| leaves(below.clone(), &mut all));
        assert!(all.len() > 15, "{} commands", all.len());
        for mut command in all {
            let help = command.render_long_help().to_string();
            assert!(help.contains("Example"), "no example in the help of {}:\n{help}", command.get_name());
        }
    }

    /// Sentences broke in the middle.
    #[test]
    fn a_list_of_commands_has_a_line_for_each_on_a_narrow_terminal_too() {
        fn check(command: clap::Command) {
            let below: Vec<_> = command.get_subcommands().cloned().collect();
            let shown = below.iter().filter(|below| !below.is_hide_set()).count();
            let help = command.term_width(80).render_help().to_string();
            let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
            let list: Vec<&str> = list.take_while(|line| !line.is_empty()).collect();
            // Where there are any, clap adds `help`.
            assert_eq!(list.len(), shown + usize::from(shown > 0), "{help}");
            below.into_iter().for_each(check);
        }
        check(command());
    }

    #[test]
    fn sets_before_and_after_the_command_are_kept_in_order() {
        let typed = ["thor-stack", "--set", "a=1", "--set", "b=2", "config", "--set", "a=3", "--json"];
        let parsed = parse(typed.map(OsString::from)).unwrap();
        assert_eq!(parsed.sets, ["a=1", "b=2", "a=3"]);
    }
}
