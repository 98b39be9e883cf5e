//! Writes the smallest .xlsx that Excel and the feed read: one sheet of texts and numbers.

use crate::os::file::replace;
use jiff::Timestamp;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Cursor, Write as _};
use std::path::Path;
use std::time::SystemTime;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A number, as its decimal digits.
    Number(String),
    /// A text.
    Text(String),
}

impl Cell {
    /// A number cell with the digits that `number` prints as.
    pub fn number(number: impl fmt::Display) -> Cell {
        Cell::Number(number.to_string())
    }

    /// A text cell.
    #[must_use]
    pub fn text(text: &str) -> Cell {
        Cell::Text(text.to_string())
    }
}

/// Saves `workbook` to `path` as Excel does, through a temporary file beside it that is renamed; the file's time of
/// change is `saved_at`.
///
/// # Errors
/// What the system says; the file at `path` is as it was then.
pub fn save(path: &Path, workbook: &[u8], saved_at: Timestamp) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(workbook)?;
    file.set_modified(SystemTime::try_from(saved_at).map_err(io::Error::other)?)?;
    drop(file);
    replace(&temporary, path)
}

/// The bytes of a workbook with these rows, from A1 on, in its one sheet.
///
/// # Errors
/// The parts cannot be packed.
pub fn workbook(sheet: &str, rows: &[Vec<Cell>]) -> io::Result<Vec<u8>> {
    let text = |text: &str| text.to_string();
    pack(&[
        (text("[Content_Types].xml"), text(CONTENT_TYPES)),
        (text("_rels/.rels"), text(ROOT_RELATIONSHIPS)),
        (text("xl/workbook.xml"), workbook_xml(sheet)),
        (text("xl/_rels/workbook.xml.rels"), text(RELATIONSHIPS)),
        (text("xl/worksheets/sheet1.xml"), sheet_xml(rows).map_err(io::Error::other)?),
    ])
}

/// A zip of these parts by name, deflated.
///
/// # Errors
/// The parts cannot be packed.
pub fn pack<C: AsRef<[u8]>>(parts: &[(String, C)]) -> io::Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in parts {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(content.as_ref())?;
    }
    Ok(writer.finish()?.into_inner())
}

const CONTENT_TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
    <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
    <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
    <Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
    <Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>\
    </Types>";
const ROOT_RELATIONSHIPS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
    Target=\"xl/workbook.xml\"/></Relationships>";
const RELATIONSHIPS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
    Target=\"worksheets/sheet1.xml\"/></Relationships>";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

fn workbook_xml(sheet: &str) -> String {
    format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
         <sheets><sheet name=\"{}\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
        escape(sheet)
    )
}

fn sheet_xml(rows: &[Vec<Cell>]) -> Result<String, fmt::Error> {
    let mut xml = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>");
    for (row, cells) in (1..).zip(rows) {
        write!(xml, "<row r=\"{row}\">")?;
        for (column, cell) in cells.iter().enumerate() {
            let column = letters(column);
            match cell {
                Cell::Number(digits) => write!(xml, "<c r=\"{column}{row}\"><v>{digits}</v></c>")?,
                Cell::Text(text) => write!(
                    xml,
                    "<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{}</t></is></c>",
                    escape(text)
                )?,
            }
        }
        xml.push_str("</row>");
    }
    Ok(xml + "</sheetData></worksheet>")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The letters of a column from 0.
fn letters(mut column: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, ('A'..='Z').nth(column % 26).unwrap_or('A'));
        if column < 26 {
            return name;
        }
        column = column / 26 - 1;
    }
}
