//! .xlsx and .xlsm the long way: verifies the sheet's parts, and hands calamine nothing else.

use super::error::Problem;
use super::fingerprint::Fingerprint;
use super::layout::{Layout, Parts};
use super::package::Package;
use super::rows::Rows;
use super::table::Table;
use super::xml;
use calamine::{Data, Reader, Xlsx, XlsxError};
use std::borrow::Cow;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Reads the table of `sheet` from a package whose main part is `workbook`.
pub(crate) fn read(
    package: &mut Package<'_>,
    workbook: &str,
    sheet: &str,
    table: &mut Table,
) -> Result<Fingerprint, Problem> {
    let layout = Layout::find(package, workbook, sheet)?;
    package.fits(layout.names())?;
    let fingerprint = Fingerprint::of_parts(package, layout.names());
    let parts = Verified::unpack(package, &layout)?;
    let as_it_is = parts.repack(package.sum(&layout.sheet).map_or(0, |sum| sum.size), &mut |writer| {
        package.copy(&layout.sheet, writer)
    })?;
    match read_cells(as_it_is, table) {
        Err(XlsxError::CellError(_)) => {
            *table = Table::new(sheet, table.range());
            let as_text = text(package, &layout.sheet)?;
            read_cells(parts.repack_xml(&errors_as_text(&as_text))?, table)
        }
        result => result,
    }
    .map_err(|error| Problem::BadSheet { sheet: sheet.to_string(), reason: error.to_string() })?;
    Ok(fingerprint)
}

/// Reads the cells of a repacked workbook.
fn read_cells(repacked: Vec<u8>, table: &mut Table) -> Result<(), XlsxError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(repacked))?;
    let mut cells = workbook.worksheet_cells_reader(SHEET)?;
    let mut rows = Rows::new(table);
    while let Some(cell) = cells.next_cell()? {
        if rows.put(cell.get_position(), cell.get_value()).is_break() {
            break;
        }
    }
    rows.finish();
    Ok(())
}

/// What calamine makes of the cells of `sheet`, in their order.
pub(crate) fn cells_of(sheet: &str, parts: &Verified) -> Option<Vec<Data>> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(parts.repack_xml(sheet).ok()?)).ok()?;
    let mut cells = workbook.worksheet_cells_reader(SHEET).ok()?;
    let mut found = Vec::new();
    while let Some(cell) = cells.next_cell().ok()? {
        found.push(cell.get_value().clone().into());
    }
    Some(found)
}

/// A workbook in the making.
type Writer = ZipWriter<Cursor<Vec<u8>>>;

/// The verified parts besides the sheet.
#[derive(Default)]
pub(crate) struct Verified {
    pub(crate) strings: Option<String>,
    pub(crate) styles: Option<String>,
}

/// The repacked workbook has one sheet, under this name.
const SHEET: &str = "Quotes";

const ROOT_RELATIONSHIPS: &str = r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

const WORKBOOK: &str =
    r#"<workbook><sheets><sheet name="Quotes" sheetId="1" r:id="rId1"/></sheets></workbook>"#;

const RELATIONSHIPS: &str = r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

impl Verified {
    fn unpack(package: &mut Package<'_>, layout: &Layout) -> Result<Verified, Problem> {
        let mut optional =
            |part: &Option<String>| part.as_deref().map(|part| text(package, part)).transpose();
        Ok(Verified {
            strings: optional(&layout.strings)?.map(without_counts),
            styles: optional(&layout.styles)?,
        })
    }

    /// A workbook of the verified parts and a sheet of some `sheet_size` bytes that `write_sheet` writes, uncompressed:
    /// calamine reads no byte that was not verified, and skips themes, calculation chains and the like.
    fn repack(
        &self,
        sheet_size: u64,
        write_sheet: &mut dyn FnMut(&mut Writer) -> Result<(), Problem>,
    ) -> Result<Vec<u8>, Problem> {
        let room = self.strings.as_ref().map_or(0, String::len) + 16 * 1024;
        let room = room + usize::try_from(sheet_size.min(RESERVED_AT_MOST)).unwrap_or(0);
        let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(room)));
        let styles = self.styles.as_deref().map(number_formats);
        let small = [
            ("_rels/.rels", Some(ROOT_RELATIONSHIPS)),
            ("xl/workbook.xml", Some(WORKBOOK)),
            ("xl/_rels/workbook.xml.rels", Some(RELATIONSHIPS)),
            ("xl/sharedStrings.xml", self.strings.as_deref()),
            ("xl/styles.xml", styles.as_deref()),
        ];
        for (name, content) in small {
            if let Some(content) = content {
                writer.start_file(name, stored()).map_err(repack_failed)?;
                writer.write_all(content.as_bytes()).map_err(repack_failed)?;
            }
        }
        writer.start_file("xl/worksheets/sheet1.xml", stored()).map_err(repack_failed)?;
        write_sheet(&mut writer)?;
        Ok(writer.finish().map_err(repack_failed)?.into_inner())
    }

    fn repack_xml(&self, sheet: &str) -> Result<Vec<u8>, Problem> {
        let mut write = |writer: &mut Writer| writer.write_all(sheet.as_bytes()).map_err(repack_failed);
        self.repack(sheet.len() as u64, &mut write)
    }
}

