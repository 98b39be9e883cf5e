//! .xlsb: verifies the parts that the quotes come from, and hands calamine no more of them than it needs ([MS-XLSB]).
//!
//! calamine 0.38 parses every defined name when it opens a workbook, at some levels of its stack for each of a formula's, and
//! where a record lacks its content it takes that of a record before: two bytes repeat a text of megabytes. So the workbook
//! that it gets is written anew, with the one sheet, without names, and of whole records.

use super::binary::bad_sheet;
use super::compound::{u16_at, u32_at};
use super::error::Problem;
use super::fingerprint::Fingerprint;
use super::grid::Grid;
use super::layout::{self, Layout};
use super::package::Package;
use super::rows::Rows;
use super::table::Table;
use super::xlsx::{repack_failed, stored};
use calamine::{Reader, Xlsb, XlsbError};
use std::io::{Cursor, Write};
use zip::ZipWriter;

/// The types of records ([MS-XLSB] 2.3).
mod kind {
    pub(super) const ROW: u16 = 0x00;
    pub(super) const RK: u16 = 0x02;
    pub(super) const ERROR: u16 = 0x03;
    pub(super) const BOOL: u16 = 0x04;
    pub(super) const REAL: u16 = 0x05;
    pub(super) const TEXT: u16 = 0x06;
    pub(super) const SHARED_TEXT: u16 = 0x07;
    pub(super) const FORMULA_TEXT: u16 = 0x08;
    pub(super) const FORMULA_REAL: u16 = 0x09;
    pub(super) const FORMULA_BOOL: u16 = 0x0A;
    pub(super) const END_SHEET_DATA: u16 = 0x92;
    pub(super) const DIMENSION: u16 = 0x94;

    pub(super) const STRING: u16 = 0x13;
    pub(super) const BEGIN_FUTURE: u16 = 0x23;
    pub(super) const END_FUTURE: u16 = 0x24;
    pub(super) const BEGIN_STRINGS: u16 = 0x9F;

    pub(super) const NUMBER_FORMAT: u16 = 0x2C;
    pub(super) const CELL_FORMAT: u16 = 0x2F;
    pub(super) const BEGIN_NUMBER_FORMATS: u16 = 0x267;
    pub(super) const END_NUMBER_FORMATS: u16 = 0x268;
    pub(super) const BEGIN_CELL_FORMATS: u16 = 0x269;
    pub(super) const END_CELL_FORMATS: u16 = 0x26A;

    pub(super) const END_SHEETS: u16 = 0x90;
    pub(super) const WORKBOOK_PROPERTIES: u16 = 0x99;
    pub(super) const SHEET: u16 = 0x9C;
    pub(super) const CALCULATION: u16 = 0x9D;
}

/// Reads the table of `sheet` from a package whose main part is `workbook`.
///
/// calamine 0.38 skips formulas whose value is an error and cannot tell where an error that it does not know stands:
/// such cells are absent without a report.
pub(crate) fn read(
    package: &mut Package<'_>,
    workbook: &str,
    sheet: &str,
    table: &mut Table,
) -> Result<Fingerprint, Problem> {
    let mut is_1904 = false;
    let layout = Layout::find_by(package, workbook, sheet, |package| {
        let content = package.read(workbook)?;
        let book = Book::of(&content, workbook)?;
        is_1904 = book.is_1904;
        layout::id_of(book.sheets, sheet)
    })?;
    package.fits(layout.names())?;
    let fingerprint = Fingerprint::of_parts(package, layout.names());
    let repacked = repack(package, &layout, is_1904)?;
    read_cells(repacked, table).map_err(|error| bad_sheet(sheet, &error))?;
    Ok(fingerprint)
}

/// Reads the cells of a repacked workbook.
fn read_cells(repacked: Vec<u8>, table: &mut Table) -> Result<(), XlsbError> {
    let mut workbook: Xlsb<_> = Xlsb::new(Cursor::new(repacked))?;
    let mut cells = workbook.worksheet_cells_reader(SHEET)?;
    let mut rows = Rows::new(table);
    loop {
        match cells.next_cell() {
            Ok(Some(cell)) if rows.put(cell.get_position(), cell.get_value()).is_continue() => {}
            // The record was consumed whole: the cells after it are sound.
            Err(XlsbError::CellError(_)) => {}
            Ok(_) => break,
            Err(error) => return Err(error),
        }
    }
    rows.finish();
    Ok(())
}

