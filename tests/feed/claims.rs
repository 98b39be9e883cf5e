//! What an .xls, an .xlsb or an .ods claims to have is counted before anything is made of it: memory that is refused would end the
//! process, and no thread could catch that.

use super::bad_files::claim_size;
use super::{DEFAULT_RANGE, Saved, error_of, fixture, look, quote, read, reader};
use crate::support::workbooks::{Cell, WorkbookWriter, pack};
use crate::support::xlsb::{record, wide, xlsb_parts};
use std::ops::Range;
use thor_stack::feed::{Look, Problem};
use thor_stack::supervise::Policy;

const XLS: &str = "converted_2025-11-29.xls";

/// Where the .xls has its DIMENSIONS record, its text cells and its directory of streams.
const DIMENSIONS: &[u8] = &[0x00, 0x02, 0x0E, 0x00];
const TEXT_CELL: &[u8] = &[0xFD, 0x00, 0x0A, 0x00];
const DIRECTORY: Range<usize> = 48..52;
const FIRST_OF_TABLE: Range<usize> = 76..80;
const SECTOR: usize = 512;

fn xls() -> Vec<u8> {
    std::fs::read(fixture(XLS)).unwrap()
}

fn problem(name: &str, bytes: &[u8]) -> Problem {
    error_of(&Saved::bytes(name, bytes).path).problem
}

/// The places of `record` in the .xls, behind its head.
fn places(bytes: &[u8], record: &[u8]) -> Vec<usize> {
    (0..bytes.len()).filter(|at| bytes[*at..].starts_with(record)).map(|at| at + record.len()).collect()
}

/// Regression: the parser reserves what the record says; one flipped bit of it asked for 2 TB, which ends the process.
#[test]
fn a_forged_number_of_rows_in_an_xls_reserves_nothing() {
    let mut bytes = xls();
    let at = places(&bytes, DIMENSIONS)[0];
    bytes[at + 7] |= 0x80; // of the row behind the last
    assert!(matches!(problem("RTD.xls", &bytes), Problem::TooManyCells));
}

#[test]
fn cells_in_impossible_places_of_an_xls_make_no_grid() {
    let mut bytes = xls();
    let at = places(&bytes, TEXT_CELL)[1];
    bytes[at..at + 4].fill(0xFF); // row and column
    let error = error_of(&Saved::bytes("RTD.xls", &bytes).path);
    assert!(matches!(error.problem, Problem::TooManyCells), "{error}");
    assert!(error.to_string().contains("4194304 cells; delete what stands far from the quotes"), "{error}");
}

/// Regression: the parser followed such a chain until no memory was left.
#[test]
fn a_chain_of_sectors_that_comes_back_to_itself_is_damage() {
    let bytes = xls();
    let number = |place: Range<usize>| u32::from_le_bytes(bytes[place].try_into().unwrap()) as usize;
    let directory = number(DIRECTORY);
    let entry = (number(FIRST_OF_TABLE) + 1) * SECTOR + directory * 4;
    let mut bytes = bytes.clone();
    bytes[entry..entry + 4].copy_from_slice(&u32::try_from(directory).unwrap().to_le_bytes());
    assert!(
        matches!(problem("RTD.xls", &bytes), Problem::Damaged(what) if what.contains("comes back to itself"))
    );
}

#[test]
fn a_table_of_sectors_larger_than_the_file_is_damage() {
    let mut bytes = xls();
    let first: [u8; 4] = bytes[FIRST_OF_TABLE].try_into().unwrap();
    for place in bytes[76..SECTOR].chunks_exact_mut(4) {
        place.copy_from_slice(&first);
    }
    assert!(
        matches!(problem("RTD.xls", &bytes), Problem::Damaged(what) if what.contains("more sectors of its table"))
    );
}

/// Regression, found by fuzzing: a last sector too short to name another one named itself, and was followed for ever.
#[test]
fn a_table_that_goes_on_in_a_sector_cut_short_is_damage() {
    let bytes = include_bytes!("../fuzz/corpus/workbook/compound_table_that_names_itself");
    assert!(
        matches!(problem("RTD.xls", bytes), Problem::Damaged(what) if what.contains("more sectors of its table"))
    );
}

