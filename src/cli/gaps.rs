//! `gaps`: when somebody did not work, for how long, and what that cost.

use super::crashes::{Which, first_line, time};
use super::csv_file::guarded;
use super::quote_line::short;
use super::table::Table;
use super::terminal::Paint;
use super::{Output, exit_code::ExitCode, ledger_file};
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;
use thor_stack::config::Config;
use thor_stack::ledger::{GAPS_KEPT, Gap, Ledger};
use thor_stack::supervise::{Clock, SystemClock};

/// So many stand in the table where no date was asked for.
const LATEST: usize = 100;

/// Show outages, the newest first: when, for how long, and why.
///
/// Reasons are error, panic, hang and spawn (a worker was down, back-off included),
/// bus_down, workbook_stale (saves were further apart than workbook.stale_after),
/// process_down, and suspend (the machine slept, or the process was stopped). When a killed
/// process died is known to the minute, when a sleep began too. Session rows that miss
/// prices because of a gap say so in data_gap.
///
/// Examples:
///   thor-stack gaps
///   thor-stack gaps --supervisor ExcelPollerSupervisor --from 2025-11-28
///   thor-stack gaps --json | jq '.gaps[] | select(.ended_at == null)'
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct GapsArgs {
    #[command(flatten)]
    which: Which,
}

/// Prints gaps.
///
/// # Errors
/// The ledger cannot be read, or the output cannot be written.
pub(crate) fn run(args: &GapsArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let which = &args.which;
    let filter = which.filter()?;
    let whole = which.json || which.csv || filter.from.is_some();
    let limit = if whole { GAPS_KEPT } else { LATEST };
    let gaps = match ledger_file::for_reading(config)? {
        Some(ledger) => ledger.gaps(&filter, limit)?,
        None => Vec::new(),
    };
    if which.json {
        out.json(&json!({ "gaps": gaps }))?;
    } else if which.csv {
        csv(&gaps, out)?;
    } else if gaps.is_empty() {
        out.line("no gaps")?;
    } else {
        out.table(&table(&gaps, SystemClock::new().now()))?;
        if !whole && gaps.len() == LATEST {
            out.line(&format!("\nthe latest {LATEST}; for more, --from DATE, --csv or --json"))?;
        }
    }
    Ok(ExitCode::Done)
}

fn table(gaps: &[Gap], now: Timestamp) -> Table {
    let mut table = Table::new(&["START", "END", ">LASTED", ">CYCLES", "WHO", "WHY", "DETAIL"]);
    for gap in gaps {
        let lasted = gap.ended_at.unwrap_or(now).duration_since(gap.started_at);
        let (end, paint) = match gap.ended_at {
            Some(ended_at) => (time(ended_at), None),
            None => ("goes on".into(), Some(Paint::Bad)),
        };
        let plain = |text: String| (text, None);
        table.painted([
            plain(time(gap.started_at)),
            (end, paint),
            plain(short(Duration::try_from(lasted).unwrap_or_default())),
            plain(gap.cycles_lost.map_or_else(|| "-".into(), |lost| lost.to_string())),
            plain(gap.supervisor.clone().unwrap_or_else(|| "the process".into())),
            plain(gap.reason.to_string()),
            plain(gap.detail.as_deref().map(first_line).unwrap_or_default()),
        ]);
    }
    table
}

fn csv(gaps: &[Gap], out: &mut Output) -> anyhow::Result<()> {
    let mut lines = csv::Writer::from_writer(out);
    lines.write_record(["supervisor", "reason", "started_at", "ended_at", "cycles_lost", "detail"])?;
    for gap in gaps {
        lines.write_record([
            guarded(gap.supervisor.as_deref().unwrap_or_default()).into_owned(),
            gap.reason.to_string(),
            gap.started_at.to_string(),
            gap.ended_at.map(|at| at.to_string()).unwrap_or_default(),
            gap.cycles_lost.map(|lost| lost.to_string()).unwrap_or_default(),
            guarded(gap.detail.as_deref().unwrap_or_default()).into_owned(),
        ])?;
    }
    lines.into_inner().map_err(|error| error.into_error())?.flush()
}