/// The repacked workbook has one sheet, under this name.
const SHEET: &str = "Quotes";

const RELATIONSHIPS: &str =
    r#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.bin"/></Relationships>"#;

/// A workbook of the verified parts, uncompressed.
fn repack(package: &mut Package<'_>, layout: &Layout, is_1904: bool) -> Result<Vec<u8>, Problem> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, content: &[u8]| {
        writer.start_file(name, stored()).map_err(repack_failed)?;
        writer.write_all(content).map_err(repack_failed)
    };
    add("xl/workbook.bin", &workbook_of_one_sheet(is_1904))?;
    add("xl/_rels/workbook.bin.rels", RELATIONSHIPS.as_bytes())?;
    if let Some(part) = &layout.strings {
        add("xl/sharedStrings.bin", &whole_strings(&package.read(part)?, part)?)?;
    }
    if let Some(part) = &layout.styles {
        add("xl/styles.bin", &number_formats(&package.read(part)?, part)?)?;
    }
    let sheet = package.read(&layout.sheet)?;
    add("xl/worksheets/sheet1.bin", whole_cells(&sheet, &layout.sheet)?)?;
    Ok(writer.finish().map_err(repack_failed)?.into_inner())
}

/// What a workbook part says of its sheets.
struct Book {
    is_1904: bool,
    /// Name and relationship.
    sheets: Vec<(String, String)>,
}

impl Book {
    fn of(content: &[u8], part: &str) -> Result<Book, Problem> {
        let mut book = Book { is_1904: false, sheets: Vec::new() };
        for record in Records::of(content, part) {
            match record? {
                (kind::WORKBOOK_PROPERTIES, data) => {
                    book.is_1904 = data.first().is_some_and(|flags| flags & 1 != 0);
                }
                (kind::SHEET, data) => {
                    const NONE: u32 = u32::MAX;
                    if u32_at(data, 8) == Some(NONE) {
                        continue;
                    }
                    let id = wide(data, 8).ok_or_else(|| short(part))?;
                    let name = wide(data, 8 + id.len()).ok_or_else(|| short(part))?;
                    book.sheets.push((letters(name), letters(id)));
                }
                (kind::END_SHEETS, _) => break,
                _ => {}
            }
        }
        Ok(book)
    }
}

fn workbook_of_one_sheet(is_1904: bool) -> Vec<u8> {
    let text = |text: &str| {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [(text.len() as u32).to_le_bytes().to_vec(), units.collect()].concat()
    };
    let mut workbook = Vec::new();
    write(&mut workbook, kind::WORKBOOK_PROPERTIES, &u32::from(is_1904).to_le_bytes());
    write(&mut workbook, kind::SHEET, &[vec![0; 8], text("rId1"), text(SHEET)].concat());
    write(&mut workbook, kind::END_SHEETS, &[]);
    write(&mut workbook, kind::CALCULATION, &[]);
    workbook
}

/// The shared strings without their formats, as many as there are: their parser takes the claimed number for granted.
fn whole_strings(content: &[u8], part: &str) -> Result<Vec<u8>, Problem> {
    /// What one takes in memory besides its letters.
    const STRING: u64 = 32;
    let (mut strings, mut count, mut is_future, mut grid) = (Vec::new(), 0_u32, false, Grid::default());
    for record in Records::of(content, part) {
        match record? {
            (kind::BEGIN_FUTURE, _) => is_future = true,
            (kind::END_FUTURE, _) => is_future = false,
            (kind::STRING, data) if !is_future => {
                let text = wide(data, 1).ok_or_else(|| short(part))?;
                grid.add_text(STRING + text.len() as u64 / 2 * 3)?;
                write(&mut strings, kind::STRING, &data[..=text.len()]);
                count += 1;
            }
            _ => {}
        }
    }
    let mut whole = Vec::with_capacity(strings.len() + 16);
    write(&mut whole, kind::BEGIN_STRINGS, &[count.to_le_bytes(), count.to_le_bytes()].concat());
    whole.append(&mut strings);
    Ok(whole)
}

