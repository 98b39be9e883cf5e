//! The short way of reading an .xlsx against calamine, cell for cell: on real workbooks, on generated ones, under
//! mutation, and from one save to the next.

use super::{DEFAULT_RANGE, block, fixture};
use crate::support::workbooks::{HEADERS, RELATIONSHIP, ROOT_RELATIONSHIPS, WorkbookWriter, pack};
use jiff::Timestamp;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use thor_stack::config::CellRange;
use thor_stack::feed::{Look, WorkbookReader};
use thor_stack::value::Sheet;

/// A file that both ways read, again and again.
struct Desk {
    folder: TempDir,
    path: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("RTD.xlsx");
        Desk { folder, path }
    }

    fn reader(&self, range: CellRange) -> WorkbookReader {
        WorkbookReader::new(&self.path, "LiveData", range)
    }

    /// Saves `bytes` as another file than before, so that every reader notices.
    fn save(&self, bytes: &[u8]) {
        let beside = self.folder.path().join("beside");
        std::fs::write(&beside, bytes).unwrap();
        std::fs::rename(beside, &self.path).unwrap();
    }

    /// What `reader` says of the saved bytes and what calamine says; `true` with it if calamine was not needed.
    fn both(&self, reader: &mut WorkbookReader, range: CellRange) -> (Outcome, Outcome, bool) {
        let now = Timestamp::now();
        let short = outcome(reader, now);
        let long = outcome(&mut self.reader(range).by_calamine(), now);
        (short, long, reader.doubt().is_none())
    }
}

/// A sheet, or the words of what is wrong; `None` where the reader saw no change.
type Outcome = Option<Result<Sheet, String>>;

fn outcome(reader: &mut WorkbookReader, now: Timestamp) -> Outcome {
    match reader.look(now, &mut |_| false) {
        Ok(Look::Changed(sheet)) => Some(Ok(sheet)),
        Ok(_) => None,
        Err(error) => Some(Err(error.problem.to_string())),
    }
}

/// Reads `bytes` both ways with fresh readers; whether calamine was not needed.
#[track_caller]
fn assert_same(desk: &Desk, bytes: &[u8], range: CellRange, what: &str) -> bool {
    desk.save(bytes);
    let (short, long, certain) = desk.both(&mut desk.reader(range), range);
    assert_eq!(short, long, "{what}");
    certain
}

fn real(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

const REAL: [&str; 2] = ["rtd_tos_2025-11-29.xlsx", "rtd_tos_2025-10-18_older_headers.xlsx"];

#[test]
fn real_workbooks_read_the_same_and_without_calamine() {
    let desk = Desk::new();
    let inner = CellRange { first_row: 1, first_column: 1, last_row: 8, last_column: 11 };
    for name in REAL {
        for range in [DEFAULT_RANGE, block(30, 28), block(1, 1), block(200, 100), inner] {
            assert!(assert_same(&desk, &real(name), range, name), "{name} needed calamine");
        }
    }
    let made = WorkbookWriter::of_size(300, 7).bytes();
    assert!(assert_same(&desk, &made, block(301, 14), "made"), "a plain workbook needed calamine");
}

/// The parts of a workbook with this sheet and these shared strings.
fn packed(sheet: &str, strings: &str, styles: &str) -> Vec<u8> {
    let links: String =
        [("worksheet", "worksheets/sheet1"), ("sharedStrings", "sharedStrings"), ("styles", "styles")]
            .iter()
            .map(|(kind, target)| {
                format!(
                    "<Relationship Id=\"{kind}\" Type=\"{RELATIONSHIP}/{kind}\" Target=\"{target}.xml\"/>"
                )
            })
            .collect();
    pack(&[
        ("_rels/.rels".to_string(), ROOT_RELATIONSHIPS.to_string()),
        (
            "xl/workbook.xml".to_string(),
            "<workbook><sheets><sheet name=\"LiveData\" sheetId=\"1\" r:id=\"worksheet\"/></sheets></workbook>".to_string(),
        ),
        ("xl/_rels/workbook.xml.rels".to_string(), format!("<Relationships>{links}</Relationships>")),
        ("xl/worksheets/sheet1.xml".to_string(), sheet.to_string()),
        ("xl/sharedStrings.xml".to_string(), strings.to_string()),
        ("xl/styles.xml".to_string(), styles.to_string()),
    ])
}

const STYLES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<styleSheet>\
    <numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"[h]:mm\"/><numFmt numFmtId=\"165\" formatCode=\"0.00_d\"/></numFmts>\
    <cellXfs count=\"5\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/><xf/></cellXfs></styleSheet>";

/// The first fourteen strings are the headers.
fn strings_xml(texts: &[String], claimed: u64) -> String {
    let headers: String = HEADERS.iter().map(|header| format!("<si><t>{header}</t></si>")).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sst count=\"{claimed}\" uniqueCount=\"{claimed}\">{headers}{}</sst>",
        texts.concat()
    )
}

