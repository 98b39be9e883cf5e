//! The ledger: whether it can be read, is of this program's schema, and may be written.

use super::{Check, folder};
use crate::cli::ledger_file;
use std::path::Path;
use thor_stack::config::Config;
use thor_stack::ledger::{SessionFilter, SqliteLedger, StoredSession};

pub(super) fn look(config: &Config) -> Vec<Check> {
    let path = config.ledger_path();
    match ledger_file::for_reading(config) {
        Ok(Some(ledger)) => vec![existing(&ledger, &path)],
        Ok(None) => vec![absent(&path)],
        Err(error) => vec![Check::failed("ledger", &format!("{error:#}"))],
    }
}

fn existing(ledger: &SqliteLedger, path: &Path) -> Check {
    let shown = path.display();
    // Only its metadata is asked for: opening the file here would drop locks that SQLite holds on it.
    if path.metadata().is_ok_and(|metadata| metadata.permissions().readonly()) {
        return Check::problem("ledger", format!("{shown} cannot be written to"), "make the file writable");
    }
    match ledger.latest_sessions(&SessionFilter::default(), 1) {
        Ok(rows) => Check::ok("ledger", format!("{shown}, {}", rows.last().map_or_else(empty, latest))),
        Err(error) => Check::failed("ledger", &error.to_string()),
    }
}

fn empty() -> String {
    "no sessions yet".into()
}

fn latest(StoredSession { row, .. }: &StoredSession) -> String {
    let id = &row.id;
    let number = id.session_number.unwrap_or_default();
    format!("latest session {number}: {} {:04}-{:02}-{:02}", id.country, id.year, id.month, id.date)
}

fn absent(path: &Path) -> Check {
    let parent = path.parent().unwrap_or(Path::new("."));
    let writable = folder("ledger", parent, "make it writable, or set ledger.url");
    match writable.state {
        super::CheckState::Ok => {
            Check::ok("ledger", format!("{} does not exist yet and will be created", path.display()))
        }
        _ => writable,
    }
}
