//! `stats`: how often each signal worked.

use super::rounded::rounded;
use super::table::Table;
use super::terminal::Paint;
use super::{Output, exit_code::ExitCode, ledger_file, named};
use serde::Serialize;
use thor_stack::config::Config;
use thor_stack::ledger::{Ledger, Tally};
use thor_stack::rules::backtest::Decided;
use thor_stack::value::{Market, Outcome, Percent, Signal};

/// Show how often each signal worked, over all rows of the ledger.
///
/// The hit rate is the share of the rows that worked among those that were decided by a
/// target or a stop.
///
/// Examples:
///   thor-stack stats
///   thor-stack stats --market USA --future YM
///   thor-stack stats --future TOTAL --json | jq '.signals[] | {signal, worked_percentage}'
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct StatsArgs {
    /// Only this market's rows
    #[arg(long, value_parser = named::market)]
    market: Option<Market>,
    /// Only this future's rows, under whatever symbol; TOTAL is one
    #[arg(long)]
    future: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The rows of one signal, or of all.
#[derive(Serialize)]
struct Line {
    signal: Option<&'static str>,
    rows: i64,
    worked: i64,
    worked_percentage: Option<Share>,
    didnt_work: i64,
    didnt_work_percentage: Option<Share>,
    neutral: i64,
    pending: i64,
}

/// A percentage as JSON has it: text.
struct Share(Percent);

impl Serialize for Share {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Prints the counts.
///
/// # Errors
/// A name is unknown, the ledger cannot be read, or the output cannot be written.
pub(crate) fn run(args: &StatsArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let (market, future) =
        (args.market.map(Market::name), named::optional_future(args.future.as_deref(), config)?);
    let tally = match ledger_file::for_reading(config)? {
        Some(ledger) => ledger.stats(market, future.as_deref())?,
        None => Tally::default(),
    };
    let lines: Vec<Line> =
        Signal::ALL.into_iter().map(Some).chain([None]).map(|signal| line(&tally, signal)).collect();
    let all = total(&lines);
    if args.json {
        out.json(&serde_json::json!({ "market": market, "future": future, "signals": lines, "total": all }))?;
    } else if all.rows == 0 {
        out.line("no rows; `thor-stack run` captures them at each market's open")?;
    } else {
        out.table(&table(&lines, &all))?;
    }
    Ok(ExitCode::Done)
}

fn line(tally: &Tally, signal: Option<Signal>) -> Line {
    let count = |outcome| tally.count(signal, outcome);
    Line {
        signal: signal.map(Signal::as_str),
        rows: tally.total(signal),
        neutral: count(Outcome::Neutral),
        pending: count(Outcome::Pending),
        ..decided(count(Outcome::Worked), count(Outcome::DidntWork))
    }
}

fn total(lines: &[Line]) -> Line {
    let sum = |of: fn(&Line) -> i64| lines.iter().map(of).sum();
    Line {
        rows: sum(|line| line.rows),
        neutral: sum(|line| line.neutral),
        pending: sum(|line| line.pending),
        ..decided(sum(|line| line.worked), sum(|line| line.didnt_work))
    }
}

/// Counts with their shares; without a decided row there is no rate to speak of.
fn decided(worked: i64, didnt_work: i64) -> Line {
    let both = Decided { worked, didnt_work };
    let share = |percent: Percent| Some(Share(percent)).filter(|_| worked + didnt_work > 0);
    Line {
        signal: None,
        rows: 0,
        worked,
        worked_percentage: share(both.worked_percentage()),
        didnt_work,
        didnt_work_percentage: share(both.didnt_work_percentage()),
        neutral: 0,
        pending: 0,
    }
}

fn table(lines: &[Line], all: &Line) -> Table {
    let mut table =
        Table::new(&["SIGNAL", ">ROWS", ">WORKED", ">DIDN'T WORK", ">HIT RATE", ">NEUTRAL", ">PENDING"]);
    for line in lines.iter().filter(|line| line.signal.is_some() || line.rows > 0) {
        table.painted(cells(line.signal.unwrap_or("none"), line));
    }
    table.painted(cells("all", all));
    table
}

fn cells(signal: &str, line: &Line) -> [(String, Option<Paint>); 7] {
    let rate = line.worked_percentage.as_ref().map(|rate| format!("{} %", rounded(rate.0.decimal(), 1)));
    let paint = (line.worked != line.didnt_work).then_some(if line.worked > line.didnt_work {
        Paint::Good
    } else {
        Paint::Bad
    });
    [
        (signal.to_string(), None),
        (line.rows.to_string(), None),
        (line.worked.to_string(), None),
        (line.didnt_work.to_string(), None),
        (rate.unwrap_or_else(|| "-".into()), paint),
        (line.neutral.to_string(), None),
        (line.pending.to_string(), None),
    ]
}