fn sheet_xml(rows: &[String]) -> String {
    let letters = "ABCDEFGHIJKLMN";
    let headers: String = letters
        .chars()
        .enumerate()
        .map(|(index, letter)| format!("<c r=\"{letter}1\" t=\"s\"><v>{index}</v></c>"))
        .collect();
    format!(
        "<worksheet xmlns=\"x\"><dimension ref=\"A1:N9\"/><cols><col min=\"1\"/></cols><sheetData><row r=\"1\">{headers}</row>{}</sheetData><pageMargins/></worksheet>",
        rows.concat()
    )
}

/// Text as it may stand in a part.
fn text_xml() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[A-Z]{1,4}",
        2 => "[ a-zA-Z0-9.'#/!-]{0,12}",
        1 => Just("N/A".to_string()),
        1 => Just("#N/A".to_string()),
        1 => Just("loading".to_string()),
        1 => "[A-Z]{0,2}(&amp;|&lt;|&gt;|&quot;|&apos;)[A-Z]{0,2}",
        1 => "[A-Z](&#65;|&#x42;|&#10;|&nbsp;|&|&amp|&#0;)[A-Z]",
        1 => "[A-Z](_x000D_|_x0041_|_x41_|\r\n|\t|\n|\r)[A-Z]",
        1 => "[ÄÖÜ€\u{a0}\u{2009}字]{1,4}",
        1 => "[0-9]{1,3}'[0-9]{1,3}",
    ]
}

fn string_xml() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => text_xml().prop_map(|text| format!("<si><t>{text}</t></si>")),
        2 => text_xml().prop_map(|text| format!("<si><t xml:space=\"preserve\"> {text} </t></si>")),
        1 => (text_xml(), text_xml())
            .prop_map(|(a, b)| format!("<si><r><rPr><b/><sz val=\"11\"/></rPr><t>{a}</t></r><r><t xml:space=\"preserve\"> {b}</t></r></si>")),
        1 => (text_xml(), text_xml())
            .prop_map(|(a, b)| format!("<si><t>{a}</t><rPh sb=\"0\" eb=\"1\"><t>{b}</t></rPh><phoneticPr fontId=\"1\"/></si>")),
        1 => prop_oneof![Just("<si/>"), Just("<si></si>"), Just("<si><t/></si>"), Just("<si ><t >A</t ></si>"),
            Just("<!-- no --><si><t>A</t></si>"), Just("<si><t><![CDATA[A]]></t></si>"), Just(" <si><t>A</t></si>\n")]
            .prop_map(String::from),
    ]
}

fn number_xml() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "-?[1-9][0-9]{0,4}(\\.[0-9]{1,5})?",
        2 => "-?[0-9]{1,17}(\\.[0-9]{1,17})?",
        2 => "-?[0-9](\\.[0-9]{1,15})?[eE][+-]?[0-9]{1,3}",
        1 => prop_oneof![Just("0"), Just("-0"), Just("NaN"), Just("inf"), Just(""), Just("1."), Just(".5"), Just("+1"),
            Just(" 1"), Just("1 "), Just("0x1"), Just("2492.8000000000002"), Just("&#49;"), Just("1<!---->2")]
            .prop_map(String::from),
    ]
}

