//! What `replay` and `demo` have in common: a driven stack, its end, and its summary.

use super::table::Table;
use super::{Output, sessions};
use anyhow::Context as _;
use crossbeam_channel::Receiver;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use thor_stack::config::{Config, Loaded, LogConfig, Origin};
use thor_stack::ledger::{Ledger, SessionFilter};
use thor_stack::replay::{Driver, Pace, Run};
use thor_stack::value::{Outcome, SessionRow, TOTAL};

/// Workers tell each open and each grade; of a day that passes in seconds only what went wrong is worth a line, unless
/// somebody says otherwise.
pub(crate) fn log(loaded: &Loaded) -> LogConfig {
    let mut log = loaded.config.log.clone();
    if loaded.origin("log.level") == Origin::Default {
        log.level = log::LevelFilter::Warn;
    }
    log
}

/// A run in which workers failed is no result, or not all of it.
///
/// # Errors
/// One did; the log says why.
pub(crate) fn worked(run: &Run) -> anyhow::Result<()> {
    let Some(first) = run.failures.first() else { return Ok(()) };
    anyhow::bail!(
        "{} cycles failed, the first of {}: {}",
        run.failures.len(),
        first.worker,
        first.failure.message
    )
}

/// A new ledger is asked for, so that rows of a replay are never mixed with others.
///
/// # Errors
/// There is a file already.
pub(crate) fn new_ledger(path: Option<&Path>) -> anyhow::Result<()> {
    if let Some(path) = path {
        anyhow::ensure!(!path.exists(), "{} exists already; name a new file", path.display());
    }
    Ok(())
}

/// A ledger may be gone on in, but not the stack's own.
///
/// # Errors
/// It is the configured one.
pub(crate) fn not_the_stacks(path: Option<&Path>, config: &Config) -> anyhow::Result<()> {
    if let Some(path) = path {
        let is_same = |own: PathBuf| path.canonicalize().is_ok_and(|path| path == own);
        let is_own = config.ledger_path().canonicalize().is_ok_and(is_same);
        anyhow::ensure!(!is_own, "{} is the stack's own ledger; name another file", path.display());
    }
    Ok(())
}

/// Waits until the pace allows the next instant; breaks at the first signal.
pub(crate) fn keep_pace(
    pace: &Pace,
    next: jiff::Timestamp,
    now: Instant,
    stop: &Receiver<()>,
) -> ControlFlow<()> {
    let wait = pace.wait(next, now);
    let told = if wait > Duration::ZERO { stop.recv_timeout(wait).is_ok() } else { stop.try_recv().is_ok() };
    if told { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Prints what the run left: the rows, then a line a session.
///
/// # Errors
/// The ledger cannot be read, or the output cannot be written.
pub(crate) fn print(driver: &Driver, run: &Run, as_json: bool, out: &mut Output) -> anyhow::Result<()> {
    sessions::print_all(driver.ledger(), as_json, out)?;
    if !as_json {
        let rows = rows(driver)?;
        if !rows.is_empty() {
            out.line("")?;
            out.table(&summary(&rows))?;
        }
        out.line("")?;
        out.line(&account(run))?;
    }
    out.flush()
}

fn account(run: &Run) -> String {
    let at =
        |at: Option<jiff::Timestamp>| at.map_or_else(|| "-".into(), |at| at.strftime("%F %TZ").to_string());
    let failures = match run.failures.len() {
        0 => String::new(),
        failures => format!(", {failures} of which failed; --log warn says why"),
    };
    let (first, last) = (at(run.first), at(run.last));
    format!("{} saves from {first} to {last}; {} cycles{failures}", run.saves, run.cycles)
}

fn rows(driver: &Driver) -> anyhow::Result<Vec<SessionRow>> {
    const PAGE: usize = 1_000;
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = driver.ledger().sessions(&SessionFilter::default(), after.as_ref(), PAGE)?;
        after = page.last().map(|last| last.cursor());
        let is_last = page.len() < PAGE;
        rows.extend(page.into_iter().map(|stored| stored.row));
        if is_last {
            return Ok(rows);
        }
    }
}

/// A line a session: how many rows, how many trades, and what became of them.
fn summary(rows: &[SessionRow]) -> Table {
    let mut sessions: BTreeMap<Option<i64>, Vec<&SessionRow>> = BTreeMap::new();
    for row in rows {
        sessions.entry(row.id.session_number).or_default().push(row);
    }
    let mut table = Table::new(&[
        ">SESSION", "DATE", "MARKET", ">ROWS", ">TRADES", ">WORKED", ">DIDN'T", ">NEUTRAL", ">PENDING",
        "TOTAL",
    ]);
    for (number, rows) in &sessions {
        table.row(session_line(number.unwrap_or_default(), rows));
    }
    table.row(counts(rows.iter(), vec!["".into(), "".into(), "all".into()]));
    table
}

fn session_line(number: i64, rows: &[&SessionRow]) -> Vec<String> {
    let first = rows.first().map(|row| &row.id);
    let date = first.map(|id| format!("{:04}-{:02}-{:02}", id.year, id.month, id.date)).unwrap_or_default();
    let market = first.map(|id| id.country.clone()).unwrap_or_default();
    let mut cells = counts(rows.iter().copied(), vec![number.to_string(), date, market]);
    let total = rows.iter().find(|row| row.id.future == TOTAL);
    cells.push(total.map(|row| total_cell(row)).unwrap_or_default());
    cells
}

fn total_cell(row: &SessionRow) -> String {
    let signal = row.id.bhs.map_or("no signal", |signal| signal.as_str());
    format!("{signal}, {}", row.id.wndw)
}

fn counts<'a>(rows: impl Iterator<Item = &'a SessionRow>, mut cells: Vec<String>) -> Vec<String> {
    let rows: Vec<&SessionRow> = rows.collect();
    let of = |outcome| rows.iter().filter(|row| row.id.wndw == outcome).count();
    let trades = rows.iter().filter(|row| row.trade.entry_price.is_some()).count();
    let outcomes = [Outcome::Worked, Outcome::DidntWork, Outcome::Neutral, Outcome::Pending].map(of);
    cells.extend([rows.len(), trades].iter().chain(&outcomes).map(ToString::to_string));
    cells
}

/// The error of a run that was ended by a signal.
pub(crate) fn interrupted(run: &Run) -> anyhow::Result<()> {
    let at = run.last.map(|at| at.to_string()).unwrap_or_default();
    (!run.interrupted).then_some(()).with_context(|| format!("interrupted at {at} of the replayed time"))
}
