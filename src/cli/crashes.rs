//! `crashes`: failures of workers, with how often they came; `crashes show`.

use super::csv_file::guarded;
use super::table::Table;
use super::terminal::printable;
use super::{Output, exit_code::ExitCode, ledger_file, named};
use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::json;
use thor_stack::config::Config;
use thor_stack::ledger::{CRASHES_KEPT, Crash, Ledger, RecordFilter, StoredCrash};

/// So many characters of a text stand in the table.
const TEXT: usize = 60;

/// Show failures of workers, the newest first.
///
/// They are panics, errors, hangs and refused threads. One that comes again (the same
/// supervisor, kind, text and place) is counted, not listed again. The newest 500 are kept.
/// They are read from the ledger, whether the stack runs or not.
///
/// Examples:
///   thor-stack crashes
///   thor-stack crashes --supervisor ExcelPollerSupervisor --from 2025-11-28
///   thor-stack crashes show 3
///   thor-stack crashes --json | jq '.crashes[] | {supervisor, message, count}'
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub(crate) struct CrashesArgs {
    #[command(subcommand)]
    command: Option<CrashesCommand>,
    #[command(flatten)]
    which: Which,
}

/// What else there is to do with crashes.
#[derive(Debug, clap::Subcommand)]
enum CrashesCommand {
    Show(ShowArgs),
}

/// Which records, and how they are printed; `gaps` takes the same.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// Only this supervisor's
    #[arg(long, value_name = "NAME")]
    supervisor: Option<String>,
    /// From this date on, by UTC
    #[arg(long, value_name = "DATE", value_parser = named::date)]
    from: Option<Date>,
    /// Up to this date, included, by UTC
    #[arg(long, value_name = "DATE", value_parser = named::date)]
    to: Option<Date>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print CSV
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
}

/// Show one failure with its stack and what happened before.
///
/// Of the stack, functions are named; files and lines are where the program was built with
/// them. A panic of a host without the library's panic hook has neither place nor stack.
///
/// Examples:
///   thor-stack crashes show 3
///   thor-stack crashes show 3 --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
struct ShowArgs {
    /// The failure's number, as `crashes` shows it
    #[arg(value_name = "N", value_parser = named::number)]
    number: i64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints crashes.
///
/// # Errors
/// There is no such crash, the ledger cannot be read, or the output cannot be written.
pub(crate) fn run(args: &CrashesArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    if let Some(CrashesCommand::Show(args)) = &args.command {
        return show(args, config, out);
    }
    let filter = args.which.filter()?;
    let crashes = match ledger_file::for_reading(config)? {
        Some(ledger) => ledger.crashes(&filter, CRASHES_KEPT)?,
        None => Vec::new(),
    };
    if args.which.json {
        out.json(&json!({ "crashes": crashes }))?;
    } else if args.which.csv {
        csv(&crashes, out)?;
    } else if crashes.is_empty() {
        out.line("no crashes")?;
    } else {
        out.table(&table(&crashes))?;
    }
    Ok(ExitCode::Done)
}

impl Which {
    /// The filter that was typed; dates are whole UTC days.
    ///
    /// # Errors
    /// The range ends before it begins.
    pub(crate) fn filter(&self) -> anyhow::Result<RecordFilter> {
        named::in_order(self.from, self.to)?;
        let start = |date: Date| jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0));
        Ok(RecordFilter {
            supervisor: self.supervisor.clone(),
            from: self.from.map(start).transpose()?,
            before: self.to.map(|to| start(to.saturating_add(1.days()))).transpose()?,
        })
    }
}

fn table(crashes: &[StoredCrash]) -> Table {
    let mut table = Table::new(&[">NO", "LAST", ">TIMES", "SUPERVISOR", "KIND", "WHAT", "WHERE"]);
    for StoredCrash { number, crash } in crashes {
        table.row([
            number.to_string(),
            time(crash.last_at),
            crash.count.to_string(),
            crash.supervisor.clone(),
            crash.kind.to_string(),
            first_line(&crash.message),
            crash.location.as_deref().map(in_sources).unwrap_or_default().to_owned(),
        ]);
    }
    table
}

/// An instant to the second, as tables show it.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The beginning of a text.
pub(crate) fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= TEXT && line.len() == text.trim_end().len() {
        return line.to_owned();
    }
    line.chars().take(TEXT).chain(['…']).collect()
}

/// A place in a crate without the folders that the crates were built in.
fn in_sources(location: &str) -> &str {
    location
        .rfind("/src/")
        .and_then(|at| location[..at].rfind(['/', '\\']))
        .map_or(location, |at| &location[at + 1..])
}

fn show(args: &ShowArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let crash = match ledger_file::for_reading(config)? {
        Some(ledger) => ledger.crash(args.number)?,
        None => None,
    };
    let Some(stored) = crash else {
        anyhow::bail!("no crash {}; `thor-stack crashes` lists those that are kept", args.number)
    };
    if args.json {
        out.json(&stored)?;
    } else {
        text(&stored, &mut |line| out.line(&printable(line)))?;
    }
    Ok(ExitCode::Done)
}

fn text(
    StoredCrash { number, crash }: &StoredCrash,
    line: &mut dyn FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let Crash { supervisor, kind, message, count, generation, first_at, last_at, .. } = crash;
    line(&format!("crash {number}: {kind} in {supervisor}, generation {generation}"))?;
    message.lines().try_for_each(|part| line(&format!("  {part}")))?;
    if let Some(location) = &crash.location {
        line(&format!("at     {location}"))?;
    }
    if let Some(phase) = &crash.phase {
        line(&format!("while  {phase}"))?;
    }
    match count {
        1 => line(&format!("when   {last_at}"))?,
        _ => line(&format!("when   {count} times, from {first_at} to {last_at}"))?,
    }
    section("before it", crash.events.iter().map(String::as_str), line)?;
    section("stack", crash.stack.iter().flat_map(|stack| stack.lines()), line)
}

fn section<'a>(
    title: &str,
    lines: impl Iterator<Item = &'a str>,
    line: &mut dyn FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for (at, text) in lines.enumerate() {
        if at == 0 {
            line("")?;
            line(title)?;
        }
        line(&format!("  {text}"))?;
    }
    Ok(())
}

fn csv(crashes: &[StoredCrash], out: &mut Output) -> anyhow::Result<()> {
    let mut lines = csv::Writer::from_writer(out);
    let header = [
        "number",
        "supervisor",
        "kind",
        "message",
        "location",
        "phase",
        "generation",
        "first_at",
        "last_at",
        "count",
    ];
    lines.write_record(header)?;
    for StoredCrash { number, crash } in crashes {
        let text = |text: &str| guarded(text).into_owned();
        lines.write_record([
            number.to_string(),
            text(&crash.supervisor),
            crash.kind.to_string(),
            text(&crash.message),
            text(crash.location.as_deref().unwrap_or_default()),
            text(crash.phase.as_deref().unwrap_or_default()),
            crash.generation.to_string(),
            crash.first_at.to_string(),
            crash.last_at.to_string(),
            crash.count.to_string(),
        ])?;
    }
    lines.into_inner().map_err(|error| error.into_error())?.flush()
}