/// A cell's attributes other than its address, and its content; `{s}` is the number of a shared string.
fn cell_xml() -> impl Strategy<Value = (String, String)> {
    let style = prop_oneof![8 => Just(""), 2 => Just(" s=\"3\""), 1 => Just(" s=\"1\""), 1 => Just(" s=\"2\""), 1 => Just(" s=\"77\""),
        1 => Just(" s=\"\""), 1 => Just(" s=\"-1\" cm=\"1\"")];
    let formula = prop_oneof![4 => Just(""), 2 => Just("<f>RTD(\"tos.rtd\",,\"LAST\",\"/YM\")</f>"), 1 => Just("<f t=\"shared\" si=\"0\"/>"),
        1 => Just("<f>A1&amp;B1</f>"), 1 => Just("<f>A1&B1</f>")];
    let typed = prop_oneof![
        12 => number_xml().prop_map(|number| (String::new(), format!("<v>{number}</v>"))),
        2 => number_xml().prop_map(|number| (" t=\"n\"".to_string(), format!("<v>{number}</v>"))),
        6 => (0_usize..60).prop_map(|index| (" t=\"s\"".to_string(), format!("<v>{index}</v>"))),
        4 => text_xml().prop_map(|text| (" t=\"str\"".to_string(), format!("<v>{text}</v>"))),
        1 => text_xml().prop_map(|text| (" t=\"str\"".to_string(), format!("<v xml:space=\"preserve\"> {text}</v>"))),
        2 => text_xml().prop_map(|text| (" t=\"inlineStr\"".to_string(), format!("<is><t>{text}</t></is>"))),
        1 => text_xml().prop_map(|text| (" t=\"inlineStr\"".to_string(), format!("<is><r><t>{text}</t></r></is>"))),
        1 => prop_oneof![Just("0"), Just("1"), Just("true"), Just("2"), Just("")]
            .prop_map(|value| (" t=\"b\"".to_string(), format!("<v>{value}</v>"))),
        2 => prop_oneof![Just("#N/A"), Just("#SPILL!"), Just("#REF!"), Just("#DATA!"), Just("odd"), Just(""), Just("#N&amp;A")]
            .prop_map(|value| (" t=\"e\"".to_string(), format!("<v>{value}</v>"))),
        1 => Just((" t=\"d\"".to_string(), "<v>2025-11-29</v>".to_string())),
        1 => prop_oneof![Just((" t='e'", "<v>#BUSY!</v>")), Just((" t=\"x\"", "<v>1</v>")), Just(("", "<v/>")), Just((" t=\"str\"", "<v/>")), Just(("", "")),
            Just(("", "<v>1</v><f>2</f>")), Just(("", "<v>1</v><v>2</v>")), Just(("", "<x/>")), Just(("", " <v>1</v> ")), Just((" t=\"s\"", "<v>999</v>")),
            Just((" t = \"str\"", "<v>A</v>")), Just((" x:t=\"str\"", "<v>1</v>"))]
            .prop_map(|(kind, value)| (kind.to_string(), value.to_string())),
    ];
    (style, formula, typed)
        .prop_map(|(style, formula, (kind, value))| (format!("{style}{kind}"), format!("{formula}{value}")))
}

/// What is unusual about a row.
#[derive(Debug, Clone, Copy)]
enum Oddity {
    None,
    NoNumbers,
    NoRowNumber,
    Gap,
    OutOfOrder,
    Twice,
    Huge,
    Empty,
}

fn row_xml() -> impl Strategy<Value = (Oddity, Vec<(String, String)>)> {
    let odd = prop_oneof![30 => Just(Oddity::None), 1 => Just(Oddity::NoNumbers), 1 => Just(Oddity::NoRowNumber), 2 => Just(Oddity::Gap),
        1 => Just(Oddity::OutOfOrder), 1 => Just(Oddity::Twice), 1 => Just(Oddity::Huge), 1 => Just(Oddity::Empty)];
    (odd, prop::collection::vec(cell_xml(), 12))
}

