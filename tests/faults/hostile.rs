//! What a workbook and a config of another's making may do: be refused, or be shown as harmless text.

use crate::feed::{DEFAULT_RANGE, Saved, error_of, read};
use crate::support::program::World;
use crate::support::workbooks::{Cell, WorkbookWriter, pack};

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

#[test]
fn a_relationship_that_names_a_file_elsewhere_reads_nothing() {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    for target in ["../../../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "..\\..\\secret.xml"]
    {
        let part = |name: &str, text: String| (name.to_string(), text);
        let bytes = pack(&[
            part("[Content_Types].xml", "<Types/>".into()),
            part(
                "_rels/.rels",
                format!(
                    "<Relationships><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            part(
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns:r=\"{office}\"><sheets><sheet name=\"LiveData\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
                ),
            ),
            part(
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships><Relationship Id=\"rId1\" Type=\"{office}/worksheet\" Target=\"{target}\"/></Relationships>"
                ),
            ),
        ]);
        let error = error_of(&Saved::bytes("hostile.xlsx", &bytes).path).to_string();
        assert!(!error.contains("root:"), "{target}: {error}");
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
