//! Which parts of a workbook hold the sheet, its texts and its formats, as the package's relationships name them.

use super::error::Problem;
use super::xml::{self, Tag};

/// The parts of one package, however they are unpacked.
pub(crate) trait Parts {
    /// The name under which `part` is stored: part names do not depend on case.
    fn find(&self, part: &str) -> Option<String>;

    /// A verified part as text.
    fn text(&mut self, part: &str) -> Result<String, Problem>;
}

/// The parts that the quotes of an .xlsx, .xlsm or .xlsb come from, under the names that they are stored by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The workbook part and its relationships.
    pub(crate) roots: [String; 2],
    pub(crate) sheet: String,
    pub(crate) strings: Option<String>,
    pub(crate) styles: Option<String>,
}

impl Layout {
    /// Finds the parts of `sheet` in a package whose main part is `workbook`.
    pub(crate) fn find(parts: &mut impl Parts, workbook: &str, sheet: &str) -> Result<Layout, Problem> {
        Layout::find_by(parts, workbook, sheet, |parts| sheet_id(&parts.text(workbook)?, sheet))
    }

    /// The same where `id` knows how to read the relationship of the sheet from the main part.
    pub(crate) fn find_by<P: Parts>(
        parts: &mut P,
        workbook: &str,
        sheet: &str,
        id: impl FnOnce(&mut P) -> Result<String, Problem>,
    ) -> Result<Layout, Problem> {
        let (folder, name) =
            workbook.rsplit_once('/').map_or(("", workbook), |(folder, name)| (folder, name));
        let relationships = located(parts, folder, &format!("_rels/{name}.rels"))?;
        let id = id(parts)?;
        let relationships_xml = parts.text(&relationships)?;
        let links = Links { folder, relationships: &relationships_xml };
        let target = links.sheet(&id, sheet)?;
        Ok(Layout {
            sheet: located(parts, "", &target)?,
            strings: links.optional(parts, "sharedStrings")?,
            styles: links.optional(parts, "styles")?,
            roots: [workbook.to_string(), relationships],
        })
    }

    /// Every part that the quotes depend on.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let optional = self.strings.iter().chain(&self.styles);
        self.roots.iter().chain([&self.sheet]).chain(optional).map(String::as_str)
    }
}

/// The workbook part, which the package's own relationships name.
pub(crate) fn main_part(parts: &mut impl Parts) -> Result<String, Problem> {
    let not_a_workbook = || Problem::NotAWorkbook("it is a zip file without a workbook in it".to_string());
    let root = parts.find(ROOT_RELATIONSHIPS).ok_or_else(not_a_workbook)?;
    let relationships = parts.text(&root)?;
    let target = xml::tags(&relationships, "Relationship")
        .find(|tag| tag.attribute("Type").is_some_and(|kind| kind.ends_with("/officeDocument")))
        .and_then(|tag| tag.attribute("Target").map(|target| resolve("", &target)))
        .ok_or_else(not_a_workbook)?;
    located(parts, "", &target)
}

/// Whether the package is an .ods, not an .xlsx, .xlsm or .xlsb.
pub(crate) fn is_open_document(parts: &impl Parts) -> bool {
    parts.find("content.xml").is_some() && parts.find("META-INF/manifest.xml").is_some()
}

/// The part that names the workbook part.
const ROOT_RELATIONSHIPS: &str = "_rels/.rels";

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

    /// The part that serves as `role`, if the workbook has one.
    fn optional(&self, parts: &impl Parts, role: &str) -> Result<Option<String>, Problem> {
        self.find(|tag| has_type(tag, role)).map(|target| located(parts, "", &target)).transpose()
    }
}

fn has_type(tag: Tag<'_>, role: &str) -> bool {
    tag.attribute("Type").is_some_and(|kind| kind.rsplit('/').next() == Some(role))
}

fn sheet_id(workbook_xml: &str, sheet: &str) -> Result<String, Problem> {
    let sheets = xml::tags(workbook_xml, "sheet");
    id_of(sheets.filter_map(|tag| Some((tag.attribute("name")?, tag.attribute("id")?))), sheet)
}

/// The relationship id of `sheet` among names and ids; names of sheets do not depend on case.
pub(crate) fn id_of<T: AsRef<str> + Into<String>>(
    sheets: impl IntoIterator<Item = (T, T)>,
    sheet: &str,
) -> Result<String, Problem> {
    let mut found = Vec::new();
    for (name, id) in sheets {
        let name = name.as_ref();
        if name == sheet || name.to_lowercase() == sheet.to_lowercase() {
            return Ok(id.into());
        }
        found.push(format!("{name:?}"));
    }
    Err(Problem::NoSheet { sheet: sheet.to_string(), found: found.join(", ") })
}

/// A relationship's target as a part name: absolute, or relative to the folder of the part that names it.
fn resolve(folder: &str, target: &str) -> String {
    match target.strip_prefix('/') {
        Some(absolute) => absolute.to_string(),
        None if folder.is_empty() => target.to_string(),
        None => format!("{folder}/{target}"),
    }
}

fn located(parts: &impl Parts, folder: &str, part: &str) -> Result<String, Problem> {
    let part = resolve(folder, part);
    parts.find(&part).ok_or_else(|| Problem::Damaged(format!("part {part} is missing")))
}