/// Rows below the header, with a type and a symbol before the generated cells.
fn rows(generated: &[(Oddity, Vec<(String, String)>)]) -> Vec<String> {
    let mut number = 1;
    let written = generated.iter().enumerate().map(|(index, (oddity, cells))| {
        number += match oddity {
            Oddity::Gap => 3,
            Oddity::Twice => 0,
            _ => 1,
        };
        let shown = match oddity {
            Oddity::OutOfOrder => number - 2,
            Oddity::Huge => 1_048_576,
            _ => number,
        };
        let keys = [
            (" t=\"str\"".to_string(), "<v>Futures</v>".to_string()),
            (" t=\"str\"".to_string(), format!("<v>Y{index}</v>")),
        ];
        let cells: String = keys
            .iter()
            .chain(cells)
            .zip("ABCDEFGHIJKLMN".chars())
            .map(|((attributes, content), letter)| match oddity {
                Oddity::NoNumbers => format!("<c{attributes}>{content}</c>"),
                _ => format!("<c r=\"{letter}{shown}\"{attributes}>{content}</c>"),
            })
            .collect();
        match oddity {
            Oddity::Empty => format!("<row r=\"{shown}\"/>"),
            Oddity::NoNumbers | Oddity::NoRowNumber => format!("<row>{cells}</row>"),
            Oddity::Huge => format!("<row r=\"{shown}\"><c r=\"XFD{shown}\"><v>1</v></c></row>"),
            _ => format!("<row r=\"{shown}\" spans=\"1:14\">{cells}</row>"),
        }
    });
    written.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// One row at a time, so that one odd cell does not hide what comes after it.
    #[test]
    fn a_generated_row_reads_the_same(
        row in row_xml(),
        texts in prop::collection::vec(string_xml(), 30..40),
        claimed in prop_oneof![Just(40_u64), Just(0), Just(u64::MAX)],
    ) {
        let desk = Desk::new();
        let strings = strings_xml(&texts, claimed);
        for cell in 0..row.1.len() {
            let one = (row.0, vec![(String::new(), String::new()); cell].into_iter().chain([row.1[cell].clone()]).collect());
            let sheet = sheet_xml(&rows(&[one]));
            desk.save(&packed(&sheet, &strings, STYLES));
            let (short, long, _) = desk.both(&mut desk.reader(DEFAULT_RANGE), DEFAULT_RANGE);
            prop_assert_eq!(short, long, "{} {}", sheet, strings);
        }
    }

    /// One reader over many saves in which some rows change, come, go and move, and sometimes the strings or formats.
    #[test]
    fn from_one_save_to_the_next_it_reads_the_same(
        saves in prop::collection::vec((prop::collection::vec(row_xml(), 0..6), any::<u8>(), prop::collection::vec(string_xml(), 50)), 1..8),
    ) {
        let desk = Desk::new();
        let mut reader = desk.reader(DEFAULT_RANGE);
        let (mut kept, mut strings, mut styles) = (Vec::new(), strings_xml(&[], 14), STYLES.to_string());
        for (new, what, texts) in saves {
            match what % 8 {
                0 => kept = new,
                1 => kept.extend(new),
                2 => kept = new.into_iter().chain(kept).collect(),
                3 => strings = strings_xml(&texts, 64),
                4 => styles = STYLES.replace("\"14\"", "\"0\""),
                _ => kept.iter_mut().zip(new).filter(|_| what % 2 == 0).for_each(|(old, new)| *old = new),
            }
            desk.save(&packed(&sheet_xml(&rows(&kept)), &strings, &styles));
            let (short, long, _) = desk.both(&mut reader, DEFAULT_RANGE);
            prop_assert!(short.is_none() || short == long, "{:?} is not {:?}", short, long);
        }
    }
}

/// The last of the strings was lost when it was no plain one.
#[test]
fn an_odd_string_at_the_end_counts() {
    let desk = Desk::new();
    let keys =
        "<c r=\"A2\" t=\"str\"><v>Futures</v></c><c r=\"B2\" t=\"s\"><v>14</v></c><c r=\"K2\"><v>1</v></c>";
    let rows = [format!("<row r=\"2\">{keys}</row>")];
    for last in ["<si><r><t>Y</t></r><r><t>M</t></r></si>", "<si><t>Y&#77;</t></si>", "<si><t>Y&#0;</t></si>"]
    {
        let bytes = packed(&sheet_xml(&rows), &strings_xml(&[last.to_string()], 15), STYLES);
        let certain = assert_same(&desk, &bytes, DEFAULT_RANGE, last);
        assert_eq!(certain, !last.contains("#0"), "{last}");
    }
}

