//! `sessions`: captured rows and their grades; `sessions show`, `sessions import`.

mod import;
mod show;
mod table;

use super::csv_file::guarded;
use super::{Output, exit_code::ExitCode, ledger_file, named};
use jiff::civil::Date;
use std::io::Write;
use std::path::PathBuf;
use thor_stack::config::Config;
use thor_stack::ledger::{Ledger, LedgerError, MissedCapture, SessionFilter, SqliteLedger, StoredSession};
use thor_stack::value::{Kind, Market, Outcome, SessionRow};

/// So many rows are read at a time: enough to be quick, few enough to need no memory.
const PAGE: usize = 1_000;

/// Show captured rows and their grades, by date and session.
///
/// A session is one market's open on one date: a row a future, and TOTAL. The table shows
/// the latest 120 rows; --json and --csv print every row, or the latest that --last asks
/// for. The CSV can be read back by `sessions import`.
///
/// Examples:
///   thor-stack sessions --market USA --from 2025-11-01
///   thor-stack sessions --future YM --outcome worked --json | jq '.sessions | length'
///   thor-stack sessions --csv > history.csv
///   thor-stack sessions show 17
///   thor-stack sessions import history.csv
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub(crate) struct SessionsArgs {
    #[command(subcommand)]
    command: Option<SessionsCommand>,
    /// Only this market's rows
    #[arg(long, value_parser = named::market)]
    market: Option<Market>,
    /// Only this future's rows, under whatever symbol; TOTAL is one
    #[arg(long)]
    future: Option<String>,
    /// Only rows with this outcome: pending, worked, didnt_work, neutral
    #[arg(long, value_parser = named::outcome)]
    outcome: Option<Outcome>,
    /// The first session date
    #[arg(long, value_name = "DATE", value_parser = named::date)]
    from: Option<Date>,
    /// The last session date, included
    #[arg(long, value_name = "DATE", value_parser = named::date)]
    to: Option<Date>,
    /// Only the latest rows, this many
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..))]
    last: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// What else there is to do with sessions.
#[derive(Debug, clap::Subcommand)]
enum SessionsCommand {
    Show(show::ShowArgs),
    Import(ImportArgs),
}

/// Bring in rows of `sessions --csv` or of the original's table.
///
/// The first line names the columns, which are those of `sessions --csv`; others are passed
/// over. Needed are year, month, date, captured_at, country, future and wndw. Futures may
/// be named by any of their symbols.
///
/// All of it or nothing: while any line is bad, or says something else than the ledger has,
/// nothing is imported and each such line is named. Rows that are in the ledger already are
/// left as they are, so the same file may be imported again. A running stack goes on, but
/// waits with its own writes: years of rows take some seconds, in which a market that
/// opens is captured late. Choose a moment without an open.
///
/// Example:
///   thor-stack sessions import history.csv
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
struct ImportArgs {
    /// The file
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
}

/// Prints or imports rows.
///
/// # Errors
/// A name is unknown, a file is bad, the ledger cannot be read, or the output cannot be written.
pub(crate) fn run(args: &SessionsArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    match &args.command {
        Some(SessionsCommand::Show(show)) => show::run(show, config, out),
        Some(SessionsCommand::Import(import)) => import::run(&import.file, config, out),
        None => list(args, config, out),
    }
}

/// Prints every row and missed capture of `ledger`, as `sessions` does: as JSON, or as a table.
///
/// # Errors
/// The ledger cannot be read, or the output cannot be written.
pub(crate) fn print_all(ledger: &SqliteLedger, as_json: bool, out: &mut Output) -> anyhow::Result<()> {
    let rows = Rows { ledger: Some(ledger), filter: SessionFilter::default(), last: None };
    if as_json { json(&rows, out) } else { table::print(&rows, out) }
}

fn list(args: &SessionsArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    named::in_order(args.from, args.to)?;
    let filter = SessionFilter {
        market: args.market.map(|market| market.name().into()),
        future: named::optional_future(args.future.as_deref(), config)?,
        outcome: args.outcome,
        from: args.from,
        to: args.to,
    };
    let ledger = ledger_file::for_reading(config)?;
    let rows = Rows { ledger: ledger.as_ref(), filter, last: args.last };
    if args.json {
        json(&rows, out)?;
    } else if args.csv {
        csv(&rows, out)?;
    } else {
        table::print(&rows, out)?;
    }
    Ok(ExitCode::Done)
}

/// The rows of a filter in a ledger, which may not be there yet.
struct Rows<'a> {
    ledger: Option<&'a SqliteLedger>,
    filter: SessionFilter,
    last: Option<u32>,
}

impl Rows<'_> {
    /// Hands every row to `take`, a page at a time.
    fn each(&self, mut take: impl FnMut(&SessionRow) -> anyhow::Result<()>) -> anyhow::Result<()> {
        if let Some(last) = self.last {
            return self.latest(last as usize)?.iter().try_for_each(|stored| take(&stored.row));
        }
        let Some(ledger) = self.ledger else { return Ok(()) };
        let mut after = None;
        loop {
            let page = ledger.sessions(&self.filter, after.as_ref(), PAGE)?;
            page.iter().try_for_each(|stored| take(&stored.row))?;
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.cursor()),
                _ => return Ok(()),
            }
        }
    }

    /// The latest `limit` rows, in their order.
    fn latest(&self, limit: usize) -> Result<Vec<StoredSession>, LedgerError> {
        self.ledger.map_or(Ok(Vec::new()), |ledger| ledger.latest_sessions(&self.filter, limit))
    }

    /// The missed captures of the filter's market and dates.
    fn missed(&self) -> Result<Vec<MissedCapture>, LedgerError> {
        self.ledger.map_or(Ok(Vec::new()), |ledger| ledger.missed(&self.filter))
    }
}

fn json(rows: &Rows<'_>, out: &mut Output) -> anyhow::Result<()> {
    out.text(r#"{"schema":1,"sessions":["#)?;
    let mut first = true;
    rows.each(|row| {
        out.text(if std::mem::take(&mut first) { "" } else { "," })?;
        Ok(serde_json::to_writer(&mut *out, row)?)
    })?;
    let missed: Vec<serde_json::Value> = rows.missed()?.iter().map(missed_json).collect();
    out.text(r#"],"missed":"#)?;
    serde_json::to_writer(&mut *out, &missed)?;
    out.line("}")
}

fn missed_json(missed: &MissedCapture) -> serde_json::Value {
    let MissedCapture { market, session_date, reason, .. } = missed;
    serde_json::json!({ "market": market, "session_date": session_date, "reason": reason })
}

fn csv(rows: &Rows<'_>, out: &mut Output) -> anyhow::Result<()> {
    let mut lines = csv::Writer::from_writer(out);
    lines.write_record(SessionRow::COLUMNS.iter().map(|column| column.name))?;
    rows.each(|row| {
        for (column, value) in SessionRow::COLUMNS.iter().zip(row.values()) {
            let text = value.to_string();
            let cell = if column.kind == Kind::Text { guarded(&text) } else { text.as_str().into() };
            lines.write_field(cell.as_bytes())?;
        }
        Ok(lines.write_record(None::<&[u8]>)?)
    })?;
    Ok(Write::flush(&mut lines.into_inner().map_err(|error| error.into_error())?)?)
}
