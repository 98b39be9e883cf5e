//! `capture`: a market's open, captured by hand.

use super::{Output, exit_code::ExitCode, ledger_file, named, shared_lease};
use anyhow::{Context as _, bail};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::{Board, ForeignQuote};
use thor_stack::config::{BusUrl, Config};
use thor_stack::feed::{Look, WorkbookReader};
use thor_stack::outlet::NoNotices;
use thor_stack::outlet::redis::Reader;
use thor_stack::supervise::{Clock, Context, Generation, SystemClock};
use thor_stack::value::{Market, TradingSession};
use thor_stack::workers::{CaptureReport, Floor, capture_now};

/// How long to wait before quotes that are not fresh yet are looked for again.
const AGAIN: Duration = Duration::from_millis(500);

/// Capture the open of a market now, by hand.
///
/// The rules and the uniqueness are those of the running stack: a market is captured once a
/// date, and only while it is open. Where hosts share a lease, only the one that leads may.
///
/// Quotes come from the bus, where a running stack publishes them; with bus.url = "local"
/// the configured workbook is read once. For how long a quote has stood still is known from
/// what the stack wrote into the ledger last. More than capture.max_delay after the open the
/// rows have no entry.
///
/// Example:
///   thor-stack capture USA
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CaptureArgs {
    /// The market, its city, or its exchange's code
    #[arg(value_parser = named::market)]
    market: Market,
}

/// Captures the open.
///
/// # Errors
/// The market is closed or not captured, no quotes can be had, or the ledger does not take the rows.
pub(crate) fn run(args: &CaptureArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let market = args.market;
    let board = Arc::new(Board::new(config.workbook.stale_after, clock.now()));
    let ledger = Arc::new(ledger_file::for_writing(config)?);
    let lease = shared_lease::take(config, &clock)?;
    let mut floor = Floor::new(Arc::new(config.clone()), Arc::clone(&board), ledger, Arc::new(NoNotices));
    if let Some(lease) = &lease {
        floor.claims = Arc::clone(lease.claims());
    }
    floor.recall()?;
    let mut quotes = Quotes::of(config)?;
    let ctx = Context::detached(Arc::clone(&clock));
    loop {
        quotes.fetch(&board, &ctx)?;
        match capture_now(&floor, market, ctx.now(), &Generation::new(1))? {
            CaptureReport::Waiting { until, .. } if ctx.now() < until => ctx.pause(AGAIN),
            report => return tell(market, &report, config, out),
        };
    }
}

fn tell(
    market: Market,
    report: &CaptureReport,
    config: &Config,
    out: &mut Output,
) -> anyhow::Result<ExitCode> {
    let of = |session: &TradingSession| format!("{} {}", session.market, session.date);
    match report {
        CaptureReport::Captured { session, session_number, capture_delay_ms, rows } => out.line(&format!(
            "captured {} as session {session_number}: {rows} rows, {} s after the open",
            of(session),
            capture_delay_ms / 1_000
        ))?,
        CaptureReport::AlreadyCaptured { session, session_number } => {
            out.line(&format!("{} is captured already, as session {session_number}", of(session)))?;
        }
        CaptureReport::RecordedAsMissed(session) => {
            bail!("{} was recorded as missed; it is not captured any more", of(session))
        }
        CaptureReport::Waiting { session, .. } => bail!("no fresh quotes for {}; try again", of(session)),
        CaptureReport::TooFew { session, fresh, needed } => bail!(
            "{}: {fresh} quotes are fresh, it takes {needed}; see `thor-stack check` for the workbook and \
             capture.max_quote_age ({:?})",
            of(session),
            config.capture.max_quote_age
        ),
        CaptureReport::Closed { session, reason } => bail!("{}: {reason}", of(session)),
        CaptureReport::NotOpen(Some(next)) => {
            bail!("{market} is not open; it opens at {}, and only then is it captured", next.open)
        }
        CaptureReport::NotOpen(None) => bail!("{market} is not open; when it opens next is unknown"),
        CaptureReport::CapturedElsewhere { session, by } => {
            out.line(&format!(
                "{} is captured already, by {by}; its rows are in that host's ledger",
                of(session)
            ))?;
        }
        CaptureReport::Unclaimed { session, reason } => bail!("{}: {reason}", of(session)),
        CaptureReport::SwitchedOff(key) => {
            bail!("{market} is not captured: markets.{:?}.{key} is off", market.name())
        }
        _ => bail!("{market} was not captured"),
    }
    Ok(ExitCode::Done)
}

/// Where quotes come from.
enum Quotes {
    Bus(Box<Reader>),
    Workbook(Box<WorkbookReader>),
}

impl Quotes {
    fn of(config: &Config) -> anyhow::Result<Quotes> {
        if config.bus.url != BusUrl::Local {
            return Ok(Quotes::Bus(Box::new(Reader::connect(&config.bus)?)));
        }
        let reader = WorkbookReader::from_config(&config.workbook);
        let reader = reader.context("no quotes: set bus.url to where a stack publishes, or workbook.path")?;
        Ok(Quotes::Workbook(Box::new(reader)))
    }

    /// Puts what there is now on the board.
    fn fetch(&mut self, board: &Board, ctx: &Context) -> anyhow::Result<()> {
        match self {
            Quotes::Bus(reader) => {
                let (latest, save) = reader.latest_with_save()?;
                let quotes: Vec<ForeignQuote> =
                    latest.quotes.iter().filter_map(|quote| quote.for_board()).collect();
                let generation = Generation::new(1);
                board.merge(&generation, &quotes, &[], ctx.now())?;
                if let Some(save) = save {
                    board.confirm_foreign(&generation, &save, ctx.now())?;
                }
            }
            Quotes::Workbook(reader) => apply(reader, board, ctx, ctx.now())?,
        }
        Ok(())
    }
}

fn apply(reader: &mut WorkbookReader, board: &Board, ctx: &Context, now: Timestamp) -> anyhow::Result<()> {
    match reader.look(now, &mut |wait| ctx.pause(wait))? {
        Look::Changed(sheet) => board.apply(&Generation::new(1), &sheet, ctx.now())?,
        Look::Confirmed { saved_at } => board.confirm(&Generation::new(1), saved_at, ctx.now())?,
        Look::Unchanged => return Ok(()),
    };
    Ok(())
}
