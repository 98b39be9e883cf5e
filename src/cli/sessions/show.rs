//! `sessions show`: one session with its book, and how the market went.

use super::table::{shown, trades};
use crate::cli::rounded::{rounded, signed};
use crate::cli::table::Table;
use crate::cli::{Output, exit_code::ExitCode, ledger_file, named};
use serde_json::json;
use thor_stack::config::Config;
use thor_stack::ledger::{Ledger, StoredSession};
use thor_stack::value::{Percent, Price, SessionRow};

/// Show one session: its trades, its book and its market.
///
/// Examples:
///   thor-stack sessions show 17
///   thor-stack sessions show 17 --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ShowArgs {
    /// The session's number, as `sessions` shows it
    #[arg(value_name = "N", value_parser = named::number)]
    number: i64,
    /// Print JSON, as `sessions` does
    #[arg(long)]
    json: bool,
}

/// Prints the session.
///
/// # Errors
/// There is no such session, the ledger cannot be read, or the output cannot be written.
pub(super) fn run(args: &ShowArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let rows = match ledger_file::for_reading(config)? {
        Some(ledger) => ledger.session(args.number)?,
        None => Vec::new(),
    };
    let rows: Vec<&SessionRow> = rows.iter().map(|StoredSession { row, .. }| row).collect();
    let [first, ..] = rows[..] else {
        anyhow::bail!("no session {}; `thor-stack sessions` lists the latest", args.number)
    };
    if args.json {
        out.json(&json!({ "sessions": rows, "missed": [] }))?;
    } else {
        out.line(&title(first))?;
        out.line("")?;
        out.table(&trades(rows.iter().copied()))?;
        out.line("")?;
        out.table(&day(&rows))?;
        notes(&rows, out)?;
    }
    Ok(ExitCode::Done)
}

fn title(row: &SessionRow) -> String {
    let id = &row.id;
    let delay = row.record.capture_delay_ms.map(|delay| format!(", {delay} ms after the open"));
    format!(
        "session {}: {} on {} {:04}-{:02}-{:02}, captured {}{}",
        id.session_number.unwrap_or_default(),
        id.country,
        id.day,
        id.year,
        id.month,
        id.date,
        id.captured_at.strftime("%Y-%m-%d %H:%M:%SZ"),
        delay.unwrap_or_default()
    )
}

fn day(rows: &[&SessionRow]) -> Table {
    let mut table = Table::new(&[
        "FUTURE",
        ">BID",
        ">ASK",
        ">SPREAD",
        ">LAST",
        ">VOLUME",
        ">OPEN",
        ">HIGH",
        ">LOW",
        ">CLOSE",
        ">CHANGE %",
    ]);
    for row in rows {
        let (book, market) = (&row.book, &row.market);
        let prices = [book.bid_price, book.ask_price, book.spread, book.last_price];
        let volume = book.volume.map_or_else(|| "-".into(), |volume| volume.to_string());
        let path = [market.market_open, market.market_high_open, market.market_low_open, market.market_close];
        let change = market.market_close_vs_open_pct.map_or_else(|| "-".into(), percent);
        let cells = std::iter::once(row.id.future.clone())
            .chain(prices.map(shown))
            .chain([volume])
            .chain(path.map(shown))
            .chain([change]);
        table.row(cells);
    }
    table
}

fn percent(percent: Percent) -> String {
    signed(percent.decimal(), 2)
}

/// What stands in one row alone, and what was missing.
fn notes(rows: &[&SessionRow], out: &mut Output) -> anyhow::Result<()> {
    let average = |row: &&SessionRow| {
        row.composite.weighted_average.map(|average| (average, row.composite.instrument_count))
    };
    if let Some((average, count)) = rows.iter().find_map(average) {
        let count = count.map_or_else(|| "?".into(), |count: i64| count.to_string());
        out.line(&format!("\nTOTAL: weighted average {} over {count} instruments", three(average)))?;
    }
    for row in rows {
        if let Some(gap) = &row.record.data_gap {
            out.line(&format!("{}: {gap}", row.id.future))?;
        }
    }
    Ok(())
}

/// Three decimals are shown, six are kept.
fn three(average: Price) -> String {
    rounded(average.decimal(), 3)
}