/// The number formats alone, which tell dates from numbers: of all else its parser takes the content for records.
fn number_formats(content: &[u8], part: &str) -> Result<Vec<u8>, Problem> {
    let (mut section, mut formats, mut cells) = (None, Section::default(), Section::default());
    for record in Records::of(content, part) {
        match record? {
            (begin @ (kind::BEGIN_NUMBER_FORMATS | kind::BEGIN_CELL_FORMATS), _) => section = Some(begin),
            (kind::END_NUMBER_FORMATS | kind::END_CELL_FORMATS, _) => section = None,
            (kind::NUMBER_FORMAT, data) if section == Some(kind::BEGIN_NUMBER_FORMATS) => {
                wide(data, 2).ok_or_else(|| short(part))?;
                formats.add(kind::NUMBER_FORMAT, data);
            }
            (kind::CELL_FORMAT, data) if section == Some(kind::BEGIN_CELL_FORMATS) => {
                cells.add(kind::CELL_FORMAT, data.get(..4).ok_or_else(|| short(part))?);
            }
            _ => {}
        }
    }
    let mut whole = Vec::with_capacity(formats.records.len() + cells.records.len() + 32);
    for (begin, section) in [(kind::BEGIN_NUMBER_FORMATS, formats), (kind::BEGIN_CELL_FORMATS, cells)] {
        write(&mut whole, begin, &section.count.to_le_bytes());
        whole.extend(section.records);
    }
    Ok(whole)
}

/// Records of one type, and how many.
#[derive(Default)]
struct Section {
    records: Vec<u8>,
    count: u32,
}

impl Section {
    fn add(&mut self, kind: u16, data: &[u8]) {
        write(&mut self.records, kind, data);
        self.count += 1;
    }
}

/// The sheet up to the end of its cells, each of which has all that its type has.
fn whole_cells<'a>(sheet: &'a [u8], part: &str) -> Result<&'a [u8], Problem> {
    /// Column and format, before a cell's value.
    const PLACE: usize = 8;
    let mut records = Records::of(sheet, part);
    for record in records.by_ref() {
        let (kind, data) = record?;
        let content = match kind {
            kind::END_SHEET_DATA => break,
            kind::ROW => 4,
            kind::ERROR | kind::BOOL | kind::FORMULA_BOOL => PLACE + 1,
            kind::RK | kind::SHARED_TEXT => PLACE + 4,
            kind::REAL | kind::FORMULA_REAL | kind::DIMENSION => 16,
            kind::TEXT | kind::FORMULA_TEXT => PLACE + wide(data, PLACE).ok_or_else(|| short(part))?.len(),
            _ => 0,
        };
        if data.len() < content {
            return Err(short(part));
        }
    }
    Ok(&sheet[..sheet.len() - records.rest.len()])
}

/// Type and content of each record of a part.
struct Records<'a> {
    rest: &'a [u8],
    part: &'a str,
}

impl<'a> Records<'a> {
    fn of(content: &'a [u8], part: &'a str) -> Records<'a> {
        Records { rest: content, part }
    }

    /// A number of at most so many bytes, seven bits in each, the last without the eighth.
    fn number(&mut self, bytes: u32) -> Option<u32> {
        let mut number = 0;
        for at in 0..bytes {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u32::from(byte & 0x7F) << (7 * at);
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(number)
    }

    fn record(&mut self) -> Option<(u16, &'a [u8])> {
        let kind = u16::try_from(self.number(2)?).ok()?;
        let bytes = self.number(4)? as usize;
        let (data, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some((kind, data))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<(u16, &'a [u8]), Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let record = self.record().ok_or_else(|| {
            self.rest = &[];
            Problem::Damaged(format!("part {}: a record reaches beyond its end", self.part))
        });
        Some(record)
    }
}

fn write(part: &mut Vec<u8>, kind: u16, data: &[u8]) {
    for (number, bytes) in [(usize::from(kind), 2), (data.len(), 4)] {
        let more = (1..bytes).take_while(|at| number >> (7 * at) > 0).count();
        part.extend((0..=more).map(|at| (number >> (7 * at)) as u8 & 0x7F | u8::from(at < more) << 7));
    }
    part.extend(data);
}

/// The text at `at`: its length and its letters in UTF-16.
fn wide(data: &[u8], at: usize) -> Option<&[u8]> {
    let bytes = (u32_at(data, at)? as usize).checked_mul(2)?.checked_add(4)?;
    data.get(at..)?.get(..bytes)
}

fn letters(wide: &[u8]) -> String {
    let units: Vec<u16> = (4..wide.len()).step_by(2).filter_map(|at| u16_at(wide, at)).collect();
    String::from_utf16_lossy(&units)
}

fn short(part: &str) -> Problem {
    Problem::Damaged(format!("part {part}: a record ends before its content"))
}
