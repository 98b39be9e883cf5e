//! What a workbook and a config of another's making may do: be refused, or be shown as harmless text.

use crate::feed::{DEFAULT_RANGE, Saved, error_of, read};
use crate::support::program::World;
use crate::support::workbooks::{Cell, HEADERS, WorkbookWriter, pack};

#[test]
fn a_cell_moves_no_cursor_and_forges_no_log_line() {
    let attack = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\n2026-01-01 [INFO ] all is well\u{202e}";
    let workbook = WorkbookWriter::with_headers()
        .future("ES", "Last", 6835)
        .future("NQ", "Last", attack)
        .row([Cell::from("Futures"), Cell::from(attack)]);
    let saved = Saved::workbook(&workbook);
    let path = saved.path.to_str().unwrap();
    for json in [&["--json"][..], &[]] {
        let arguments = [&["poll", "--once", "--dry-run", "--workbook", path], json].concat();
        let ran = World::new().run(&arguments);
        for said in [ran.stdout(), ran.stderr()] {
            let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!said.chars().any(acts), "{said:?}");
            assert!(!said.lines().any(|line| line.starts_with("2026-01-01 [INFO ] all is well")), "{said}");
        }
    }
}

/// A workbook whose sheet is said to be at `target`, with `sheet` at its usual place beside it.
fn pointing_at(target: &str, sheet: &str) -> Saved {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let related = |kind: &str, target: &str| {
        format!(
            "<Relationships><Relationship Id=\"rId1\" Type=\"{office}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let sheets = "<sheets><sheet name=\"LiveData\" sheetId=\"1\" r:id=\"rId1\"/></sheets>";
    let parts = [
        ("[Content_Types].xml", "<Types/>".to_string()),
        ("_rels/.rels", related("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", format!("<workbook xmlns:r=\"{office}\">{sheets}</workbook>")),
        ("xl/_rels/workbook.xml.rels", related("worksheet", target)),
        ("xl/worksheets/sheet1.xml", sheet.to_string()),
    ];
    Saved::bytes("hostile.xlsx", &pack(&parts.map(|(name, text)| (name.to_string(), text))))
}

#[test]
fn a_relationship_that_names_a_file_elsewhere_reads_nothing() {
    let cell = |(column, text): (char, &str), row| {
        format!("<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    let headers: String = ('A'..).zip(HEADERS).map(|header| cell(header, 1)).collect();
    let last = ('A'..).zip(HEADERS).find(|(_, name)| *name == "Last").unwrap().0;
    let (kind, symbol) = (cell(('A', "Futures"), 2), cell(('B', "ES"), 2));
    let sheet = format!(
        "<worksheet><sheetData><row r=\"1\">{headers}</row>\
         <row r=\"2\">{kind}{symbol}<c r=\"{last}2\"><v>6835</v></c></row></sheetData></worksheet>"
    );
    let inside = pointing_at("worksheets/sheet1.xml", &sheet);
    assert_eq!(
        read(&inside.path, DEFAULT_RANGE).quotes[0].last,
        Some(6835.into()),
        "whoever opened it would read it"
    );
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("sheet.xml");
    std::fs::write(&elsewhere, &sheet).unwrap();
    let absolute = elsewhere.display().to_string();
    let up = format!("{}{}", "../".repeat(40), absolute.trim_start_matches('/'));
    for target in [up, absolute.clone(), format!("file://{absolute}"), absolute.replace('/', "\\")] {
        error_of(&pointing_at(&target, "").path); // fails where it was read
    }
}

#[test]
fn elements_nested_without_end_are_a_bad_sheet_and_no_overflow_of_the_stack() {
    let workbook = WorkbookWriter::with_headers().future("ES", "Last", 6835);
    let saved = Saved::workbook(&workbook);
    assert_eq!(read(&saved.path, DEFAULT_RANGE).quotes.len(), 1);
    let deep = |name: &str| "<".to_string() + &format!("{name}><").repeat(200_000) + "end";
    for part in ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"] {
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let content = |name: &str, plain: String| if name == part { deep("row") } else { plain };
        let parts = [
            (
                "_rels/.rels",
                format!(
                    "<Relationships><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns:r=\"{office}\"><sheets><sheet name=\"LiveData\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships><Relationship Id=\"rId1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
                ),
            ),
            ("xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>".to_string()),
        ];
        let parts: Vec<_> = parts.map(|(name, plain)| (name.to_string(), content(name, plain))).into();
        error_of(&Saved::bytes("deep.xlsx", &pack(&parts)).path);
    }
}

#[test]
fn a_config_nested_without_end_is_a_bad_config() {
    let world = World::new();
    for text in ["a=".to_string() + &"[".repeat(100_000), "[a".to_string() + &".a".repeat(50_000) + "]"] {
        let file = world.file("deep.toml", &text);
        world.run(&["--config", file.to_str().unwrap(), "config"]).exits(2);
    }
}
