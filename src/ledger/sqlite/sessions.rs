//! Reading session rows.

use super::columns::{from_sql, parsed};
use super::failure::Failure;
use crate::ledger::{Cursor, MissedCapture, RowId, SessionFilter, StoredSession};
use crate::value::{Outcome, SessionRow};
use jiff::civil::Date;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use std::sync::LazyLock;

pub(super) fn page(
    ledger: &Connection,
    filter: &SessionFilter,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Vec<StoredSession>, Failure> {
    let mut which = Conditions::of(filter);
    if let Some(after) = after {
        let (year, month, date) = after.date;
        which.add(
            "(year, month, date, session_number, id) > (?, ?, ?, ?, ?)",
            [year, month, date, after.session_number, after.id.0].map(Value::Integer),
        );
    }
    which.values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    // Only for the first page: sorted anew for each, many pending rows would take longer than the walk.
    let unordered = if after.is_none() { unordered(filter) } else { "" };
    let order = format!("ORDER BY {unordered}year, month, date, session_number, id LIMIT ?");
    rows(ledger, &format!("{} {order}", which.sql()), params_from_iter(&which.values))
}

/// The last page, read from its end.
pub(super) fn latest(
    ledger: &Connection,
    filter: &SessionFilter,
    limit: usize,
) -> Result<Vec<StoredSession>, Failure> {
    let mut which = Conditions::of(filter);
    which.values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    let unordered = unordered(filter);
    let order =
        format!("ORDER BY {unordered}year DESC, month DESC, date DESC, session_number DESC, id DESC LIMIT ?");
    let mut found = rows(ledger, &format!("{} {order}", which.sql()), params_from_iter(&which.values))?;
    found.reverse();
    Ok(found)
}

/// What keeps SQLite from walking through all rows by date to find the few that are pending: with a plus before the
/// first column of an order it sorts those instead.
fn unordered(filter: &SessionFilter) -> &'static str {
    if filter.outcome == Some(Outcome::Pending) { "+" } else { "" }
}

pub(super) fn of_number(ledger: &Connection, number: i64) -> Result<Vec<StoredSession>, Failure> {
    rows(ledger, "WHERE session_number = ?1 ORDER BY id", [number])
}

pub(super) fn unclosed(
    ledger: &Connection,
    market: &str,
    since: Date,
) -> Result<Vec<StoredSession>, Failure> {
    let which = "WHERE market_open IS NOT NULL AND market_close IS NULL
        AND country = ?1 AND (year, month, date) >= (?2, ?3, ?4) ORDER BY year, month, date, id";
    rows(ledger, which, params![market, since.year(), since.month(), since.day()])
}

/// The row of a market, date and future.
pub(super) fn of_key(ledger: &Connection, row: &SessionRow) -> Result<Option<StoredSession>, Failure> {
    let id = &row.id;
    let which = "WHERE country = ?1 AND year = ?2 AND month = ?3 AND date = ?4 AND future = ?5";
    Ok(rows(ledger, which, params![id.country, id.year, id.month, id.date, id.future])?.pop())
}

pub(super) fn missed(ledger: &Connection, filter: &SessionFilter) -> Result<Vec<MissedCapture>, Failure> {
    let mut which = Conditions::default();
    which.equal("market", filter.market.as_ref());
    for (clause, date) in [("session_date >= ?", filter.from), ("session_date <= ?", filter.to)] {
        if let Some(date) = date {
            which.add(clause, [Value::Text(date.to_string())]);
        }
    }
    let mut statement = ledger.prepare_cached(&format!(
        "SELECT market, session_date, reason, recorded_at FROM missed_captures {} ORDER BY session_date, recorded_at",
        which.sql()
    ))?;
    let mut rows = statement.query(params_from_iter(&which.values))?;
    let mut missed = Vec::new();
    while let Some(row) = rows.next()? {
        missed.push(MissedCapture {
            market: row.get(0)?,
            session_date: parsed("session_date", row.get_ref(1)?)?,
            reason: row.get(2)?,
            recorded_at: parsed("recorded_at", row.get_ref(3)?)?,
        });
    }
    Ok(missed)
}

fn rows(
    ledger: &Connection,
    which: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<StoredSession>, Failure> {
    let mut statement = ledger.prepare_cached(&format!("{} {which}", *SELECT))?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(stored(row)?);
    }
    Ok(found)
}

static SELECT: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<&str> = SessionRow::COLUMNS.iter().map(|column| column.name).collect();
    format!("SELECT id, {} FROM sessions", names.join(", "))
});

fn stored(row: &Row<'_>) -> Result<StoredSession, Failure> {
    let mut at = 1..;
    let session =
        SessionRow::from_columns(|column| from_sql(column, row.get_ref(at.next().unwrap_or_default())?))?;
    Ok(StoredSession { id: RowId(row.get(0)?), row: session })
}

/// The conditions of a filter, and the values of their question marks.
#[derive(Default)]
struct Conditions {
    clauses: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Those of the rows that `filter` names.
    fn of(filter: &SessionFilter) -> Conditions {
        let mut which = Conditions::default();
        which.equal("country", filter.market.as_ref());
        which.equal("future", filter.future.as_ref());
        if let Some(outcome) = filter.outcome {
            // As a literal, so that the index of the pending rows can answer.
            which.add(&format!("wndw = '{outcome}'"), []);
        }
        which.between(filter.from, filter.to);
        which
    }

    fn add(&mut self, clause: &str, values: impl IntoIterator<Item = Value>) {
        self.clauses.push(clause.into());
        self.values.extend(values);
    }

    fn equal(&mut self, column: &str, value: Option<&(impl ToString + ?Sized)>) {
        if let Some(value) = value {
            self.add(&format!("{column} = ?"), [Value::Text(value.to_string())]);
        }
    }

    fn between(&mut self, from: Option<Date>, to: Option<Date>) {
        for (comparison, date) in [(">=", from), ("<=", to)] {
            if let Some(date) = date {
                let fields = [i64::from(date.year()), i64::from(date.month()), i64::from(date.day())];
                self.add(&format!("(year, month, date) {comparison} (?, ?, ?)"), fields.map(Value::Integer));
            }
        }
    }

    fn sql(&self) -> String {
        if self.clauses.is_empty() { String::new() } else { format!("WHERE {}", self.clauses.join(" AND ")) }
    }
}
