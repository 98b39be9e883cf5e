//! The workbook reader against real, odd and damaged workbooks.

// clippy takes helpers beside the tests for production code
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_arithmetic)]

mod bad_files;
mod cells;
mod claims;
mod formats;
mod looks;
mod real_workbooks;
mod short_way;
mod tables;
mod watch;

use crate::support::workbooks::WorkbookWriter;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use thor_stack::config::CellRange;
use thor_stack::feed::{FeedError, Look, WorkbookReader};
use thor_stack::value::{Quote, Sheet};

/// `A1:N13`, the default.
pub(crate) const DEFAULT_RANGE: CellRange = block(13, 14);

/// The block of the first `rows` rows and `columns` columns.
pub(crate) const fn block(rows: u32, columns: u32) -> CellRange {
    CellRange { first_row: 0, first_column: 0, last_row: rows - 1, last_column: columns - 1 }
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workbooks").join(name)
}

/// A reader of `LiveData` in `path`.
pub(crate) fn reader(path: &Path, range: CellRange) -> WorkbookReader {
    WorkbookReader::new(path, "LiveData", range)
}

/// One look now that waits for nothing.
pub(crate) fn look(reader: &mut WorkbookReader) -> Result<Look, FeedError> {
    reader.look(Timestamp::now(), &mut |_| false)
}

/// A look that must read the sheet.
pub(crate) fn sheet_of(look: Result<Look, FeedError>) -> Sheet {
    match look {
        Ok(Look::Changed(sheet)) => sheet,
        other => panic!("the sheet should have been read, but: {other:?}"),
    }
}

pub(crate) fn read(path: &Path, range: CellRange) -> Sheet {
    sheet_of(look(&mut reader(path, range)))
}

/// The error of a first look.
pub(crate) fn error_of(path: &Path) -> FeedError {
    match look(&mut reader(path, DEFAULT_RANGE)) {
        Err(error) => error,
        Ok(look) => panic!("{} should not have been read: {look:?}", path.display()),
    }
}

/// A folder of its own with a workbook in it, gone at the end of the test.
pub(crate) struct Saved {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Saved {
    pub(crate) fn bytes(name: &str, bytes: &[u8]) -> Saved {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        Saved { folder, path }
    }

    pub(crate) fn workbook(workbook: &WorkbookWriter) -> Saved {
        Saved::bytes("RTD.xlsx", &workbook.bytes())
    }
}

/// Reads a workbook that was just made.
pub(crate) fn read_made(workbook: &WorkbookWriter, range: CellRange) -> Sheet {
    read(&Saved::workbook(workbook).path, range)
}

pub(crate) fn quote<'s>(sheet: &'s Sheet, symbol: &str) -> &'s Quote {
    let found = sheet.quotes.iter().find(|quote| quote.symbol.as_str() == symbol);
    found.unwrap_or_else(|| panic!("no quote of {symbol} in {sheet:?}"))
}

/// Rejected cells as `address value: reason`.
pub(crate) fn rejections(sheet: &Sheet) -> Vec<String> {
    sheet.rejected.iter().map(|cell| format!("{} {}: {}", cell.cell, cell.value, cell.reason)).collect()
}

/// Sets a file's modification time to `age` before now.
pub(crate) fn age(path: &Path, age: Duration) {
    let file = std::fs::File::options().append(true).open(path).expect("the workbook");
    file.set_modified(std::time::SystemTime::now() - age).expect("setting its time");
}
