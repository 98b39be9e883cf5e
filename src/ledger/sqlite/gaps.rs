//! Outages in SQL, the last sign of life, and since when quotes stand still.

use super::columns::{instant, parsed};
use super::failure::Failure;
use super::schema;
use crate::ledger::{Alive, Gap, GapReason, RecordFilter, RowId, Standing};
use crate::rules::intraday::merged_gaps;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

/// The schema that brought them; an older file has none.
const SINCE: i64 = 2;

/// A gap that is known and open gets its end; one that has ended stays, and another open one of its kind ends there.
pub(super) fn store(ledger: &Connection, gaps: &[Gap]) -> Result<(), Failure> {
    let mut end_others = ledger.prepare_cached(
        "UPDATE gaps SET ended_at = max(started_at, ?3)
         WHERE supervisor = ?1 AND reason = ?2 AND started_at <> ?3 AND ended_at IS NULL",
    )?;
    let mut statement = ledger.prepare_cached(
        "INSERT INTO gaps (supervisor, reason, started_at, ended_at, cycles_lost, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (supervisor, reason, started_at) DO UPDATE SET ended_at = excluded.ended_at,
             cycles_lost = excluded.cycles_lost, detail = excluded.detail
         WHERE gaps.ended_at IS NULL",
    )?;
    for gap in gaps {
        let who = gap.supervisor.as_deref().unwrap_or_default();
        if gap.ended_at.is_none() {
            end_others.execute(params![who, gap.reason.as_str(), instant(gap.started_at)])?;
        }
        statement.execute(params![
            who,
            gap.reason.as_str(),
            instant(gap.started_at),
            gap.ended_at.map(|at| instant(at.max(gap.started_at))),
            gap.cycles_lost.map(|lost| i64::try_from(lost).unwrap_or(i64::MAX)),
            gap.detail,
        ])?;
    }
    Ok(())
}

/// By start, the newest first.
pub(super) fn list(ledger: &Connection, filter: &RecordFilter, limit: usize) -> Result<Vec<Gap>, Failure> {
    if schema::version(ledger)? < SINCE {
        return Ok(Vec::new());
    }
    let mut clauses = vec!["true"];
    let mut values = Vec::new();
    for (clause, value) in [
        ("supervisor = ?", filter.supervisor.clone()),
        ("ifnull(ended_at, '~') >= ?", filter.from.map(instant)),
        ("started_at < ?", filter.before.map(instant)),
    ] {
        if let Some(value) = value {
            clauses.push(clause);
            values.push(Value::Text(value));
        }
    }
    values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    let mut statement = ledger.prepare_cached(&format!(
        "SELECT supervisor, reason, started_at, ended_at, cycles_lost, detail FROM gaps
         WHERE {} ORDER BY started_at DESC, id DESC LIMIT ?",
        clauses.join(" AND ")
    ))?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(gap(row)?);
    }
    Ok(found)
}

fn gap(row: &Row<'_>) -> Result<Gap, Failure> {
    let (supervisor, reason): (String, String) = (row.get(0)?, row.get(1)?);
    let known = GapReason::ALL.into_iter().find(|known| known.as_str() == reason);
    let ended: Option<String> = row.get(3)?;
    Ok(Gap {
        supervisor: Some(supervisor).filter(|name| !name.is_empty()),
        reason: known.ok_or_else(|| Failure::row(format!("{reason:?} is no reason of a gap")))?,
        started_at: parsed("started_at", row.get_ref(2)?)?,
        ended_at: ended.map(|_| parsed("ended_at", row.get_ref(3)?)).transpose()?,
        cycles_lost: row.get::<_, Option<i64>>(4)?.map(i64::unsigned_abs),
        detail: row.get(5)?,
    })
}

/// Adds to what rows say was missing, and returns how many rows that was news to.
pub(super) fn note(ledger: &Connection, notes: &[(RowId, String)]) -> Result<usize, Failure> {
    let mut news = 0;
    for (RowId(id), note) in notes {
        news += usize::from(add_note(ledger, *id, note)?);
    }
    Ok(news)
}

/// Whether it was news.
pub(super) fn add_note(ledger: &Connection, id: i64, note: &str) -> Result<bool, Failure> {
    let mut statement = ledger.prepare_cached("SELECT data_gap FROM sessions WHERE id = ?1")?;
    let known: Option<Option<String>> = statement.query_row([id], |row| row.get(0)).optional()?;
    let Some(known) = known else { return Ok(false) };
    let merged = merged_gaps(known.as_deref(), note);
    if known.as_ref() == Some(&merged) {
        return Ok(false);
    }
    ledger.prepare_cached("UPDATE sessions SET data_gap = ?2 WHERE id = ?1")?.execute(params![id, merged])?;
    Ok(true)
}

pub(super) fn mark_alive(ledger: &Connection, alive: &Alive) -> Result<(), Failure> {
    ledger
        .prepare_cached(
            "INSERT INTO alive (id, at, stopped) VALUES (1, ?1, ?2)
             ON CONFLICT (id) DO UPDATE SET at = excluded.at, stopped = excluded.stopped",
        )?
        .execute(params![instant(alive.at), alive.stopped])?;
    Ok(())
}

pub(super) fn alive(ledger: &Connection) -> Result<Option<Alive>, Failure> {
    if schema::version(ledger)? < SINCE {
        return Ok(None);
    }
    let mut statement = ledger.prepare_cached("SELECT at, stopped FROM alive")?;
    let mut rows = statement.query([])?;
    rows.next()?.map(|row| Ok(Alive { at: parsed("at", row.get_ref(0)?)?, stopped: row.get(1)? })).transpose()
}

pub(super) fn store_standing(ledger: &Connection, rows: &[Standing]) -> Result<(), Failure> {
    let mut statement = ledger.prepare_cached(
        "INSERT INTO standing (symbol, said, since) VALUES (?1, ?2, ?3)
         ON CONFLICT (symbol) DO UPDATE SET said = excluded.said, since = excluded.since",
    )?;
    for row in rows {
        statement.execute(params![row.symbol, row.said, instant(row.since)])?;
    }
    Ok(())
}

pub(super) fn standing(ledger: &Connection) -> Result<Vec<Standing>, Failure> {
    if schema::version(ledger)? < SINCE {
        return Ok(Vec::new());
    }
    let mut statement = ledger.prepare_cached("SELECT symbol, said, since FROM standing ORDER BY symbol")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let since = parsed("since", row.get_ref(2)?)?;
        found.push(Standing { symbol: row.get(0)?, said: row.get(1)?, since });
    }
    Ok(found)
}
