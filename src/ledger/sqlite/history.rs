//! How earlier rows did, without a look at the rows.

use super::columns::{instant, parsed, signal};
use super::failure::Failure;
use crate::ledger::Tally;
use crate::value::{Outcome, Signal};
use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, params, params_from_iter};

pub(super) fn tally(
    ledger: &Connection,
    market: &str,
    future: &str,
    before: Timestamp,
) -> Result<Tally, Failure> {
    count(ledger, COUNT_BEFORE, params![market, future, instant(before)])
}

/// What is counted of all rows, less the few that came since: no walk through history.
const COUNT_BEFORE: &str = "
    SELECT nullif(bhs, ''), wndw, counted - (
        SELECT count(*) FROM sessions INDEXED BY sessions_history
        WHERE country = ?1 AND future = ?2 AND sessions.bhs IS nullif(session_counts.bhs, '')
            AND sessions.wndw = session_counts.wndw AND captured_at >= ?3
    ) FROM session_counts WHERE country = ?1 AND future = ?2";

pub(super) fn stats(
    ledger: &Connection,
    market: Option<&str>,
    future: Option<&str>,
) -> Result<Tally, Failure> {
    let named = [("country", market), ("future", future)];
    let clauses: Vec<String> =
        named.iter().filter(|(_, name)| name.is_some()).map(|(column, _)| format!("{column} = ?")).collect();
    let which = if clauses.is_empty() { String::new() } else { format!("WHERE {}", clauses.join(" AND ")) };
    let sql = format!("SELECT nullif(bhs, ''), wndw, counted FROM session_counts {which}");
    count(ledger, &sql, params_from_iter(named.iter().filter_map(|(_, name)| *name)))
}

fn count(ledger: &Connection, sql: &str, parameters: impl Params) -> Result<Tally, Failure> {
    let mut statement = ledger.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut tally = Tally::default();
    while let Some(row) = rows.next()? {
        let (signal, outcome) = counted(row)?;
        tally.add(signal, outcome, row.get(2)?);
    }
    Ok(tally)
}

fn counted(row: &Row<'_>) -> Result<(Option<Signal>, Outcome), Failure> {
    Ok((signal(row.get_ref(0)?)?, parsed("wndw", row.get_ref(1)?)?))
}
