//! Storing rows made elsewhere.

use super::capture::{Given, Place, insert, is_missed, next_number, place};
use super::columns::session_date;
use super::failure::Failure;
use super::sessions::of_key;
use crate::ledger::{Conflict, ImportReport, ImportRow, LedgerError};
use crate::value::SessionRow;
use rusqlite::Connection;
use std::collections::HashMap;

/// Stores all of `rows`, or none where any is in conflict.
pub(super) fn store(ledger: &Connection, rows: &[ImportRow]) -> Result<ImportReport, Failure> {
    ledger.execute_batch("SAVEPOINT import")?;
    let mut report = store_rows(ledger, rows)?;
    if !report.conflicts.is_empty() {
        ledger.execute_batch("ROLLBACK TO import")?;
        report.imported = 0;
    }
    ledger.execute_batch("RELEASE import")?;
    Ok(report)
}

fn store_rows(ledger: &Connection, rows: &[ImportRow]) -> Result<ImportReport, Failure> {
    let mut report = ImportReport::default();
    let mut numbers = Numbers::default();
    for ImportRow { line, row } in rows {
        match store_row(ledger, row, &mut numbers) {
            Ok(Fate::Imported) => report.imported += 1,
            Ok(Fate::Unchanged) => report.unchanged += 1,
            Ok(Fate::Conflict(reason)) => report.conflicts.push(Conflict { line: *line, reason }),
            // What is wrong with the row alone costs the row alone.
            Err(Failure::Ledger(error @ (LedgerError::TooPrecise { .. } | LedgerError::Row(_)))) => {
                report.conflicts.push(Conflict { line: *line, reason: error.to_string() });
            }
            Err(Failure::Sql(error)) if is_refusal(&error) => {
                report.conflicts.push(Conflict { line: *line, reason: error.to_string() });
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(report)
}

enum Fate {
    Imported,
    Unchanged,
    Conflict(String),
}

fn store_row(ledger: &Connection, row: &SessionRow, numbers: &mut Numbers) -> Result<Fate, Failure> {
    let id = &row.id;
    let date = session_date(id.year, id.month, id.date)?;
    let named = format!("{} of {} {date}", id.future, id.country);
    if let Some(stored) = of_key(ledger, row)? {
        let same = same_trade(&stored.row, row);
        let reason = format!("{named} is in the ledger already, with another signal, entry or outcome");
        return Ok(if same { Fate::Unchanged } else { Fate::Conflict(reason) });
    }
    if is_missed(ledger, &id.country, date)? {
        return Ok(Fate::Conflict(format!("the open of {} {date} was recorded as missed", id.country)));
    }
    insert(ledger, row, &numbers.given(ledger, row)?, &kept_place(row, &place(ledger, row)?))?;
    Ok(Fate::Imported)
}

fn same_trade(stored: &SessionRow, row: &SessionRow) -> bool {
    (stored.id.bhs, stored.id.wndw, stored.trade.entry_price)
        == (row.id.bhs, row.id.wndw, row.trade.entry_price)
}

fn kept_place(row: &SessionRow, next: &Place) -> Place {
    Place {
        country_future: row.id.country_future.unwrap_or(next.country_future),
        total: row.id.country_future_wndw_total.unwrap_or(next.total),
    }
}

fn is_refusal(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

/// The numbers given to rows that come without: one for each market and date.
#[derive(Default)]
struct Numbers(HashMap<(String, i64, i64, i64), i64>);

impl Numbers {
    fn given(&mut self, ledger: &Connection, row: &SessionRow) -> Result<Given, Failure> {
        let session_number = match row.id.session_number {
            Some(number) => number,
            None => self.of_open(ledger, row)?,
        };
        let capture_group = row.id.capture_group.unwrap_or(session_number);
        Ok(Given { session_number, capture_group, capture_delay_ms: None })
    }

    fn of_open(&mut self, ledger: &Connection, row: &SessionRow) -> Result<i64, Failure> {
        let open = (row.id.country.clone(), row.id.year, row.id.month, row.id.date);
        if let Some(number) = self.0.get(&open) {
            return Ok(*number);
        }
        let number = next_number(ledger)?;
        self.0.insert(open, number);
        Ok(number)
    }
}
