//! Storing a market's open, once.

use super::columns::{instant, parsed, to_sql};
use super::failure::Failure;
use crate::ledger::{Capture, CaptureOutcome, MissedCapture, MissedOutcome};
use crate::value::{Column, SessionRow};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use std::sync::LazyLock;

pub(super) fn store(
    ledger: &Connection,
    capture: &Capture,
    now: impl FnOnce() -> Timestamp,
) -> Result<CaptureOutcome, Failure> {
    belongs_together(capture)?;
    if let Some(session_number) = number(ledger, &capture.market, capture.session_date)? {
        return Ok(CaptureOutcome::AlreadyCaptured { session_number });
    }
    if is_missed(ledger, &capture.market, capture.session_date)? {
        return Ok(CaptureOutcome::RecordedAsMissed);
    }
    let session_number = next_number(ledger)?;
    for row in &capture.rows {
        let given = Given { session_number, capture_group: session_number, capture_delay_ms: None };
        insert(ledger, row, &given, &place(ledger, row)?)?;
    }
    // The clock is read as late as it can be: the rows hold it, and all that follows is their commit.
    let delay = now().duration_since(capture.open_at).as_millis();
    let capture_delay_ms = i64::try_from(delay).unwrap_or(i64::MAX).max(0);
    let sql = "UPDATE sessions SET capture_delay_ms = ?1 WHERE session_number = ?2";
    ledger.prepare_cached(sql)?.execute([capture_delay_ms, session_number])?;
    Ok(CaptureOutcome::Captured { session_number, capture_delay_ms })
}

/// The session number of a capture.
pub(super) fn number(ledger: &Connection, market: &str, date: Date) -> Result<Option<i64>, Failure> {
    let sql =
        "SELECT session_number FROM sessions WHERE country = ?1 AND year = ?2 AND month = ?3 AND date = ?4";
    let mut statement = ledger.prepare_cached(sql)?;
    let found = statement.query_row(params![market, date.year(), date.month(), date.day()], |row| row.get(0));
    Ok(found.optional()?)
}

pub(super) fn store_missed(ledger: &Connection, missed: &MissedCapture) -> Result<MissedOutcome, Failure> {
    if let Some(session_number) = number(ledger, &missed.market, missed.session_date)? {
        return Ok(MissedOutcome::WasCaptured { session_number });
    }
    if is_missed(ledger, &missed.market, missed.session_date)? {
        return Ok(MissedOutcome::AlreadyRecorded);
    }
    let at = instant(missed.recorded_at);
    ledger.execute(
        "INSERT INTO missed_captures (market, session_date, reason, recorded_at) VALUES (?1, ?2, ?3, ?4)",
        params![missed.market, missed.session_date.to_string(), missed.reason, at],
    )?;
    Ok(MissedOutcome::Recorded)
}

pub(super) fn is_missed(ledger: &Connection, market: &str, date: Date) -> Result<bool, Failure> {
    let sql = "SELECT EXISTS (SELECT 1 FROM missed_captures WHERE market = ?1 AND session_date = ?2)";
    Ok(ledger.prepare_cached(sql)?.query_row(params![market, date.to_string()], |row| row.get(0))?)
}

pub(super) fn watched_since(ledger: &Connection) -> Result<Option<Timestamp>, Failure> {
    let mut statement = ledger.prepare_cached("SELECT since FROM watched")?;
    let mut rows = statement.query([])?;
    rows.next()?.map(|row| parsed("since", row.get_ref(0)?)).transpose()
}

/// Another process may have been first meanwhile; its instant stands, unless it is to come: then the clock was ahead.
pub(super) fn watch_from(ledger: &Connection, now: Timestamp) -> Result<Timestamp, Failure> {
    let sql = match watched_since(ledger)? {
        Some(since) if since <= now => return Ok(since),
        Some(_) => "UPDATE watched SET since = ?1",
        None => "INSERT INTO watched (since) VALUES (?1)",
    };
    ledger.execute(sql, [instant(now)])?;
    Ok(now)
}

/// A session number that was never given before.
pub(super) fn next_number(ledger: &Connection) -> Result<i64, Failure> {
    Ok(ledger.query_row("SELECT last + 1 FROM numbering", [], |row| row.get(0))?)
}

/// The numbers that a row gets from its capture.
pub(super) struct Given {
    pub(super) session_number: i64,
    pub(super) capture_group: i64,
    pub(super) capture_delay_ms: Option<i64>,
}

/// Where a row stands among those of its country and future.
pub(super) struct Place {
    pub(super) country_future: i64,
    pub(super) total: i64,
}

/// The place that a new row gets.
pub(super) fn place(ledger: &Connection, row: &SessionRow) -> Result<Place, Failure> {
    // Two questions of which each has its index: together they would walk through every row of the future.
    let sql = "SELECT
        1 + ifnull((SELECT max(country_future) FROM sessions WHERE country = ?1 AND future = ?2), 0),
        1 + ifnull((SELECT sum(counted) FROM session_counts WHERE country = ?1 AND future = ?2), 0)";
    let place = ledger.prepare_cached(sql)?.query_row([&row.id.country, &row.id.future], |row| {
        Ok(Place { country_future: row.get(0)?, total: row.get(1)? })
    })?;
    Ok(place)
}

pub(super) fn insert(
    ledger: &Connection,
    row: &SessionRow,
    given: &Given,
    place: &Place,
) -> Result<(), Failure> {
    let columns = SessionRow::COLUMNS.iter().zip(row.values());
    let values: Vec<Value> = columns
        .map(|(column, value)| assigned(column, given, place).map_or_else(|| to_sql(column.name, value), Ok))
        .collect::<Result<_, _>>()?;
    ledger.prepare_cached(&INSERT)?.execute(params_from_iter(values))?;
    Ok(())
}

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<&str> = SessionRow::COLUMNS.iter().map(|column| column.name).collect();
    let marks = vec!["?"; names.len()].join(", ");
    format!("INSERT INTO sessions ({}) VALUES ({marks})", names.join(", "))
});

fn assigned(column: &Column, given: &Given, place: &Place) -> Option<Value> {
    match column.name {
        "session_number" => Some(Value::Integer(given.session_number)),
        "capture_group" => Some(Value::Integer(given.capture_group)),
        "country_future" => Some(Value::Integer(place.country_future)),
        "country_future_wndw_total" => Some(Value::Integer(place.total)),
        "capture_delay_ms" => given.capture_delay_ms.map(Value::Integer),
        _ => None,
    }
}

fn belongs_together(capture: &Capture) -> Result<(), Failure> {
    let date = capture.session_date;
    let date = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
    let stranger = capture
        .rows
        .iter()
        .map(|row| &row.id)
        .find(|id| id.country != capture.market || (id.year, id.month, id.date) != date);
    match stranger {
        Some(id) => Err(Failure::row(format!(
            "the row {} of {} {}-{:02}-{:02} is not of the capture of {} {}",
            id.future, id.country, id.year, id.month, id.date, capture.market, capture.session_date
        ))),
        None if capture.rows.is_empty() => {
            Err(Failure::row(format!("a capture of {} without rows", capture.market)))
        }
        None => Ok(()),
    }
}
