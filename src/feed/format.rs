//! Which format a workbook has: told by its content, since a file's name may lie.

use super::error::Problem;
use super::fingerprint::Fingerprint;
use super::package::Package;
use super::sheet::{Doubt, SheetReader};
use super::table::Table;
use super::{binary, layout, xlsb, xlsx};
use crate::config::CellRange;
use std::panic::{AssertUnwindSafe, catch_unwind};

const ZIP: &[u8] = b"PK\x03\x04";

/// The compound files of .xls, and of encrypted workbooks of any format.
const COMPOUND: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// Reads the table in `range` of `sheet` from a workbook file, and what to recognise its content by: the short way if
/// `short` knows its way, else the long one.
pub(crate) fn read(
    bytes: &[u8],
    sheet: &str,
    range: CellRange,
    short: &mut ShortWay,
) -> Result<(Table, Fingerprint), Problem> {
    match short.read(bytes, sheet, range) {
        Some((table, fingerprint)) => Ok((table.complete()?, fingerprint)),
        None => read_long(bytes, sheet, range),
    }
}

/// The reader of what Excel writes, with why it was of no use the last time.
#[derive(Default)]
pub(crate) struct ShortWay {
    pub(crate) closed: bool,
    reader: SheetReader,
    doubt: Option<Doubt>,
}

impl ShortWay {
    /// Why calamine read the last workbook.
    pub(crate) fn doubt(&self) -> Option<&'static str> {
        self.doubt.map(|Doubt(what)| what)
    }

    /// Forgets what was read before: the next workbook is read from its bytes alone.
    pub(crate) fn forget(&mut self) {
        self.reader = SheetReader::default();
    }

    fn read(&mut self, bytes: &[u8], sheet: &str, range: CellRange) -> Option<(Table, Fingerprint)> {
        if self.closed || !bytes.starts_with(ZIP) {
            self.doubt = Some(Doubt("not tried"));
            return None;
        }
        // As below: what a panic may tear is dropped.
        let reader = &mut self.reader;
        let read = catch_unwind(AssertUnwindSafe(|| reader.read(bytes, sheet, range))).unwrap_or_else(|_| {
            self.reader = SheetReader::default();
            Err(Doubt("content that makes the reader fail"))
        });
        let doubt = read.as_ref().err().copied();
        if let Some(Doubt(what)) = doubt.filter(|doubt| self.doubt != Some(*doubt)) {
            log::debug!("sheet {sheet:?} is read by calamine: {what}");
        }
        self.doubt = doubt;
        read.ok()
    }
}

fn read_long(bytes: &[u8], sheet: &str, range: CellRange) -> Result<(Table, Fingerprint), Problem> {
    let mut table = Table::new(sheet, range);
    // The parsers are others' code fed with others' files: a panic in one is a bad workbook, not the end of a worker.
    // What it may tear, the table and the package, is dropped.
    let fingerprint = catch_unwind(AssertUnwindSafe(|| read_format(bytes, sheet, &mut table)))
        .unwrap_or_else(|_| {
            let reason = "its content makes the parser fail".to_string();
            Err(Problem::BadSheet { sheet: sheet.to_string(), reason })
        })?;
    Ok((table.complete()?, fingerprint))
}

fn read_format(bytes: &[u8], sheet: &str, table: &mut Table) -> Result<Fingerprint, Problem> {
    if bytes.starts_with(ZIP) {
        read_package(bytes, sheet, table)
    } else if bytes.starts_with(COMPOUND) {
        if is_encrypted(bytes) {
            return Err(Problem::PasswordProtected);
        }
        binary::read_xls(bytes, sheet, table)
    } else if ZIP.starts_with(bytes) || COMPOUND.starts_with(bytes) || bytes.iter().all(|byte| *byte == 0) {
        Err(Problem::Incomplete(format!("it has {} bytes", bytes.len())))
    } else {
        Err(Problem::NotAWorkbook("it begins like neither a zip nor an .xls file".to_string()))
    }
}

fn read_package(bytes: &[u8], sheet: &str, table: &mut Table) -> Result<Fingerprint, Problem> {
    let mut package = Package::open(bytes)?;
    if layout::is_open_document(&package) {
        return binary::read_ods(&mut package, bytes, sheet, table);
    }
    let workbook = layout::main_part(&mut package)?;
    if workbook.ends_with(".bin") {
        xlsb::read(&mut package, &workbook, sheet, table)
    } else {
        xlsx::read(&mut package, &workbook, sheet, table)
    }
}

/// An encrypted workbook is a compound file with a stream of this name, in UTF-16.
fn is_encrypted(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|window| window == name)
}
