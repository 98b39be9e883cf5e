//! `sessions import`: rows made elsewhere, from CSV.

use crate::cli::csv_file::{BadLines, CsvFile, Record, unguarded};
use crate::cli::{Output, exit_code::ExitCode, ledger_file, named};
use anyhow::ensure;
use jiff::civil::Date;
use std::path::Path;
use thor_stack::config::{Config, did_you_mean};
use thor_stack::ledger::{ImportReport, ImportRow, Ledger};
use thor_stack::supervise::Generation;
use thor_stack::value::{Column, ColumnError, ColumnValue, Kind, Market, SessionRow};

/// Imports the rows of `path`.
///
/// # Errors
/// The file cannot be read, any of its lines is bad (nothing is imported then), or the ledger cannot be written.
pub(super) fn run(path: &Path, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let mut rows = rows(path, config)?;
    // By date and, east to west, by market: so sessions without numbers get theirs in the order in which they were.
    rows.sort_by_key(|ImportRow { row, .. }| open_of(row));
    let ledger = ledger_file::for_writing(config)?;
    let ImportReport { imported, unchanged, conflicts } = ledger.import(&Generation::new(1), &rows)?;
    let mut refused = BadLines::default();
    conflicts.into_iter().for_each(|conflict| refused.add(conflict.line, conflict.reason));
    refused.refuse(path, "nothing was imported, what the ledger has was kept")?;
    out.line(&format!("imported {imported} rows; {unchanged} were in the ledger already"))?;
    Ok(ExitCode::Done)
}

/// Which open a row is of.
fn open_of(row: &SessionRow) -> (i64, i64, i64, Option<Market>) {
    (row.id.year, row.id.month, row.id.date, Market::find(&row.id.country).ok())
}

fn rows(path: &Path, config: &Config) -> anyhow::Result<Vec<ImportRow>> {
    let mut file = CsvFile::read(path)?;
    let columns: Vec<Option<usize>> =
        SessionRow::COLUMNS.iter().map(|column| file.column(&[column.name])).collect();
    check_header(path, &file, &columns)?;
    let mut bad = std::mem::take(&mut file.bad);
    let mut rows = Vec::with_capacity(file.records.len());
    for record in std::mem::take(&mut file.records) {
        match row(&record, &columns, config) {
            Ok(row) => rows.push(ImportRow { line: record.line, row }),
            Err(reason) => bad.add(record.line, reason),
        }
    }
    bad.refuse(path, "nothing was imported")?;
    Ok(rows)
}

fn check_header(path: &Path, file: &CsvFile, columns: &[Option<usize>]) -> anyhow::Result<()> {
    let known = || SessionRow::COLUMNS.iter().map(|column| column.name);
    let missing: Vec<&str> = SessionRow::COLUMNS
        .iter()
        .zip(columns)
        .filter(|(column, at)| column.required && at.is_none() && column.name != "day")
        .map(|(column, _)| column.name)
        .collect();
    ensure!(missing.is_empty(), "{}: no column {}; nothing was imported", path.display(), missing.join(", "));
    for column in file.columns.iter().filter(|column| !known().any(|name| name.eq_ignore_ascii_case(column)))
    {
        log::warn!("column {column:?} is passed over{}", did_you_mean(column, known()));
    }
    Ok(())
}

/// The row that `record` is, its market and future under their own names.
fn row(record: &Record, columns: &[Option<usize>], config: &Config) -> Result<SessionRow, String> {
    let mut places = columns.iter();
    let mut row = SessionRow::from_columns(|column| {
        let cell = places.next().copied().flatten().map_or("", |at| record.cell(at));
        match column.name {
            "day" if cell.is_empty() => Ok(ColumnValue::Text(String::new())), // follows from the date
            _ => value(column, cell),
        }
    })
    .map_err(|error: ColumnError| error.to_string())?;
    row.id.country = Market::find(&row.id.country).map_err(|error| error.to_string())?.name().into();
    row.id.future = named::future(&row.id.future, config)?;
    row.id.day = weekday(&row)?;
    Ok(row)
}

/// The value of a cell. Tools that know only floats write whole numbers as `2.0`.
fn value(column: &Column, cell: &str) -> Result<ColumnValue, ColumnError> {
    match column.kind {
        Kind::Text => column.parse(unguarded(cell)),
        Kind::Integer => {
            let whole = cell.split_once('.').filter(|(_, zeros)| zeros.bytes().all(|digit| digit == b'0'));
            column.parse(whole.map_or(cell, |(whole, _)| whole))
        }
        _ => column.parse(cell),
    }
}

/// The weekday of the row's date, with which the file must agree.
fn weekday(row: &SessionRow) -> Result<String, String> {
    let id = &row.id;
    let date =
        || Date::new(id.year.try_into().ok()?, id.month.try_into().ok()?, id.date.try_into().ok()?).ok();
    let date = date().ok_or_else(|| format!("{}-{}-{} is no date", id.year, id.month, id.date))?;
    let day = date.strftime("%a").to_string();
    let same = id.day.is_empty() || id.day.get(..3).is_some_and(|typed| typed.eq_ignore_ascii_case(&day));
    if same { Ok(day) } else { Err(format!("{date} is a {day}, not {}", id.day)) }
}