/// .xls has no checksums: what is promised is an error or a sheet, never a crash, a hang, or memory without bound.
#[test]
fn no_flipped_bit_of_an_xls_ends_anything() {
    let bytes = xls();
    let saved = Saved::bytes("RTD.xls", &bytes);
    for bit in (0..bytes.len() * 8).step_by(499) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&saved.path, &flipped).unwrap();
        look(&mut reader(&saved.path, DEFAULT_RANGE)).ok();
    }
}

/// An .ods whose one sheet has the headers, a quote, and `rows`.
fn ods(rows: &str) -> Vec<u8> {
    let cell = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let row = |cells: &[&str]| {
        let cells: String = cells.iter().map(|text| cell(text)).collect();
        format!(
            "<table:table-row>{cells}<table:table-cell table:number-columns-repeated=\"16379\"/></table:table-row>"
        )
    };
    let head = row(&["Type", "Symbol", "Last", "Bid", "Ask"]);
    let quote = row(&["Futures", "ES", "6834.75", "6834.50", "6834.75"]);
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<office:document-content><office:body><office:spreadsheet>\
         <table:table table:name=\"LiveData\">{head}{quote}{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let manifest = "<manifest:manifest/>";
    pack(&[
        ("mimetype".to_owned(), "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml".to_owned(), manifest),
        ("content.xml".to_owned(), &content),
    ])
}

/// A sheet as programs write it ends with a million empty rows of 16,384 empty columns, which are nothing.
#[test]
fn the_empty_rest_of_a_sheet_counts_nothing() {
    let rest = "<table:table-row table:number-rows-repeated=\"1048570\">\
                <table:table-cell table:style-name=\"ce1\" table:number-columns-repeated=\"16384\"/></table:table-row>";
    let sheet = read(&Saved::bytes("RTD.ods", &ods(&rest.repeat(2))).path, DEFAULT_RANGE);
    assert_eq!(quote(&sheet, "ES").last.unwrap().to_string(), "6834.75");
}

/// Each is some hundred bytes or, packed, some thousand.
#[test]
fn what_an_ods_repeats_is_counted_before_it_is_made() {
    let value = |columns: u64| {
        format!(
            "<table:table-cell office:value-type=\"float\" office:value=\"1\" table:number-columns-repeated=\"{columns}\"/>"
        )
    };
    let empty = "<table:table-cell table:number-columns-repeated=\"16384\"/>";
    let row = |repeats: u64, cells: &str| {
        format!("<table:table-row table:number-rows-repeated=\"{repeats}\">{cells}</table:table-row>")
    };
    let spaces = "<table:table-cell office:value-type=\"string\"><text:p><text:s text:c=\"4000000000\"/></text:p></table:table-cell>";
    let long = format!(
        "<table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"16384\"><text:p>{}</text:p></table:table-cell>",
        "x".repeat(20_000)
    );
    let cases = [
        ("wide rows", row(1, &value(16_384)).repeat(300), "cells"),
        ("rows of empty cells before another", row(1, &empty.repeat(2)).repeat(300), "cells"),
        ("a repeated row", row(1_048_576, &value(5)), "cells"),
        ("a row far below", row(1_048_000, empty) + &row(1, &value(5)), "cells"),
        ("spaces", row(1, spaces), "text"),
        ("a repeated text", row(1, &long), "text"),
    ];
    for (what, rows, of) in cases {
        let problem = problem("RTD.ods", &ods(&rows));
        let is_told = match of {
            "cells" => matches!(problem, Problem::TooManyCells),
            _ => matches!(problem, Problem::TooMuchText),
        };
        assert!(is_told, "{what}: {problem}");
    }
}

/// What one reader takes for a comment could be rows for another.
#[test]
fn what_no_program_writes_into_an_ods_is_refused() {
    for odd in ["<!-- </table:table-row> -->", "<?x ' ?>", "<![CDATA[ ' ]]>"] {
        let problem = problem("RTD.ods", &ods(odd));
        assert!(
            matches!(&problem, Problem::Damaged(what) if what.contains("content.xml")),
            "{odd}: {problem}"
        );
    }
    let nested = "<table:table-row><table:table-cell><table:table><table:table-row/></table:table></table:table-cell></table:table-row>";
    let problem = problem("RTD.ods", &ods(nested));
    assert!(matches!(&problem, Problem::Damaged(what) if what.contains("a table in a cell")), "{problem}");
}

