//! Writes small .xlsx workbooks with any cell that a test needs, well-formed or odd.

#![allow(dead_code)] // each test module uses its part
#![allow(clippy::let_underscore_must_use)] // writing to a String cannot fail
#![allow(clippy::expect_used, clippy::float_arithmetic)] // a test's helper

use std::fmt::Write as _;
use std::path::Path;
use thor_stack::simulator;
pub(crate) use thor_stack::simulator::HEADERS;

/// One cell as the file holds it.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// Not in the file.
    Empty,
    /// A number, as text so that `1e400` and 17 digits can be written.
    Number(String),
    /// A text in the shared strings.
    Shared(String),
    /// A text in the cell itself.
    Inline(String),
    /// A text that a formula yields.
    Formula(String),
    /// An error value.
    Error(String),
    /// A truth value.
    Bool(bool),
    /// A number with a date format.
    Date(f64),
    /// A cell of any type with any value, unescaped.
    Raw { kind: String, value: String },
}

impl From<f64> for Cell {
    fn from(number: f64) -> Cell {
        Cell::Number(number.to_string())
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Cell {
        Cell::Number(number.to_string())
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Shared(text.to_string())
    }
}

/// An error cell such as `#SPILL!`.
pub(crate) fn error(text: &str) -> Cell {
    Cell::Error(text.to_string())
}

/// A number cell with exactly this text.
pub(crate) fn number(text: &str) -> Cell {
    Cell::Number(text.to_string())
}

/// A workbook in the making: one sheet of cells, others empty.
#[derive(Debug, Clone)]
pub(crate) struct WorkbookWriter {
    sheets: Vec<String>,
    rows: Vec<Vec<Cell>>,
    stray: Vec<(String, Cell)>,
    unique_count: Option<u64>,
}

impl Default for WorkbookWriter {
    fn default() -> WorkbookWriter {
        WorkbookWriter::new()
    }
}

impl WorkbookWriter {
    /// A workbook whose sheet `LiveData` has no cells.
    pub(crate) fn new() -> WorkbookWriter {
        WorkbookWriter {
            sheets: vec!["LiveData".to_string()],
            rows: Vec::new(),
            stray: Vec::new(),
            unique_count: None,
        }
    }

    /// A workbook with the usual headers in the first row.
    pub(crate) fn with_headers() -> WorkbookWriter {
        WorkbookWriter::new().row(HEADERS)
    }

    /// A workbook of `count` futures named `S0`, `S1`, … whose prices depend on `tick`.
    pub(crate) fn of_size(count: usize, tick: usize) -> WorkbookWriter {
        WorkbookWriter::of_ticks(count, |_| tick)
    }

    /// The same, each row of a tick of its own.
    pub(crate) fn of_ticks(count: usize, tick: impl Fn(usize) -> usize) -> WorkbookWriter {
        (0..count).fold(WorkbookWriter::with_headers(), |workbook, index| {
            let tick = tick(index);
            let price =
                |offset: usize| Cell::from(1000.0 + (index % 500) as f64 + (tick + offset) as f64 * 0.25);
            let name = format!("S{index}");
            workbook.cells(vec![
                "Futures".into(),
                name.as_str().into(),
                "Some future".into(),
                price(0),
                price(1),
                Cell::from(0.25),
                price(9),
                price(0),
                Cell::from(1000.0 + tick as f64),
                price(3),
                price(4),
                price(5),
                1.into(),
                2.into(),
            ])
        })
    }

    /// Names the first sheet, and others after it.
    pub(crate) fn sheets(mut self, names: &[&str]) -> WorkbookWriter {
        self.sheets = names.iter().map(ToString::to_string).collect();
        self
    }

    /// Adds a row.
    pub(crate) fn row<C: Into<Cell>>(self, cells: impl IntoIterator<Item = C>) -> WorkbookWriter {
        self.cells(cells.into_iter().map(Into::into).collect())
    }

