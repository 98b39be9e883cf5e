//! Days, seeds and computed state of the 52-week extremes.

use super::columns::{dated, instant, number, optional_number, optional_price, parsed, price};
use super::failure::Failure;
use crate::ledger::{Dated, DayRange, ExtremesState, Seed};
use jiff::civil::Date;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params};

pub(super) fn store_days(ledger: &Connection, days: &[DayRange]) -> Result<(), Failure> {
    let mut statement = ledger.prepare_cached(
        "INSERT INTO daily_ranges (future, day, high, low) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (future, day) DO UPDATE SET high = max(high, excluded.high), low = min(low, excluded.low)",
    )?;
    for day in days {
        let (high, low) = (number("high", day.high)?, number("low", day.low)?);
        statement.execute(params![day.future, day.day.to_string(), high, low])?;
    }
    Ok(())
}

pub(super) fn days(ledger: &Connection, since: Date) -> Result<Vec<DayRange>, Failure> {
    let sql = "SELECT future, day, high, low FROM daily_ranges WHERE day >= ?1 ORDER BY future, day";
    collect(ledger, sql, [since.to_string()], |row| {
        Ok(DayRange {
            future: row.get(0)?,
            day: parsed("day", row.get_ref(1)?)?,
            high: price("high", row.get_ref(2)?)?,
            low: price("low", row.get_ref(3)?)?,
        })
    })
}

pub(super) fn coverage(ledger: &Connection) -> Result<Vec<(String, Date)>, Failure> {
    let sql = "SELECT future, min(day) FROM daily_ranges GROUP BY future ORDER BY future";
    collect(ledger, sql, [], |row| Ok((row.get(0)?, parsed("day", row.get_ref(1)?)?)))
}

pub(super) fn store_states(ledger: &Connection, states: &[ExtremesState]) -> Result<(), Failure> {
    let mut statement = ledger.prepare_cached(
        "INSERT OR REPLACE INTO extremes (future, high_52w, high_52w_on, low_52w, low_52w_on,
             all_time_high, all_time_high_on, all_time_low, all_time_low_on, last_price, checked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for state in states {
        let (high, high_on) = columns("high_52w", state.high)?;
        let (low, low_on) = columns("low_52w", state.low)?;
        let (all_time_high, all_time_high_on) = columns("all_time_high", state.all_time_high)?;
        let (all_time_low, all_time_low_on) = columns("all_time_low", state.all_time_low)?;
        statement.execute(params![
            state.future,
            high,
            high_on,
            low,
            low_on,
            all_time_high,
            all_time_high_on,
            all_time_low,
            all_time_low_on,
            optional_number("last_price", state.last_price)?,
            instant(state.checked_at),
        ])?;
    }
    Ok(())
}

pub(super) fn states(ledger: &Connection) -> Result<Vec<ExtremesState>, Failure> {
    let sql = "SELECT future, high_52w, high_52w_on, low_52w, low_52w_on, all_time_high, all_time_high_on,
        all_time_low, all_time_low_on, last_price, checked_at FROM extremes ORDER BY future";
    collect(ledger, sql, [], |row| {
        Ok(ExtremesState {
            future: row.get(0)?,
            high: dated("high_52w", row.get_ref(1)?, row.get_ref(2)?)?,
            low: dated("low_52w", row.get_ref(3)?, row.get_ref(4)?)?,
            all_time_high: dated("all_time_high", row.get_ref(5)?, row.get_ref(6)?)?,
            all_time_low: dated("all_time_low", row.get_ref(7)?, row.get_ref(8)?)?,
            last_price: optional_price("last_price", row.get_ref(9)?)?,
            checked_at: parsed("checked_at", row.get_ref(10)?)?,
        })
    })
}

pub(super) fn store_seeds(ledger: &Connection, seeds: &[Seed]) -> Result<(), Failure> {
    let mut statement = ledger.prepare_cached(
        "INSERT OR REPLACE INTO extreme_seeds (future, high_52w, high_52w_on, low_52w, low_52w_on)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for seed in seeds {
        let (high, high_on) = columns("high_52w", seed.high)?;
        let (low, low_on) = columns("low_52w", seed.low)?;
        statement.execute(params![seed.future, high, high_on, low, low_on])?;
    }
    Ok(())
}

pub(super) fn seeds(ledger: &Connection) -> Result<Vec<Seed>, Failure> {
    let sql = "SELECT future, high_52w, high_52w_on, low_52w, low_52w_on FROM extreme_seeds ORDER BY future";
    collect(ledger, sql, [], |row| {
        Ok(Seed {
            future: row.get(0)?,
            high: dated("high_52w", row.get_ref(1)?, row.get_ref(2)?)?,
            low: dated("low_52w", row.get_ref(3)?, row.get_ref(4)?)?,
        })
    })
}

fn columns(name: &str, dated: Option<Dated>) -> Result<(Value, Option<String>), Failure> {
    let price = optional_number(name, dated.map(|dated| dated.price))?;
    Ok((price, dated.map(|dated| dated.on.to_string())))
}

fn collect<T>(
    ledger: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut statement = ledger.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}
