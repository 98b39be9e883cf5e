//! .xlsx and .xlsm: finds the sheet's parts, verifies them, and hands calamine nothing else.

use super::error::Problem;
use super::fingerprint::Fingerprint;
use super::package::Package;
use super::rows::Rows;
use super::table::Table;
use super::xml::{self, Tag};
use calamine::{Reader, Xlsx, XlsxError};
use std::borrow::Cow;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The parts that the quotes come from; those that are small are here, verified.
struct Parts {
    sheet: String,
    strings: Option<String>,
    styles: Option<String>,
    names: Vec<String>,
}

/// Reads the table of `sheet` from a package whose main part is `workbook`.
pub(crate) fn read(
    package: &mut Package<'_>,
    workbook: &str,
    sheet: &str,
    table: &mut Table,
) -> Result<Fingerprint, Problem> {
    let parts = Parts::find(package, workbook, sheet)?;
    let fingerprint = Fingerprint::of_parts(package, parts.names.iter().map(String::as_str));
    let verified = parts.repack(package, Errors::AsTheyAre)?;
    match read_cells(verified, table) {
        Err(XlsxError::CellError(_)) => {
            *table = Table::new(sheet, table.range());
            read_cells(parts.repack(package, Errors::AsText)?, table)
        }
        result => result,
    }
    .map_err(|error| Problem::BadSheet { sheet: sheet.to_string(), reason: error.to_string() })?;
    Ok(fingerprint)
}

/// Reads the cells of a repacked workbook.
fn read_cells(verified: Vec<u8>, table: &mut Table) -> Result<(), XlsxError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(verified))?;
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

/// How error cells are handed to calamine.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errors {
    AsTheyAre,
    /// As text cells: calamine refuses a whole sheet for one error that it does not know (`#SPILL!`, `#BLOCKED!`).
    AsText,
}

/// The repacked workbook has one sheet, under this name.
const SHEET: &str = "Quotes";

const ROOT_RELATIONSHIPS: &str = r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

const WORKBOOK: &str =
    r#"<workbook><sheets><sheet name="Quotes" sheetId="1" r:id="rId1"/></sheets></workbook>"#;

const RELATIONSHIPS: &str = r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

impl Parts {
    /// Finds and verifies the parts of `sheet`.
    fn find(package: &mut Package<'_>, workbook: &str, sheet: &str) -> Result<Parts, Problem> {
        let (folder, name) =
            workbook.rsplit_once('/').map_or(("", workbook), |(folder, name)| (folder, name));
        let relationships = located(package, folder, &format!("_rels/{name}.rels"))?;
        let workbook_xml = text(package, workbook)?;
        let relationships_xml = text(package, &relationships)?;
        let links = Links { folder, relationships: &relationships_xml };
        let sheet_part = links.sheet(&sheet_id(&workbook_xml, sheet)?, sheet)?;
        let sheet = located(package, "", &sheet_part)?;
        let mut names = vec![workbook.to_string(), relationships, sheet.clone()];
        let strings = links.optional(package, "sharedStrings", &mut names)?.map(without_counts);
        let styles = links.optional(package, "styles", &mut names)?;
        Ok(Parts { sheet, strings, styles, names })
    }

    /// A workbook of the verified parts alone, uncompressed: calamine reads no byte that was not verified, and skips
    /// themes, calculation chains and the like.
    fn repack(&self, package: &mut Package<'_>, errors: Errors) -> Result<Vec<u8>, Problem> {
        let sheet_size = package.sum(&self.sheet).map_or(0, |sum| sum.size.min(RESERVED_AT_MOST));
        let room = self.strings.as_ref().map_or(0, String::len) + 16 * 1024;
        let room = room + usize::try_from(sheet_size).unwrap_or(0);
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
        match errors {
            Errors::AsTheyAre => package.copy(&self.sheet, &mut writer)?,
            Errors::AsText => {
                let sheet = text(package, &self.sheet)?;
                writer.write_all(errors_as_text(&sheet).as_bytes()).map_err(repack_failed)?;
            }
        }
        Ok(writer.finish().map_err(repack_failed)?.into_inner())
    }
}

/// Room that is reserved on the word of the directory alone; beyond it the buffer grows with what is unpacked.
const RESERVED_AT_MOST: u64 = 16 * 1024 * 1024;

fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

fn repack_failed(error: impl std::fmt::Display) -> Problem {
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

/// The relationships of the workbook part: which part serves as what.
struct Links<'a> {
    folder: &'a str,
    relationships: &'a str,
}

impl Links<'_> {
    fn find(&self, wanted: impl Fn(Tag<'_>) -> bool) -> Option<String> {
        let tag = xml::tags(self.relationships, "Relationship").find(|tag| wanted(*tag))?;
        Some(resolve(self.folder, &tag.attribute("Target")?))
    }

    fn sheet(&self, id: &str, sheet: &str) -> Result<String, Problem> {
        let is_sheet =
            |tag: Tag<'_>| tag.attribute("Id").as_deref() == Some(id) && has_type(tag, "worksheet");
        self.find(is_sheet).ok_or_else(|| Problem::BadSheet {
            sheet: sheet.to_string(),
            reason: "it is a chart or a dialog, not a worksheet".to_string(),
        })
    }

    /// The part that serves as `role`, if the workbook has one; its name is added to `names`.
    fn optional(
        &self,
        package: &mut Package<'_>,
        role: &str,
        names: &mut Vec<String>,
    ) -> Result<Option<String>, Problem> {
        let Some(target) = self.find(|tag| has_type(tag, role)) else { return Ok(None) };
        let part = located(package, "", &target)?;
        let content = text(package, &part)?;
        names.push(part);
        Ok(Some(content))
    }
}

fn has_type(tag: Tag<'_>, role: &str) -> bool {
    tag.attribute("Type").is_some_and(|kind| kind.rsplit('/').next() == Some(role))
}

/// The relationship id of `sheet`; names of sheets do not depend on case.
fn sheet_id(workbook_xml: &str, sheet: &str) -> Result<String, Problem> {
    let mut found = Vec::new();
    for tag in xml::tags(workbook_xml, "sheet") {
        let (Some(name), Some(id)) = (tag.attribute("name"), tag.attribute("id")) else { continue };
        if name == sheet || name.to_lowercase() == sheet.to_lowercase() {
            return Ok(id.into_owned());
        }
        found.push(format!("{name:?}"));
    }
    Err(Problem::NoSheet { sheet: sheet.to_string(), found: found.join(", ") })
}

/// A relationship's target as a part name: absolute, or relative to the folder of the part that names it.
pub(crate) fn resolve(folder: &str, target: &str) -> String {
    match target.strip_prefix('/') {
        Some(absolute) => absolute.to_string(),
        None if folder.is_empty() => target.to_string(),
        None => format!("{folder}/{target}"),
    }
}

fn located(package: &Package<'_>, folder: &str, part: &str) -> Result<String, Problem> {
    let part = resolve(folder, part);
    package.find(&part).ok_or_else(|| Problem::Damaged(format!("part {part} is missing")))
}

/// A verified part as text.
pub(crate) fn text(package: &mut Package<'_>, part: &str) -> Result<String, Problem> {
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
/// aborts the process (calamine issue 684).
fn without_counts(mut strings: String) -> String {
    if let Some(start) = strings.find("sst")
        && let Some(length) = strings[start..].find('>')
        && let Some(at) = strings[start..start + length].find("uniqueCount")
    {
        strings.replace_range(start + at..start + at + 1, "x");
    }
    strings
}
