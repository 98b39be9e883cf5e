//! .xlsx and .xlsm: finds the sheet's parts, verifies them, and hands calamine nothing else.

use super::error::Problem;
use super::fingerprint::Fingerprint;
use super::package::Package;
use super::rows::Rows;
use super::table::Table;
use super::xml::{self, Tag};
use calamine::{Reader, Xlsx};
use std::borrow::Cow;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The parts that the quotes come from, verified.
struct Parts {
    names: Vec<String>,
    sheet: String,
    strings: Option<String>,
    styles: Option<String>,
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
    let verified = parts.repack().map_err(|error| Problem::Damaged(error.to_string()))?;
    read_cells(verified, table)
        .map_err(|error| Problem::BadSheet { sheet: sheet.to_string(), reason: error.to_string() })?;
    Ok(fingerprint)
}

fn read_cells(verified: Vec<u8>, table: &mut Table) -> Result<(), calamine::XlsxError> {
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
        let sheet_part = located(package, "", &sheet_part)?;
        let mut names = vec![workbook.to_string(), relationships, sheet_part];
        let sheet = text(package, &names[2])?;
        let strings = links.optional(package, "sharedStrings", &mut names)?.map(without_counts);
        let styles = links.optional(package, "styles", &mut names)?;
        Ok(Parts { names, sheet, strings, styles })
    }

    /// A workbook of the verified parts alone, uncompressed: calamine reads no byte that was not verified, and skips
    /// themes, calculation chains and the like.
    fn repack(&self) -> zip::result::ZipResult<Vec<u8>> {
        let room = self.sheet.len() + self.strings.as_ref().map_or(0, String::len) + 16 * 1024;
        let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(room)));
        let mut add = |name: &str, content: &str| -> zip::result::ZipResult<()> {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            writer.start_file(name, options)?;
            Ok(writer.write_all(content.as_bytes())?)
        };
        add("_rels/.rels", ROOT_RELATIONSHIPS)?;
        add("xl/workbook.xml", WORKBOOK)?;
        add("xl/_rels/workbook.xml.rels", RELATIONSHIPS)?;
        add("xl/worksheets/sheet1.xml", &errors_as_text(&self.sheet))?;
        if let Some(strings) = &self.strings {
            add("xl/sharedStrings.xml", strings)?;
        }
        if let Some(styles) = &self.styles {
            add("xl/styles.xml", styles)?;
        }
        Ok(writer.finish()?.into_inner())
    }
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

/// Error cells as text cells, because calamine refuses a whole sheet for one error that it does not know (`#SPILL!`,
/// `#BLOCKED!`). The cells are told apart by their text.
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
