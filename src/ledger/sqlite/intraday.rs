//! What changes while a market is open: open-to-close columns and VWAP minutes.

use super::columns::{number, optional_number, price};
use super::failure::Failure;
use crate::ledger::{MarketUpdate, Minute};
use crate::value::{OpenToClose, Percent, Price};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

pub(super) fn update(ledger: &Connection, updates: &[MarketUpdate]) -> Result<usize, Failure> {
    let mut updated = 0;
    for update in updates {
        let columns = columns(&update.market);
        let sets = columns.map(|(name, _)| format!("{name} = ?")).join(", ");
        let sql = format!("UPDATE sessions SET {sets}, data_gap = coalesce(?, data_gap) WHERE id = ?");
        let mut values = Vec::with_capacity(columns.len() + 2);
        for (name, price) in columns {
            values.push(optional_number(name, price)?);
        }
        values.push(update.data_gap.clone().map_or(Value::Null, Value::Text));
        values.push(Value::Integer(update.id.0));
        updated += ledger.prepare_cached(&sql)?.execute(params_from_iter(values))?;
    }
    Ok(updated)
}

/// Named one by one: a column that joins the group has to join the update, or this does not compile.
fn columns(market: &OpenToClose) -> [(&'static str, Option<Price>); 11] {
    let OpenToClose {
        market_open,
        market_high_open,
        market_high_pct_open,
        market_low_open,
        market_low_pct_open,
        market_close,
        market_high_pct_close,
        market_low_pct_close,
        market_close_vs_open_pct,
        market_range,
        market_range_pct,
    } = market;
    let percent = |percent: &Option<Percent>| percent.and_then(|percent| Price::new(percent.decimal()).ok());
    [
        ("market_open", *market_open),
        ("market_high_open", *market_high_open),
        ("market_high_pct_open", percent(market_high_pct_open)),
        ("market_low_open", *market_low_open),
        ("market_low_pct_open", percent(market_low_pct_open)),
        ("market_close", *market_close),
        ("market_high_pct_close", percent(market_high_pct_close)),
        ("market_low_pct_close", percent(market_low_pct_close)),
        ("market_close_vs_open_pct", percent(market_close_vs_open_pct)),
        ("market_range", *market_range),
        ("market_range_pct", percent(market_range_pct)),
    ]
}

pub(super) fn store_minutes(ledger: &Connection, minutes: &[Minute]) -> Result<(), Failure> {
    let mut statement = ledger.prepare_cached(
        "INSERT INTO vwap_minutes (future, minute, last, volume) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (future, minute) DO UPDATE SET last = excluded.last, volume = excluded.volume",
    )?;
    for minute in minutes {
        let start = minute.minute.as_second().div_euclid(60) * 60;
        statement.execute(params![minute.future, start, number("last", minute.last)?, minute.volume])?;
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
        "SELECT future, minute, last, volume FROM vwap_minutes WHERE future = ?1 AND minute < ?3 AND minute >=
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
    let start = Timestamp::from_second(row.get(1)?).map_err(|error| Failure::row(error.to_string()))?;
    Ok(Minute {
        future: row.get(0)?,
        minute: start,
        last: price("last", row.get_ref(2)?)?,
        volume: row.get(3)?,
    })
}
