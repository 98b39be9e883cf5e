//! Failures of workers in SQL.

use super::columns::{instant, parsed};
use super::failure::Failure;
use super::schema;
use crate::ledger::{Crash, CrashKind, RecordFilter, StoredCrash};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

/// The schema that brought them; an older file has none.
const SINCE: i64 = 2;

/// A crash that is known already is counted, the newest of its details kept.
pub(super) fn store(ledger: &Connection, crashes: &[Crash]) -> Result<(), Failure> {
    // Not by ON CONFLICT, which uses a number up for each repetition.
    let mut count = ledger.prepare_cached(
        "UPDATE crashes SET phase = ?5, generation = ?6, stack = coalesce(?7, stack), events = ?8,
             first_at = min(first_at, ?9), last_at = max(last_at, ?10), counted = counted + ?11
         WHERE supervisor = ?1 AND kind = ?2 AND message = ?3 AND location = ?4",
    )?;
    let mut insert = ledger.prepare_cached(
        "INSERT INTO crashes (supervisor, kind, message, location, phase, generation, stack, events, first_at,
             last_at, counted)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for crash in crashes {
        let values = values(crash);
        if count.execute(params_from_iter(&values))? == 0 {
            insert.execute(params_from_iter(&values))?;
        }
    }
    Ok(())
}

fn values(crash: &Crash) -> [Value; 11] {
    let text = |text: &str| Value::Text(text.to_owned());
    let optional = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
    let number = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    [
        text(&crash.supervisor),
        text(crash.kind.as_str()),
        text(&crash.message),
        text(crash.location.as_deref().unwrap_or_default()),
        optional(&crash.phase),
        number(crash.generation),
        optional(&crash.stack),
        Value::Text(crash.events.join("\n")),
        Value::Text(instant(crash.first_at)),
        Value::Text(instant(crash.last_at)),
        number(crash.count),
    ]
}

/// The newest first.
pub(super) fn list(
    ledger: &Connection,
    filter: &RecordFilter,
    limit: usize,
) -> Result<Vec<StoredCrash>, Failure> {
    let mut clauses = vec!["true"];
    let mut values = Vec::new();
    for (clause, value) in [
        ("supervisor = ?", filter.supervisor.clone()),
        ("last_at >= ?", filter.from.map(instant)),
        ("first_at < ?", filter.before.map(instant)),
    ] {
        if let Some(value) = value {
            clauses.push(clause);
            values.push(Value::Text(value));
        }
    }
    values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    let which = format!("WHERE {} ORDER BY last_at DESC, id DESC LIMIT ?", clauses.join(" AND "));
    rows(ledger, &which, params_from_iter(values))
}

pub(super) fn of_number(ledger: &Connection, number: i64) -> Result<Option<StoredCrash>, Failure> {
    Ok(rows(ledger, "WHERE id = ?1", [number])?.pop())
}

fn rows(
    ledger: &Connection,
    which: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<StoredCrash>, Failure> {
    if schema::version(ledger)? < SINCE {
        return Ok(Vec::new());
    }
    let mut statement = ledger.prepare_cached(&format!(
        "SELECT id, supervisor, kind, message, location, phase, generation, stack, events, first_at, last_at, counted
         FROM crashes {which}"
    ))?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(stored(row)?);
    }
    Ok(found)
}

fn stored(row: &Row<'_>) -> Result<StoredCrash, Failure> {
    let kind: String = row.get(2)?;
    let known = CrashKind::ALL.into_iter().find(|known| known.as_str() == kind);
    let (location, events): (String, String) = (row.get(4)?, row.get(8)?);
    let crash = Crash {
        supervisor: row.get(1)?,
        kind: known.ok_or_else(|| Failure::row(format!("{kind:?} is no kind of crash")))?,
        message: row.get(3)?,
        location: Some(location).filter(|location| !location.is_empty()),
        phase: row.get(5)?,
        generation: row.get::<_, i64>(6)?.unsigned_abs(),
        stack: row.get(7)?,
        events: events.lines().map(String::from).collect(),
        first_at: parsed("first_at", row.get_ref(9)?)?,
        last_at: parsed("last_at", row.get_ref(10)?)?,
        count: row.get::<_, i64>(11)?.unsigned_abs(),
    };
    Ok(StoredCrash { number: row.get(0)?, crash })
}
