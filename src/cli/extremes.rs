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
use thor_stack::ledger::{ExtremesState, Ledger, SqliteLedger};
use thor_stack::rules::extremes::{Extreme, Extremes, Pair, Sources, first_day};
use thor_stack::supervise::{Clock, SystemClock};
use thor_stack::value::{Price, bundled_zone};

/// Show the highest and lowest last prices of 52 weeks and of all time, by future.
///
/// They come from the days that the ledger keeps, from seeds, and from the sheet's 52-week
/// columns of today. Where these do not cover 52 weeks, the future is marked as partial:
/// `extremes seed` fills in what was before.
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
        return seed::run(&seed.file, config, new_york(now), out);
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

/// The date in New York, by which highs and lows are dated.
fn new_york(now: Timestamp) -> Date {
    let zone = bundled_zone("America/New_York").unwrap_or(jiff::tz::TimeZone::UTC);
    zone.to_datetime(now).date()
}

/// Those of every future of which the ledger knows anything, in the order shown.
fn lines(ledger: &SqliteLedger, config: &Config, now: Timestamp) -> anyhow::Result<Vec<Line>> {
    let today = new_york(now);
    let (states, seeds, coverage) = (ledger.extremes()?, ledger.seeds()?, ledger.coverage()?);
    let known = states.iter().map(|it| &it.future).chain(seeds.iter().map(|it| &it.future));
    let mut futures: Vec<&String> = known.chain(coverage.iter().map(|(future, _)| future)).collect();
    let order: Vec<&str> = config.instruments.iter().map(|one| one.name.as_str()).collect();
    futures
        .sort_by_key(|future| (order.iter().position(|name| name == future).unwrap_or(order.len()), *future));
    futures.dedup();
    let line = |future: &&String| {
        let days = ledger.days(future, first_day(today))?;
        let state = states.iter().find(|state| state.future == **future);
        let seeds: Vec<Pair> =
            seeds.iter().filter(|seed| seed.future == **future).map(|seed| seed.pair).collect();
        let sources = Sources {
            days: &days,
            seeds: &seeds,
            sheet: state.map_or((None, None), |state| of_sheet(state, today)),
            coverage_from: coverage.iter().find(|(name, _)| name == *future).map(|(_, from)| *from),
            all_time: state.map(|state| state.all_time).unwrap_or_default(),
            last: state.and_then(|state| state.last),
        };
        Ok(Line { future: (*future).clone(), extremes: Extremes::of(&sources, today) })
    };
    futures.iter().map(line).collect()
}

/// What the sheet said today: the extremes of today's state that have no date.
fn of_sheet(state: &ExtremesState, today: Date) -> (Option<Price>, Option<Price>) {
    let is_of_today = state.last.is_some_and(|(_, at)| new_york(at) == today);
    let undated = |it: Option<Extreme>| it.filter(|it| is_of_today && it.date.is_none()).map(|it| it.price);
    (undated(state.weeks52.high), undated(state.weeks52.low))
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