    /// Adds a row of cells of several kinds.
    pub(crate) fn cells(mut self, cells: Vec<Cell>) -> WorkbookWriter {
        self.rows.push(cells);
        self
    }

    /// Adds an empty row.
    pub(crate) fn blank(self) -> WorkbookWriter {
        self.cells(Vec::new())
    }

    /// Adds a row of type, symbol and last price below the usual headers, with `cell` in the column named `header`.
    pub(crate) fn future(self, symbol: &str, header: &str, cell: impl Into<Cell>) -> WorkbookWriter {
        let mut cells = vec![Cell::Empty; HEADERS.len()];
        cells[0] = "Futures".into();
        cells[1] = symbol.into();
        cells[10] = Cell::from(100.25);
        cells[HEADERS.iter().position(|name| *name == header).expect("a usual header")] = cell.into();
        self.cells(cells)
    }

    /// Adds a cell far from the rows, at an address such as `XFD1048576`.
    pub(crate) fn stray(mut self, address: &str, cell: impl Into<Cell>) -> WorkbookWriter {
        self.stray.push((address.to_string(), cell.into()));
        self
    }

    /// Claims this `uniqueCount` in the shared strings.
    pub(crate) fn claim_unique_count(mut self, count: u64) -> WorkbookWriter {
        self.unique_count = Some(count);
        self
    }

    /// Writes the workbook to `path` in place.
    pub(crate) fn save(&self, path: &Path) {
        std::fs::write(path, self.bytes()).expect("writing a test workbook");
    }

    /// Saves as Excel does: a temporary file beside it, renamed over the old one.
    pub(crate) fn save_like_excel(&self, path: &Path) {
        let temporary = path.with_extension("tmp");
        self.save(&temporary);
        std::fs::rename(&temporary, path).expect("renaming a test workbook");
    }

    /// The file's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut strings = Vec::new();
        let sheet = self.sheet_xml(&mut strings);
        let mut parts = vec![
            ("[Content_Types].xml".to_string(), self.content_types()),
            ("_rels/.rels".to_string(), ROOT_RELATIONSHIPS.to_string()),
            ("xl/workbook.xml".to_string(), self.workbook_xml()),
            ("xl/_rels/workbook.xml.rels".to_string(), self.relationships()),
            ("xl/worksheets/sheet1.xml".to_string(), sheet),
            ("xl/styles.xml".to_string(), STYLES.to_string()),
            ("xl/sharedStrings.xml".to_string(), self.strings_xml(&strings)),
        ];
        for number in 2..=self.sheets.len() {
            let empty = format!("<worksheet xmlns=\"{MAIN}\"><sheetData/></worksheet>");
            parts.push((format!("xl/worksheets/sheet{number}.xml"), empty));
        }
        pack(&parts)
    }

    fn content_types(&self) -> String {
        let mut types = String::from(
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
             <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Default Extension=\"xml\" ContentType=\"application/xml\"/>",
        );
        let mut add = |part: &str, kind: &str| {
            write!(
                types,
                "<Override PartName=\"/xl/{part}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml\"/>"
            ).expect(IN_MEMORY);
        };
        add("workbook", "sheet.main");
        add("styles", "styles");
        add("sharedStrings", "sharedStrings");
        for number in 1..=self.sheets.len() {
            add(&format!("worksheets/sheet{number}"), "worksheet");
        }
        types + "</Types>"
    }