/// The parts of an .xlsb of one quote.
fn binary_parts() -> Vec<(String, Vec<u8>)> {
    let row = |cells: [&str; 3]| cells.map(Cell::from).to_vec();
    xlsb_parts("LiveData", &[row(["Type", "Symbol", "Last"]), row(["Futures", "ES", "6834.75"])])
}

fn part<'p>(parts: &'p mut [(String, Vec<u8>)], name: &str) -> &'p mut Vec<u8> {
    &mut parts.iter_mut().find(|(part, _)| part == name).unwrap().1
}

/// The same with shared strings.
fn with_strings(strings: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    const STRINGS: &str =
        "<Relationship Id=\"rId2\" Type=\"x/sharedStrings\" Target=\"sharedStrings.bin\"/></Relationships>";
    let mut parts = binary_parts();
    let relationships = part(&mut parts, "xl/_rels/workbook.bin.rels");
    let text = String::from_utf8(std::mem::take(relationships)).unwrap();
    *relationships = text.replace("</Relationships>", STRINGS).into_bytes();
    parts.push(("xl/sharedStrings.bin".to_string(), strings));
    parts
}

/// One look with a stack like a worker's.
fn look_like_a_worker(name: &str, bytes: &[u8]) -> Result<Look, Problem> {
    let Saved { folder, path } = Saved::bytes(name, bytes);
    let (answer, answered) = std::sync::mpsc::channel();
    let body =
        move || answer.send(look(&mut reader(&path, DEFAULT_RANGE)).map_err(|error| error.problem)).unwrap();
    let stack = Policy::default().stack_size;
    std::thread::Builder::new().stack_size(stack).spawn(body).unwrap().join().unwrap();
    drop(folder);
    answered.recv().unwrap()
}

/// Adds the defined name `n` with this formula to a workbook part, behind its sheets.
fn define_name(workbook: &mut Vec<u8>, formula: &[u8]) {
    const NAME: u16 = 0x27;
    let behind = workbook.split_off(workbook.len() - 3);
    let length = u32::try_from(formula.len()).unwrap().to_le_bytes();
    record(workbook, NAME, &[&[0; 9][..], &wide("n"), &length, formula].concat());
    workbook.extend(behind);
}

/// Regression: the parser went one level deeper for every three bytes of such a name, beyond the end of its stack.
#[test]
fn a_name_of_an_xlsb_that_nests_without_end_is_not_followed() {
    let formula: Vec<u8> =
        (0..21_000_u16).rev().flat_map(|level| [&[0x29][..], &(3 * level).to_le_bytes()].concat()).collect();
    let mut parts = binary_parts();
    define_name(part(&mut parts, "xl/workbook.bin"), &formula);
    let Ok(Look::Changed(sheet)) = look_like_a_worker("RTD.xlsb", &pack(&parts)) else { panic!("no sheet") };
    assert_eq!(quote(&sheet, "ES").last.unwrap().to_string(), "6834.75");
}

/// Regression: each such token is all letters of a name more, copied again with each that follows: minutes, and memory.
#[test]
fn a_formula_of_a_name_of_an_xlsb_that_is_all_names_makes_no_text() {
    let (name, operands) = ("n".repeat(60_000), 200_000);
    let mut formula = [&[0x23][..], &1_u32.to_le_bytes()].concat().repeat(operands);
    formula.extend([0x03].repeat(operands - 1));
    let mut parts = binary_parts();
    let workbook = part(&mut parts, "xl/workbook.bin");
    let behind = workbook.split_off(workbook.len() - 3);
    record(workbook, 0x27, &[&[0; 9][..], &wide(&name), &[0; 4]].concat());
    workbook.extend(behind);
    define_name(workbook, &formula);
    let Ok(Look::Changed(sheet)) = look_like_a_worker("RTD.xlsb", &pack(&parts)) else { panic!("no sheet") };
    assert_eq!(sheet.quotes.len(), 1);
}