impl Parts for Package<'_> {
    fn find(&self, part: &str) -> Option<String> {
        Package::find(self, part)
    }

    fn text(&mut self, part: &str) -> Result<String, Problem> {
        text(self, part)
    }
}

/// Room that is reserved on the word of the directory alone; beyond it the buffer grows with what is unpacked.
const RESERVED_AT_MOST: u64 = 16 * 1024 * 1024;

pub(super) fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

pub(super) fn repack_failed(error: impl std::fmt::Display) -> Problem {
    Problem::Damaged(format!("its parts cannot be put together: {error}"))
}

/// The number formats alone, which tell dates from numbers: fonts, fills and borders take longer to parse than a
/// small sheet. All of `styles` where they are not laid out as Excel does.
fn number_formats(styles: &str) -> Cow<'_, str> {
    let section = |name: &str| {
        let start = styles.find(&format!("<{name}"))?;
        let end = styles[start..].find(&format!("</{name}>"))? + start;
        Some(&styles[start..end])
    };
    let Some(cell_formats) = section("cellXfs") else { return Cow::Borrowed(styles) };
    let mut reduced = String::from("<styleSheet>");
    if let Some(formats) = section("numFmts") {
        reduced.push_str(formats);
        reduced.push_str("</numFmts>");
    }
    reduced.push_str("<cellXfs>");
    for format in xml::tags(cell_formats, "xf") {
        match format.attribute("numFmtId") {
            Some(id) if id.bytes().all(|byte| byte.is_ascii_digit()) => {
                reduced.extend(["<xf numFmtId=\"", &id, "\"/>"]);
            }
            Some(_) => return Cow::Borrowed(styles),
            None => reduced.push_str("<xf/>"),
        }
    }
    reduced.push_str("</cellXfs></styleSheet>");
    Cow::Owned(reduced)
}

/// A verified part as text.
fn text(package: &mut Package<'_>, part: &str) -> Result<String, Problem> {
    let content = package.read(part)?;
    String::from_utf8(content).map_err(|_| Problem::Damaged(format!("part {part} is not UTF-8")))
}

/// The sheet with its error cells as text cells; their text still tells them.
fn errors_as_text(sheet: &str) -> Cow<'_, str> {
    let mut changed = String::new();
    let mut copied = 0;
    for pattern in ["t=\"e\"", "t='e'"] {
        for (at, _) in sheet.match_indices(pattern) {
            if at >= copied && is_cell_attribute(sheet, at) {
                changed.push_str(&sheet[copied..at]);
                changed.push_str("t=\"str\"");
                copied = at + pattern.len();
            }
        }
    }
    if copied == 0 {
        return Cow::Borrowed(sheet);
    }
    changed.push_str(&sheet[copied..]);
    Cow::Owned(changed)
}

/// Whether the attribute at `at` stands in the start tag of a cell.
fn is_cell_attribute(sheet: &str, at: usize) -> bool {
    let before = &sheet[..at];
    let Some(tag) = before.rfind('<').map(|open| &before[open + 1..]) else { return false };
    let name = tag.split(char::is_whitespace).next().unwrap_or("");
    tag.ends_with(char::is_whitespace) && !tag.contains('>') && name.rsplit(':').next() == Some("c")
}

/// Shared strings without the count that their writer claims: calamine reserves memory for it, and a forged one
/// aborts the process (calamine issue 684). Where the part does not begin with its table, as every writer has it, the parser
/// may find the table elsewhere than a look for it here would: there no count stays at all.
fn without_counts(strings: String) -> String {
    const COUNT: &str = "uniqueCount";
    let end = first_tag_end(&strings).unwrap_or(strings.len());
    let (head, rest) = strings.split_at(end);
    if head.contains(COUNT) { head.replace(COUNT, "xniqueCount") + rest } else { strings }
}

/// Where the first tag behind the declaration ends, if that is the table's and as plain as writers write it.
fn first_tag_end(strings: &str) -> Option<usize> {
    let text = strings.trim_start_matches('\u{FEFF}');
    let text = text.strip_prefix("<?xml").map_or(Some(text), |head| Some(head.split_once("?>")?.1))?;
    let (tag, behind) = text.trim_start().strip_prefix('<')?.split_once('>')?;
    let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next()?;
    let is_table = name.rsplit(':').next() == Some("sst");
    let is_plain = !tag.contains(['<', '\'']) && tag.matches('"').count().is_multiple_of(2);
    (is_table && is_plain).then(|| strings.len() - behind.len())
}