    fn workbook_xml(&self) -> String {
        let mut xml = format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONSHIP}\"><sheets>");
        for (index, name) in self.sheets.iter().enumerate() {
            let (name, number) = (escape(name), index + 1);
            write!(xml, "<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\"/>")
                .expect(IN_MEMORY);
        }
        xml + "</sheets></workbook>"
    }

    fn relationships(&self) -> String {
        let mut xml = String::from(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
        );
        let mut add = |id: &str, kind: &str, target: &str| {
            write!(xml, "<Relationship Id=\"{id}\" Type=\"{RELATIONSHIP}/{kind}\" Target=\"{target}\"/>")
                .expect(IN_MEMORY);
        };
        for number in 1..=self.sheets.len() {
            add(&format!("rId{number}"), "worksheet", &format!("worksheets/sheet{number}.xml"));
        }
        add("rIdStyles", "styles", "styles.xml");
        add("rIdStrings", "sharedStrings", "sharedStrings.xml");
        xml + "</Relationships>"
    }

    fn sheet_xml(&self, strings: &mut Vec<String>) -> String {
        let mut xml = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>");
        for (index, cells) in self.rows.iter().enumerate() {
            let row = index + 1;
            write!(xml, "<row r=\"{row}\">").expect(IN_MEMORY);
            for (column, cell) in cells.iter().enumerate() {
                cell_xml(&mut xml, &format!("{}{row}", letters(column)), cell, strings);
            }
            xml.push_str("</row>");
        }
        for (address, cell) in &self.stray {
            let row: String = address.chars().filter(char::is_ascii_digit).collect();
            write!(xml, "<row r=\"{row}\">").expect(IN_MEMORY);
            cell_xml(&mut xml, address, cell, strings);
            xml.push_str("</row>");
        }
        xml + "</sheetData></worksheet>"
    }

    fn strings_xml(&self, strings: &[String]) -> String {
        let count = self.unique_count.unwrap_or(strings.len() as u64);
        let mut xml = format!("<sst xmlns=\"{MAIN}\" count=\"{count}\" uniqueCount=\"{count}\">");
        for text in strings {
            write!(xml, "<si><t xml:space=\"preserve\">{}</t></si>", escape(text)).expect(IN_MEMORY);
        }
        xml + "</sst>"
    }
}

/// A zip of these parts, deflated.
pub(crate) fn pack<C: AsRef<[u8]>>(parts: &[(String, C)]) -> Vec<u8> {
    simulator::pack(parts).expect("a zip in memory")
}

const IN_MEMORY: &str = "writing to memory";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
pub(crate) const RELATIONSHIP: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
pub(crate) const ROOT_RELATIONSHIPS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
    Target=\"xl/workbook.xml\"/></Relationships>";
/// Format 1 is a date (the built-in number format 14).
const STYLES: &str = "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
    <fonts count=\"1\"><font/></fonts><fills count=\"1\"><fill/></fills><borders count=\"1\"><border/></borders>\
    <cellStyleXfs count=\"1\"><xf/></cellStyleXfs>\
    <cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>";

fn cell_xml(xml: &mut String, address: &str, cell: &Cell, strings: &mut Vec<String>) {
    let written = match cell {
        Cell::Empty => Ok(()),
        Cell::Number(value) => write!(xml, "<c r=\"{address}\"><v>{value}</v></c>"),
        Cell::Shared(text) => {
            let place = strings.len();
            strings.push(text.clone());
            write!(xml, "<c r=\"{address}\" t=\"s\"><v>{place}</v></c>")
        }
        Cell::Inline(text) => {
            write!(xml, "<c r=\"{address}\" t=\"inlineStr\"><is><t>{}</t></is></c>", escape(text))
        }
        Cell::Formula(text) => {
            write!(xml, "<c r=\"{address}\" t=\"str\"><f>RTD(\"tos.rtd\")</f><v>{}</v></c>", escape(text))
        }
        Cell::Error(text) => write!(xml, "<c r=\"{address}\" t=\"e\"><v>{}</v></c>", escape(text)),
        Cell::Bool(value) => write!(xml, "<c r=\"{address}\" t=\"b\"><v>{}</v></c>", u8::from(*value)),
        Cell::Date(value) => write!(xml, "<c r=\"{address}\" s=\"1\"><v>{value}</v></c>"),
        Cell::Raw { kind, value } => write!(xml, "<c r=\"{address}\" t=\"{kind}\"><v>{value}</v></c>"),
    };
    written.expect(IN_MEMORY);
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Column letters of a column from 0.
fn letters(mut column: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            return name;
        }
        column = column / 26 - 1;
    }
}
