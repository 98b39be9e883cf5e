//! `extremes`: the 52-week highs and lows; `extremes seed`.

mod seed;

use super::table::Table;
use super::terminal::Paint;
use super::{Output, exit_code::ExitCode, ledger_file};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use std::path::PathBuf;
use thor_stack::config::Config;
use thor_stack::ledger::{KnownExtremes, SqliteLedger};
use thor_stack::rules::extremes::{Extreme, Extremes, day_of};
use thor_stack::supervise::{Clock, SystemClock};
use thor_stack::value::Price;

/// Show the highs and lows of 52 weeks and of all time, by future.
///
/// They are of last prices, and come from the days that the ledger keeps, from seeds, and
/// from the sheet's 52-week columns of today. Where these do not cover 52 weeks, the future
/// is marked as partial: `extremes seed` fills in what was before.
///
/// Examples:
///   thor-stack extremes
///   thor-stack extremes --json | jq '.extremes[] | select(.partial) | .future'
///   thor-stack extremes seed seeds.csv
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub(crate) struct ExtremesArgs {
    #[command(subcommand)]
    command: Option<ExtremesCommand>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What else there is to do with extremes.
#[derive(Debug, clap::Subcommand)]
enum ExtremesCommand {
    Seed(SeedArgs),
}

/// Say what the 52-week highs and lows were before the ledger had days.
///
/// The first line of the file names the columns: future, high, high_date, low, low_date.
/// High or low may be left out; the one that is there needs its date. A future's seed
/// replaces its earlier one. With any bad line nothing is seeded.
///
/// Example of a file:
///   future,high,high_date,low,low_date
///   YM,48528,2025-11-12,36708,2025-04-07
///   ZB,119.5625,2025-10-22,110.03125,2025-05-22
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
struct SeedArgs {
    /// The file
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
}

/// A future's extremes.
#[derive(Serialize)]
struct Line {
    future: String,
    #[serde(flatten)]
    extremes: Extremes,
}

/// Prints the extremes, or seeds them.
///
/// # Errors
/// A file is bad, the ledger cannot be read or written, or the output cannot be written.
pub(crate) fn run(args: &ExtremesArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let now = SystemClock::new().now();
    if let Some(ExtremesCommand::Seed(seed)) = &args.command {
        return seed::run(&seed.file, config, day_of(now), out);
    }
    let lines = match ledger_file::for_reading(config)? {
        Some(ledger) => lines(&ledger, config, now)?,
        None => Vec::new(),
    };
    if args.json {
        out.json(&serde_json::json!({ "at": now, "extremes": lines }))?;
    } else if lines.is_empty() {
        out.line(
            "no extremes yet: `thor-stack run` keeps them while a market is open, `extremes seed` fills in",
        )?;
    } else {
        out.table(&table(&lines))?;
    }
    Ok(ExitCode::Done)
}

/// Those of every future of which the ledger knows anything, in the order shown.
fn lines(ledger: &SqliteLedger, config: &Config, now: Timestamp) -> anyhow::Result<Vec<Line>> {
    let today = day_of(now);
    let line = |(future, known): (String, KnownExtremes)| {
        let extremes = known.as_of(today, of_sheet(&known, today));
        Line { future, extremes }
    };
    let mut lines: Vec<Line> = KnownExtremes::load(ledger, today)?.into_iter().map(line).collect();
    let order = |line: &Line| config.instruments.iter().position(|one| one.name == line.future);
    lines.sort_by_key(|line| order(line).unwrap_or(usize::MAX)); // stable: the others stay by name
    Ok(lines)
}

/// What the sheet said today: the extremes of today's state that have no date.
fn of_sheet(known: &KnownExtremes, today: Date) -> (Option<Price>, Option<Price>) {
    let is_of_today = known.last.is_some_and(|(_, at)| day_of(at) == today);
    let undated = |it: Option<Extreme>| it.filter(|it| is_of_today && it.date.is_none()).map(|it| it.price);
    (undated(known.weeks52.high), undated(known.weeks52.low))
}

fn table(lines: &[Line]) -> Table {
    let mut table = Table::new(&[
        "FUTURE",
        ">52W HIGH",
        "ON",
        ">52W LOW",
        "ON",
        ">LAST",
        ">ALL-TIME HIGH",
        ">ALL-TIME LOW",
        "DAYS SINCE",
        "",
    ]);
    for Line { future, extremes } in lines {
        let since = extremes.coverage_from.map_or_else(|| "-".into(), |from| from.to_string());
        let partial =
            if extremes.partial { ("partial".into(), Some(Paint::Soon)) } else { (String::new(), None) };
        let cells = [
            future.clone(),
            price(extremes.high),
            date(extremes.high),
            price(extremes.low),
            date(extremes.low),
            extremes.last.map_or_else(|| "-".into(), |last| last.to_string()),
            price(extremes.all_time_high),
            price(extremes.all_time_low),
            since,
        ];
        table.painted(cells.into_iter().map(|cell| (cell, None)).chain([partial]));
    }
    table
}

fn price(extreme: Option<Extreme>) -> String {
    extreme.map_or_else(|| "-".into(), |extreme| extreme.price.to_string())
}

fn date(extreme: Option<Extreme>) -> String {
    extreme.and_then(|extreme| extreme.date).map_or_else(|| "-".into(), |date| date.to_string())
}