/// Plain rows that change a little from save to save are never left to calamine.
#[test]
fn rows_that_change_are_read_the_short_way() {
    let desk = Desk::new();
    let mut reader = desk.reader(block(60, 14));
    for tick in 0..20 {
        let book = (0..50).fold(WorkbookWriter::with_headers(), |book, row| {
            let price = f64::from(1000 + row + i32::from(row % 7 == tick % 7) * tick);
            book.future(&format!("S{row}"), "Bid", price)
        });
        desk.save(&book.bytes());
        let (short, long, certain) = desk.both(&mut reader, block(60, 14));
        assert_eq!(short, long);
        assert!(certain, "{:?}", reader.doubt());
    }
}

/// A stream of numbers that is the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// How long the mutations may take together, however slow the machine.
const AT_MOST: Duration = Duration::from_secs(20);

fn mutated(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(bytes.len());
        match dice.roll(6) {
            0 => bytes.truncate(at.max(1)),
            1 => bytes[at] = dice.roll(256) as u8,
            2 => drop(bytes.remove(at).min(1)),
            3 => bytes.insert(at, b"<>/&\"' "[dice.roll(7)]),
            _ => bytes[at] ^= 1 << dice.roll(8),
        }
        if bytes.is_empty() {
            bytes.push(b'P');
        }
    }
    bytes
}

#[test]
fn damaged_files_end_as_calamine_ends_them() {
    let (desk, mut dice, started) = (Desk::new(), Dice(7), Instant::now());
    let files: Vec<Vec<u8>> =
        REAL.map(real).into_iter().chain([WorkbookWriter::of_size(20, 3).bytes()]).collect();
    let (mut tried, mut certain) = (0, 0);
    while tried < 1_500 && started.elapsed() < AT_MOST {
        let damaged = mutated(&files[tried % files.len()], &mut dice);
        certain += usize::from(assert_same(&desk, &damaged, block(30, 28), &format!("mutation {tried}")));
        tried += 1;
    }
    assert!(certain > tried / 50 && certain < tried, "{certain} of {tried} were read the short way");
}

/// The same in the parts, whose checksums then hold.
#[test]
fn mutated_parts_read_as_calamine_reads_them() {
    let (desk, mut dice, started) = (Desk::new(), Dice(11), Instant::now());
    let parts: Vec<Vec<(String, Vec<u8>)>> = REAL.iter().map(|name| unpacked(&fixture(name))).collect();
    let mut reader = desk.reader(block(30, 28));
    let (mut tried, mut certain) = (0, 0);
    while tried < 1_500 && started.elapsed() < AT_MOST {
        let mut changed = parts[tried % parts.len()].clone();
        let part = [
            "sheet1.xml",
            "sheet1.xml",
            "sheet1.xml",
            "sharedStrings.xml",
            "styles.xml",
            "workbook.xml",
            ".rels",
        ][dice.roll(7)];
        for (name, content) in &mut changed {
            if name.ends_with(part) {
                *content = mutated(content, &mut dice);
            }
        }
        desk.save(&pack(&changed));
        let (short, long, short_way) = desk.both(&mut desk.reader(block(30, 28)), block(30, 28));
        assert_eq!(short, long, "mutation {tried} of {part}");
        let (again, ..) = desk.both(&mut reader, block(30, 28));
        assert!(
            again.is_none() || again == long,
            "mutation {tried} of {part}, by a reader that has read others"
        );
        certain += usize::from(short_way);
        tried += 1;
    }
    assert!(certain > tried / 20 && certain < tried, "{certain} of {tried} were read the short way");
}

fn unpacked(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let parts = 0..archive.len();
    let read = |index| {
        let mut part = archive.by_index(index).unwrap();
        let (name, mut content) = (part.name().unwrap().into_owned(), Vec::new());
        std::io::copy(&mut part, &mut content).unwrap();
        (name, content)
    };
    parts.map(read).collect()
}
