//! What changes while a market is open: open-to-close columns and VWAP minutes.

use super::columns::{instant, number, parsed, price, to_sql};
use super::failure::Failure;
use super::gaps::add_note;
use crate::ledger::{FutureMinute, MarketUpdate};
use crate::rules::vwap::{Minute, minute_of};
use crate::value::OpenToClose;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use std::sync::LazyLock;

pub(super) fn update(ledger: &Connection, updates: &[MarketUpdate]) -> Result<usize, Failure> {
    let mut statement = ledger.prepare_cached(&UPDATE)?;
    let mut updated = 0;
    for update in updates {
        let columns = OpenToClose::COLUMNS.iter().zip(update.market.values());
        let values = columns
            .map(|(column, value)| to_sql(column.name, value))
            .chain([Ok(Value::Integer(update.id.0))])
            .collect::<Result<Vec<Value>, Failure>>()?;
        updated += statement.execute(params_from_iter(values))?;
        if let Some(gap) = &update.data_gap {
            add_note(ledger, update.id.0, gap)?;
        }
    }
    Ok(updated)
}

static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let sets: Vec<String> =
        OpenToClose::COLUMNS.iter().map(|column| format!("{} = ?", column.name)).collect();
    format!("UPDATE sessions SET {} WHERE id = ?", sets.join(", "))
});

pub(super) fn follow_until(ledger: &Connection, now: Timestamp) -> Result<(), Failure> {
    let now = instant(now);
    if ledger.prepare_cached("UPDATE followed SET until = ?1")?.execute([&now])? == 0 {
        ledger.execute("INSERT INTO followed (until) VALUES (?1)", [&now])?;
    }
    Ok(())
}

pub(super) fn followed_until(ledger: &Connection) -> Result<Option<Timestamp>, Failure> {
    let mut statement = ledger.prepare_cached("SELECT until FROM followed")?;
    let mut rows = statement.query([])?;
    rows.next()?.map(|row| parsed("until", row.get_ref(0)?)).transpose()
}

pub(super) fn store_minutes(ledger: &Connection, minutes: &[FutureMinute]) -> Result<(), Failure> {
    let mut statement = ledger.prepare_cached(
        "INSERT INTO vwap_minutes (future, minute, last, volume) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (future, minute) DO UPDATE SET last = excluded.last, volume = excluded.volume",
    )?;
    for FutureMinute { future, minute } in minutes {
        let start = minute_of(minute.at).as_second();
        statement.execute(params![future, start, number("last", minute.last)?, minute.volume])?;
    }
    Ok(())
}

pub(super) fn minutes(
    ledger: &Connection,
    future: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Minute>, Failure> {
    let mut statement = ledger.prepare_cached(
        "SELECT minute, last, volume FROM vwap_minutes WHERE future = ?1 AND minute < ?3 AND minute >=
             coalesce((SELECT max(minute) FROM vwap_minutes WHERE future = ?1 AND minute < ?2), ?2)
         ORDER BY minute",
    )?;
    let mut rows = statement.query(params![future, first_second(from), first_second(to)])?;
    let mut minutes = Vec::new();
    while let Some(row) = rows.next()? {
        minutes.push(minute(row)?);
    }
    Ok(minutes)
}

pub(super) fn prune_minutes(ledger: &Connection, before: Timestamp) -> Result<usize, Failure> {
    Ok(ledger.execute("DELETE FROM vwap_minutes WHERE minute < ?1", [first_second(before)])?)
}

/// The first whole second that is not before `at`.
fn first_second(at: Timestamp) -> i64 {
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}

fn minute(row: &Row<'_>) -> Result<Minute, Failure> {
    let at = Timestamp::from_second(row.get(0)?).map_err(|error| Failure::row(error.to_string()))?;
    Ok(Minute { at, last: price("last", row.get_ref(1)?)?, volume: row.get(2)? })
}