/// What a record claims beyond its part would be reserved; what it lacks would be taken from the record before it.
#[test]
fn records_of_an_xlsb_that_are_not_whole_are_damage() {
    let (sheet, book, strings) = ("xl/worksheets/sheet1.bin", "xl/workbook.bin", "xl/sharedStrings.bin");
    let text = |letters: &str| [&[0][..], &wide(letters)].concat();
    let made = |kind: u16, content: &[u8]| {
        let mut made = Vec::new();
        record(&mut made, kind, content);
        made
    };
    let cases = [
        ("a length beyond the sheet", sheet, [0x06, 0xFF, 0xFF, 0xFF, 0x7F].to_vec()),
        ("a length beyond the workbook part", book, [0x06, 0xFF, 0xFF, 0xFF, 0x7F].to_vec()),
        ("a text cell without its text", sheet, made(0x06, &[0; 8])),
        ("a text cell without its letters", sheet, made(0x06, &[&[0; 8][..], &9_u32.to_le_bytes()].concat())),
        ("a number without its digits", sheet, made(0x05, &[0; 9])),
        ("a row without its number", sheet, made(0x00, &[])),
        ("a sheet without its name", book, made(0x9C, &[0; 8])),
        ("a string without its text", strings, [made(0x13, &text("Symbol")), made(0x13, &[])].concat()),
    ];
    for (what, name, content) in cases {
        let mut parts = with_strings(Vec::new());
        let part = part(&mut parts, name);
        *part = [content, std::mem::take(part)].concat();
        let problem = problem("RTD.xlsb", &pack(&parts));
        assert!(matches!(&problem, Problem::Damaged(what) if what.contains(name)), "{what}: {problem}");
    }
}

#[test]
fn a_claimed_number_of_strings_of_an_xlsb_counts_nothing() {
    let mut strings = Vec::new();
    record(&mut strings, 0x9F, &[0xFF; 8]);
    record(&mut strings, 0x13, &[&[0][..], &wide("Symbol")].concat());
    let sheet = read(&Saved::bytes("RTD.xlsb", &pack(&with_strings(strings))).path, DEFAULT_RANGE);
    assert_eq!(sheet.quotes.len(), 1);
}

/// Regression: each part was bounded, but not what they unpack to together: 64 MiB of file could be 64 GiB.
#[test]
fn parts_that_are_too_large_together_are_not_unpacked() {
    const HALF: u32 = 130 * 1024 * 1024;
    let claim = |bytes: Vec<u8>, parts: [&str; 2]| {
        let mut bytes = bytes;
        parts.iter().for_each(|part| claim_size(&mut bytes, part, HALF));
        bytes
    };
    let open_document = ["META-INF/manifest.xml", "content.xml", "Pictures/1", "Pictures/2"];
    let open_document = pack(&open_document.map(|name| (name.to_string(), "<x/>")));
    let binary = pack(&with_strings(Vec::new()));
    let shared =
        WorkbookWriter::with_headers().row(["Futures".into(), Cell::Shared("ES".to_string())]).bytes();
    let cases = [
        ("RTD.ods", claim(open_document, ["Pictures/1", "Pictures/2"])),
        ("RTD.xlsb", claim(binary, ["xl/sharedStrings.bin", "xl/worksheets/sheet1.bin"])),
        ("RTD.xlsx", claim(shared, ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"])),
    ];
    for (name, bytes) in cases {
        let error = error_of(&Saved::bytes(name, &bytes).path);
        assert!(matches!(error.problem, Problem::PartsTooLarge(_)), "{name}: {error}");
        assert!(error.to_string().contains("its parts unpack to 2726"), "{name}: {error}");
    }
}

/// What the quotes do not come from is not unpacked, however large.
#[test]
fn other_parts_of_an_xlsb_may_be_large() {
    let mut parts = binary_parts();
    parts.push(("xl/media/film".to_string(), b"frames".to_vec()));
    let mut bytes = pack(&parts);
    claim_size(&mut bytes, "xl/media/film", 1024 * 1024 * 1024);
    assert_eq!(read(&Saved::bytes("RTD.xlsb", &bytes).path, DEFAULT_RANGE).quotes.len(), 1);
}
