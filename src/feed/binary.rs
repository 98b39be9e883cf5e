//! .xls and .ods, as far as calamine reads them.
//!
//! Of these calamine makes all sheets whole, between the first and the last cell, wherever the range is: what
//! that takes is counted before it begins.

use super::error::Problem;
use super::fingerprint::Fingerprint;
use super::package::Package;
use super::rows::Rows;
use super::table::Table;
use super::{biff, ods};
use calamine::{Data, Ods, OdsError, Range, Reader, Xls, XlsError};
use std::fmt::Display;
use std::io::Cursor;

/// Reads an .ods: every part is verified, then calamine reads the whole sheet.
pub(crate) fn read_ods(
    package: &mut Package<'_>,
    bytes: &[u8],
    sheet: &str,
    table: &mut Table,
) -> Result<Fingerprint, Problem> {
    let fingerprint = verify_all(package)?;
    ods::check(&package.read("content.xml")?)?;
    let workbook = Ods::new(Cursor::new(bytes)).map_err(|error| match error {
        OdsError::Password => Problem::PasswordProtected,
        error => bad_sheet(sheet, &error),
    })?;
    push_sheet(workbook, sheet, table)?;
    Ok(fingerprint)
}

/// Reads an .xls. The format has no checksums, so damage inside it that keeps its structure cannot be seen.
pub(crate) fn read_xls(bytes: &[u8], sheet: &str, table: &mut Table) -> Result<Fingerprint, Problem> {
    let records = biff::without_formulas(bytes)?;
    let workbook = Xls::new(Cursor::new(records.as_slice())).map_err(|error| match error {
        XlsError::Password => Problem::PasswordProtected,
        error => bad_sheet(sheet, &error),
    })?;
    push_sheet(workbook, sheet, table)?;
    Ok(Fingerprint::of_file(bytes))
}

fn verify_all(package: &mut Package<'_>) -> Result<Fingerprint, Problem> {
    let names = package.names();
    package.fits(names.iter().map(String::as_str))?;
    for name in &names {
        package.read(name)?;
    }
    Ok(Fingerprint::of_parts(package, names.iter().map(String::as_str)))
}

/// The sheet's name as the workbook writes it; names of sheets do not depend on case.
fn sheet_name(names: &[String], sheet: &str) -> Result<String, Problem> {
    let found = || {
        let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
        quoted.join(", ")
    };
    names
        .iter()
        .find(|name| name.to_lowercase() == sheet.to_lowercase())
        .cloned()
        .ok_or_else(|| Problem::NoSheet { sheet: sheet.to_string(), found: found() })
}

/// Puts a sheet that calamine reads as a whole into the table.
fn push_sheet<'b, W: Reader<Cursor<&'b [u8]>>>(
    mut workbook: W,
    sheet: &str,
    table: &mut Table,
) -> Result<(), Problem>
where
    W::Error: Display,
{
    let name = sheet_name(&workbook.sheet_names(), sheet)?;
    let range = workbook.worksheet_range(&name).map_err(|error| bad_sheet(sheet, &error))?;
    push_range(&range, table);
    Ok(())
}

fn push_range(range: &Range<Data>, table: &mut Table) {
    let Some((first_row, first_column)) = range.start() else { return };
    let mut rows = Rows::new(table);
    for (row, column, value) in range.used_cells() {
        let (Ok(row), Ok(column)) = (u32::try_from(row), u32::try_from(column)) else { return };
        let position = (first_row + row, first_column + column);
        if rows.put(position, value).is_break() {
            break;
        }
    }
    rows.finish();
}

pub(super) fn bad_sheet(sheet: &str, error: &dyn Display) -> Problem {
    Problem::BadSheet { sheet: sheet.to_string(), reason: error.to_string() }
}
