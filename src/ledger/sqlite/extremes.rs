//! Days, seeds and computed state of the 52-week extremes.

use super::columns::{extreme, instant, number, optional_number, optional_price, parsed, price};
use super::failure::Failure;
use crate::ledger::{DayRange, ExtremesState, Seed};
use crate::rules::extremes::{DailyRange, Extreme, Pair};
use jiff::civil::Date;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params};

pub(super) fn store_days(ledger: &Connection, days: &[DayRange]) -> Result<(), Failure> {
    let mut statement = ledger.prepare_cached(
        "INSERT INTO daily_ranges (future, day, high, low) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (future, day) DO UPDATE SET high = max(high, excluded.high), low = min(low, excluded.low)",
    )?;
    for DayRange { future, range } in days {
        let (high, low) = (number("high", range.high)?, number("low", range.low)?);
        statement.execute(params![future, range.date.to_string(), high, low])?;
    }
    Ok(())
}

pub(super) fn days(ledger: &Connection, future: &str, since: Date) -> Result<Vec<DailyRange>, Failure> {
    let sql = "SELECT day, high, low FROM daily_ranges WHERE future = ?1 AND day >= ?2 ORDER BY day";
    collect(ledger, sql, params![future, since.to_string()], |row| {
        Ok(DailyRange {
            date: parsed("day", row.get_ref(0)?)?,
            high: price("high", row.get_ref(1)?)?,
            low: price("low", row.get_ref(2)?)?,
        })
    })
}

pub(super) fn coverage(ledger: &Connection) -> Result<Vec<(String, Date)>, Failure> {
    // From one future to the next along the key: grouped, every day of every year would be read, at each open.
    let sql = "WITH RECURSIVE futures (future) AS (
            SELECT min(future) FROM daily_ranges
            UNION ALL
            SELECT (SELECT min(future) FROM daily_ranges WHERE future > futures.future) FROM futures
            WHERE futures.future IS NOT NULL
        )
        SELECT future, (SELECT min(day) FROM daily_ranges WHERE daily_ranges.future = futures.future)
        FROM futures WHERE future IS NOT NULL";
    collect(ledger, sql, [], |row| Ok((row.get(0)?, parsed("day", row.get_ref(1)?)?)))
}

pub(super) fn store_states(ledger: &Connection, states: &[ExtremesState]) -> Result<(), Failure> {
    let mut statement = ledger.prepare_cached(
        "INSERT OR REPLACE INTO extremes (future, high_52w, high_52w_on, low_52w, low_52w_on,
             all_time_high, all_time_high_on, all_time_low, all_time_low_on, last_price, checked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for state in states {
        let (high, high_on) = columns("high_52w", state.weeks52.high)?;
        let (low, low_on) = columns("low_52w", state.weeks52.low)?;
        let (all_time_high, all_time_high_on) = columns("all_time_high", state.all_time.high)?;
        let (all_time_low, all_time_low_on) = columns("all_time_low", state.all_time.low)?;
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
            optional_number("last_price", state.last.map(|(price, _)| price))?,
            state.last.map(|(_, at)| instant(at)),
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
            weeks52: pair(row, 1)?,
            all_time: pair(row, 5)?,
            last: match optional_price("last_price", row.get_ref(9)?)? {
                Some(price) => Some((price, parsed("checked_at", row.get_ref(10)?)?)),
                None => None,
            },
        })
    })
}

pub(super) fn store_seeds(ledger: &Connection, seeds: &[Seed]) -> Result<(), Failure> {
    let mut statement = ledger.prepare_cached(
        "INSERT OR REPLACE INTO extreme_seeds (future, high_52w, high_52w_on, low_52w, low_52w_on)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for seed in seeds {
        let (high, high_on) = columns("high_52w", seed.pair.high)?;
        let (low, low_on) = columns("low_52w", seed.pair.low)?;
        statement.execute(params![seed.future, high, high_on, low, low_on])?;
    }
    Ok(())
}

pub(super) fn seeds(ledger: &Connection) -> Result<Vec<Seed>, Failure> {
    let sql = "SELECT future, high_52w, high_52w_on, low_52w, low_52w_on FROM extreme_seeds ORDER BY future";
    collect(ledger, sql, [], |row| Ok(Seed { future: row.get(0)?, pair: pair(row, 1)? }))
}

/// The pair in the four columns from `first` on: high, its day, low, its day.
fn pair(row: &Row<'_>, first: usize) -> Result<Pair, Failure> {
    let at = |at| row.get_ref(first + at);
    Ok(Pair { high: extreme("high", at(0)?, at(1)?)?, low: extreme("low", at(2)?, at(3)?)? })
}

fn columns(name: &str, extreme: Option<Extreme>) -> Result<(Value, Option<String>), Failure> {
    let price = optional_number(name, extreme.map(|extreme| extreme.price))?;
    let date = extreme.and_then(|extreme| extreme.date);
    Ok((price, date.map(|date| date.to_string())))
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
