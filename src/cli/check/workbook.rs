//! Whether the workbook can be read, and what stands in it.

use super::{Check, CheckState};
use std::path::Path;
use std::sync::Arc;
use thor_stack::config::{Config, WorkbookConfig};
use thor_stack::feed::{FolderWatch, Look, WorkbookReader};
use thor_stack::supervise::{Clock, Context, SystemClock};
use thor_stack::value::Sheet;

const NAME: &str = "workbook";

/// One read of the workbook, and the watch of its folder.
pub(super) fn checks(config: &Config) -> Vec<Check> {
    let Some(path) = &config.workbook.path else {
        let to_do = "set workbook.path, or pass --workbook FILE to run and poll";
        return vec![Check::warning(NAME, "none is configured: nothing polls", to_do)];
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let ctx = Context::detached(Arc::clone(&clock));
    let mut reader = WorkbookReader::new(path, &config.workbook.sheet, config.workbook.range);
    let read = match reader.look(ctx.now(), &mut |wait| ctx.pause(wait)) {
        Ok(Look::Changed(sheet)) => of_sheet(&config.workbook, path, &sheet, &ctx),
        Ok(Look::Unchanged | Look::Confirmed { .. }) => Vec::new(), // a first look finds a sheet or fails
        Err(error) => vec![Check::told(NAME, CheckState::Problem, &error.to_string())],
    };
    read.into_iter().chain(of_watch(&config.workbook, path)).collect()
}

fn of_sheet(config: &WorkbookConfig, path: &Path, sheet: &Sheet, ctx: &Context) -> Vec<Check> {
    let Sheet { saved_at, quotes, not_loaded, rejected } = sheet;
    let shown = path.display();
    let seen = format!("{shown}: {} quotes, {} not loaded", quotes.len(), not_loaded.len());
    let mut checks = vec![if quotes.is_empty() {
        Check::problem(NAME, seen, "let thinkorswim deliver and Excel save, or correct workbook.range")
    } else {
        Check::ok(NAME, seen)
    }];
    let stale_after = jiff::SignedDuration::try_from(config.stale_after).unwrap_or(jiff::SignedDuration::MAX);
    if ctx.now().duration_since(*saved_at) > stale_after {
        let text = format!("{shown} was last saved at {saved_at}: its quotes are stale");
        checks.push(Check::warning(NAME, text, "let Excel save it every few seconds"));
    }
    if let Some(first) = rejected.first() {
        let (count, cell, value) = (rejected.len(), &first.cell, &first.value);
        let text =
            format!("cells that cannot be read: {count}, the first {cell} ({value:?}: {})", first.reason);
        checks.push(Check::warning(NAME, text, "`thor-stack poll --once --dry-run` lists them"));
    }
    checks
}

/// A folder that cannot be watched costs a second or two, no quote.
fn of_watch(config: &WorkbookConfig, path: &Path) -> Option<Check> {
    let error = config.watch.then(|| FolderWatch::start(path, || {}).err()).flatten()?;
    path.parent()
        .is_some_and(Path::exists)
        .then(|| Check::told(NAME, CheckState::Warning, &error.to_string()))
}
