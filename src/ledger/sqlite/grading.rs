//! Rows on their way from pending to final.

use super::columns::{instant, number, optional_price, parsed, session_date, signal, text};
use super::failure::Failure;
use crate::ledger::{PendingRow, RowId};
use crate::rules::grading::{Decision, Waiting};
use rusqlite::{Connection, Row, params};
use std::sync::Arc;

/// Reads the partial index alone, so a tick costs what is pending, not what was ever captured.
pub(super) fn pending(ledger: &Connection, after: Option<RowId>) -> Result<Vec<PendingRow>, Failure> {
    let mut statement = ledger.prepare_cached(&waiting_rows(after))?;
    let mut rows = statement.query(rusqlite::params_from_iter(after.map(|row| row.0)))?;
    let mut pending: Vec<PendingRow> = Vec::new();
    while let Some(row) = rows.next()? {
        let last = pending.last();
        let market = shared(text("country", row.get_ref(1)?)?, last.map(|last| &last.market));
        let future = shared(text("future", row.get_ref(2)?)?, last.map(|last| &last.future));
        pending.push(waiting(row, market, future)?);
    }
    Ok(pending)
}

/// The statement that finds the rows that wait, from an index of those alone: what was graded costs nothing.
fn waiting_rows(after: Option<RowId>) -> String {
    let which = if after.is_some() { "AND id > ?1" } else { "" };
    format!(
        "SELECT id, country, future, year, month, date, captured_at, bhs, entry_price, target_high, target_low
         FROM sessions INDEXED BY sessions_pending WHERE wndw = 'PENDING' {which}
         ORDER BY country, future, year, month, date"
    )
}

fn waiting(row: &Row<'_>, market: Arc<str>, future: Arc<str>) -> Result<PendingRow, Failure> {
    Ok(PendingRow {
        id: RowId(row.get(0)?),
        market,
        future,
        session_date: session_date(row.get(3)?, row.get(4)?, row.get(5)?)?,
        waiting: Waiting {
            captured_at: parsed("captured_at", row.get_ref(6)?)?,
            signal: signal(row.get_ref(7)?)?,
            entry_price: optional_price("entry_price", row.get_ref(8)?)?,
            target_high: optional_price("target_high", row.get_ref(9)?)?,
            target_low: optional_price("target_low", row.get_ref(10)?)?,
        },
    })
}

/// `name`, by the row before's allocation where that says the same: the rows come sorted.
fn shared(name: &str, last: Option<&Arc<str>>) -> Arc<str> {
    last.filter(|last| &***last == name).map_or_else(|| name.into(), Arc::clone)
}

pub(super) fn decide(ledger: &Connection, decisions: &[(RowId, Decision)]) -> Result<usize, Failure> {
    let mut statement = ledger.prepare_cached(
        "UPDATE sessions SET wndw = ?2, target_hit_at = ?3, target_hit_price = ?4, target_hit_type = ?5
         WHERE id = ?1 AND wndw = 'PENDING'",
    )?;
    let mut decided = 0;
    for (id, decision) in decisions {
        if !decision.outcome.is_final() {
            return Err(Failure::row(format!("row {} cannot be decided to be pending", id.0)));
        }
        let hit = decision.hit;
        decided += statement.execute(params![
            id.0,
            decision.outcome.as_str(),
            hit.map(|hit| instant(hit.at)),
            hit.map(|hit| number("target_hit_price", hit.price)).transpose()?,
            hit.map(|hit| hit.kind.as_str()),
        ])?;
    }
    Ok(decided)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of history lie all over the file: 100,000 looks at them would cost the grader more than everything else.
    /// Regression: where nothing waited, the first read after a capture went through all of history.
    #[test]
    fn which_rows_wait_is_read_from_their_index_alone() {
        let mut ledger = Connection::open_in_memory().unwrap();
        super::super::schema::migrate(&mut ledger).unwrap();
        let plan = |after: Option<RowId>| -> String {
            let mut statement =
                ledger.prepare(&format!("EXPLAIN QUERY PLAN {}", waiting_rows(after))).unwrap();
            statement.query_row(rusqlite::params_from_iter(after.map(|it| it.0)), |row| row.get(3)).unwrap()
        };
        for after in [None, Some(RowId(7))] {
            assert!(plan(after).contains("USING COVERING INDEX sessions_pending"), "{}", plan(after));
        }
    }
}
