//! The workbook: read once, and what the sheet lacks.

use super::Check;
use crate::cli::quote_line::short;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::config::{BusUrl, Config, did_you_mean};
use thor_stack::feed::{FeedError, Look, Problem, WorkbookReader};
use thor_stack::supervise::{Clock, Context};
use thor_stack::value::{Sheet, Symbol};

/// So many rejected cells are shown; `poll --once --dry-run` shows all.
const SHOWN: usize = 5;

pub(super) fn look(config: &Config, clock: &Arc<dyn Clock>) -> Vec<Check> {
    let Some(mut reader) = WorkbookReader::from_config(&config.workbook) else { return vec![none(config)] };
    let ctx = Context::detached(Arc::clone(clock));
    match reader.look(ctx.now(), &mut |wait| ctx.pause(wait)) {
        Ok(Look::Changed(sheet)) => sheet_checks(config, &reader, &sheet, ctx.now()),
        Ok(Look::Unchanged | Look::Confirmed { .. }) => Vec::new(), // only after a first look
        Err(error) => vec![unreadable(&error)],
    }
}

fn none(config: &Config) -> Check {
    let text = "no workbook is configured";
    match config.bus.url {
        BusUrl::Local => {
            Check::warning("workbook", format!("{text}, and no bus to take quotes from"), "set workbook.path")
        }
        BusUrl::Redis(_) => Check::ok("workbook", format!("{text}: quotes come from the bus")),
    }
}

fn unreadable(error: &FeedError) -> Check {
    let mut check = Check::failed("workbook", &error.to_string());
    if let Problem::NoSheet { sheet, found } = &error.problem {
        let names = found.split(", ").map(|name| name.trim_matches('"'));
        check.what_to_do.get_or_insert_default().push_str(&did_you_mean(sheet, names));
    }
    check
}

fn sheet_checks(config: &Config, reader: &WorkbookReader, sheet: &Sheet, now: Timestamp) -> Vec<Check> {
    let path = reader.path().display();
    let text = format!("{path}, sheet {:?}: {} quotes", config.workbook.sheet, sheet.quotes.len());
    let mut checks = vec![Check::ok("workbook", text)];
    checks.extend(stale(config, sheet, now));
    checks.extend(not_loaded(sheet));
    checks.extend(without_row(config, sheet));
    let shown = sheet.rejected.iter().take(SHOWN).map(|cell| {
        let text = format!("cell {} ({}) holds {:?}: {}", cell.cell, cell.column, cell.value, cell.reason);
        Check::warning("workbook", text, "correct the cell; until then it is absent")
    });
    checks.extend(shown);
    if let Some(more) = sheet.rejected.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let to_do = "thor-stack poll --once --dry-run shows them";
        checks.push(Check::warning("workbook", format!("{more} more cells are rejected"), to_do));
    }
    checks
}

fn stale(config: &Config, sheet: &Sheet, now: Timestamp) -> Option<Check> {
    let age = Duration::try_from(now.duration_since(sheet.saved_at)).unwrap_or_default();
    (age > config.workbook.stale_after).then(|| {
        let text = format!("last saved {} ago: its quotes are stale", short(age));
        Check::warning("workbook", text, "open it in Excel, with a macro that saves it every few seconds")
    })
}

fn not_loaded(sheet: &Sheet) -> Option<Check> {
    let symbols: Vec<&str> = sheet.not_loaded.iter().map(Symbol::as_str).collect();
    let text = format!("{} not loaded: {}", symbols.len(), symbols.join(", "));
    let to_do = "see whether thinkorswim is connected; their rows have no price";
    (!symbols.is_empty()).then(|| Check::warning("workbook", text, to_do))
}

/// The configured futures that the sheet has no row for: no open of theirs would be captured.
fn without_row(config: &Config, sheet: &Sheet) -> Option<Check> {
    let instruments = config.instruments();
    let symbols = || sheet.quotes.iter().map(|quote| &quote.symbol).chain(&sheet.not_loaded);
    let has_row = |future: &&str| symbols().any(|symbol| instruments.canonical(symbol) == Some(*future));
    let missing: Vec<&str> = instruments.futures().filter(|future| !has_row(future)).collect();
    let text = format!("no row for {}", missing.join(", "));
    let to_do = "add rows, widen workbook.range, or name the sheet's symbols in instruments.SYM.aliases";
    (!missing.is_empty()).then(|| Check::warning("workbook", text, to_do))
}
