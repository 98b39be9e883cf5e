//! `poll --once`: one read of the workbook, published to the configured bus.

use super::quote_line::quote_table;
use super::table::Table;
use super::{Output, exit_code::ExitCode, shared_lease};
use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thor_stack::board::{Board, BoardSnapshot};
use thor_stack::config::{BusUrl, Config, Flag, Loaded};
use thor_stack::feed::{Look, WorkbookReader};
use thor_stack::outlet::{self, BusWatch, Edition, PublishedQuote, PublisherTerms, quote_json};
use thor_stack::supervise::{Clock, Context, Generation, SystemClock};
use thor_stack::value::{RejectedCell, Sheet, Symbol};

/// Read the workbook once and publish it to the configured bus.
///
/// Cells that cannot be read are listed and are no failure. While another process
/// publishes, nothing is published and the exit code is 1; --dry-run only reads.
///
/// Examples:
///   thor-stack poll --once --workbook RTD_TOS.xlsm
///   thor-stack poll --once --dry-run --json | jq -r '.quotes[].symbol'
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct PollArgs {
    /// Read once (polling again and again is `run`)
    #[arg(long, required = true)]
    once: bool,
    /// The workbook to read [default: workbook.path of the config]
    #[arg(long, value_name = "FILE")]
    workbook: Option<PathBuf>,
    /// The sheet's name [default: workbook.sheet of the config]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// The block to read, header row first [default: workbook.range of the config]
    #[arg(long, value_name = "A1:N13")]
    range: Option<String>,
    /// Read and print, publish nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl PollArgs {
    /// The options that stand for one key of the config.
    pub(crate) fn flags(&self) -> Vec<Flag> {
        let workbook = self.workbook.as_ref().map(|path| path.to_string_lossy());
        let mut flags = super::args::flag("--workbook", "workbook.path", workbook);
        flags.extend(super::args::flag("--sheet", "workbook.sheet", self.sheet.as_deref().map(Into::into)));
        flags.extend(super::args::flag("--range", "workbook.range", self.range.as_deref().map(Into::into)));
        flags
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct PollJson<'a> {
    workbook: Option<&'a Path>,
    saved_at: Timestamp,
    sheet: &'a str,
    range: String,
    quotes: &'a [PublishedQuote],
    not_loaded: &'a [Symbol],
    rejected: &'a [RejectedCell],
}

/// Reads, publishes and prints.
///
/// # Errors
/// The workbook cannot be read, or the bus takes nothing. What was read is printed in the second case too.
pub(crate) fn run(args: &PollArgs, loaded: &Loaded, out: &mut Output) -> anyhow::Result<ExitCode> {
    let config = &loaded.config;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let sheet = read(config, &clock)?;
    let now = clock.now();
    let board = Board::new(config.workbook.stale_after, now);
    let update = board.apply(&Generation::new(1), &sheet, now)?;
    let published = if args.dry_run { Ok(None) } else { publish(config, &clock, &update.snapshot, now) };
    let mut quotes = quotes(&update.snapshot, now);
    if !matches!(published, Ok(Some(_))) {
        quotes.iter_mut().for_each(|quote| quote.published_at = None);
    }
    if args.json {
        print_json(config, &sheet, &quotes, out)?;
    } else {
        print_tables(config, &sheet, &quotes, now, out)?;
    }
    if let Some(count) = published? {
        log::info!("published {count} quotes to {}", config.bus.url.redacted());
    }
    Ok(ExitCode::Done)
}

fn read(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Sheet> {
    let reader = WorkbookReader::from_config(&config.workbook);
    let mut reader =
        reader.context("no workbook is configured: pass --workbook FILE, or set workbook.path")?;
    let ctx = Context::detached(Arc::clone(clock));
    match reader.look(ctx.now(), &mut |wait| ctx.pause(wait))? {
        Look::Changed(sheet) => Ok(sheet),
        Look::Unchanged | Look::Confirmed { .. } => {
            anyhow::bail!("the workbook could not be read as a whole; try again")
        }
    }
}

/// How many quotes were published; `None` when there is no bus. Where hosts share a lease, only the one that leads may.
fn publish(
    config: &Config,
    clock: &Arc<dyn Clock>,
    snapshot: &BoardSnapshot,
    now: Timestamp,
) -> anyhow::Result<Option<usize>> {
    if config.bus.url == BusUrl::Local {
        return Ok(None);
    }
    let _lease = shared_lease::take(config, clock)?;
    let terms =
        PublisherTerms { interval: config.workbook.interval, stale_after: config.workbook.stale_after };
    let mut outlet = outlet::open(&config.bus, terms, &BusWatch::new(&config.bus.url))?;
    let edition = Edition { snapshot, changed: snapshot.quotes(), gone: &[], everything: true, now };
    let published = outlet.publish(&Generation::new(1), &edition)?;
    Ok(Some(published.quotes))
}

fn quotes(snapshot: &BoardSnapshot, now: Timestamp) -> Vec<PublishedQuote> {
    snapshot.quotes().iter().map(|quote| quote_json(snapshot, quote, now)).collect()
}

fn print_json(
    config: &Config,
    sheet: &Sheet,
    quotes: &[PublishedQuote],
    out: &mut Output,
) -> anyhow::Result<()> {
    out.json(&PollJson {
        workbook: config.workbook.path.as_deref(),
        saved_at: sheet.saved_at,
        sheet: &config.workbook.sheet,
        range: config.workbook.range.to_string(),
        quotes,
        not_loaded: &sheet.not_loaded,
        rejected: &sheet.rejected,
    })
}

fn print_tables(
    config: &Config,
    sheet: &Sheet,
    quotes: &[PublishedQuote],
    now: Timestamp,
    out: &mut Output,
) -> anyhow::Result<()> {
    out.table(&quote_table(quotes, &config.instruments(), now))?;
    if !sheet.not_loaded.is_empty() {
        let symbols: Vec<&str> = sheet.not_loaded.iter().map(|symbol| symbol.as_str()).collect();
        out.line(&format!("\nnot loaded: {}", symbols.join(", ")))?;
    }
    if !sheet.rejected.is_empty() {
        let mut table = Table::new(&["CELL", "COLUMN", "VALUE", "REJECTED BECAUSE"]);
        for cell in &sheet.rejected {
            table.row([&cell.cell, &cell.column, &cell.value, &cell.reason]);
        }
        out.line("")?;
        out.table(&table)?;
    }
    Ok(())
}
