//! Files that are no good workbook: each is named with the next step, and never yields a wrong quote.

use super::{DEFAULT_RANGE, Saved, error_of, fixture, look, quote, read, read_made, reader};
use crate::support::workbooks::{Cell, WorkbookWriter, pack};
use proptest::prelude::*;
#[cfg(unix)] // devices and pipes
use std::path::Path;
use thor_stack::feed::{Look, MAX_FILE_BYTES, Problem};
use thor_stack::value::Sheet;

const REAL: &str = "rtd_tos_2025-11-29.xlsx";

#[test]
fn a_missing_file_is_transient() {
    let saved = Saved::bytes("other.xlsx", b"");
    let error = error_of(&saved.folder.path().join("RTD.xlsx"));
    assert!(matches!(error.problem, Problem::NotFound) && error.is_transient());
    let text = error.to_string();
    assert!(text.contains("RTD.xlsx: no such file") && text.contains("workbook.path"), "{text}");
}

#[test]
fn a_missing_folder_is_not() {
    let saved = Saved::bytes("other.xlsx", b"");
    let error = error_of(&saved.folder.path().join("missing/RTD.xlsx"));
    assert!(matches!(error.problem, Problem::NoFolder(_)) && !error.is_transient());
    assert!(error.to_string().contains("missing does not exist"), "{error}");
}

#[test]
fn a_folder_is_not_a_workbook() {
    let saved = Saved::bytes("other.xlsx", b"");
    let error = error_of(saved.folder.path());
    assert!(matches!(error.problem, Problem::NotAFile("a folder")), "{error}");
}

#[cfg(unix)]
#[test]
fn a_device_is_not_a_workbook() {
    let error = error_of(Path::new("/dev/null"));
    assert!(matches!(error.problem, Problem::NotAFile(_)), "{error}");
}

/// Root may read everything, so where the test runs as root the look is taken by a child without its rights.
#[cfg(unix)]
#[test]
fn a_file_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    const WORKBOOK: &str = "THOR_STACK_TEST_UNREADABLE_WORKBOOK";
    if let Some(path) = std::env::var_os(WORKBOOK) {
        let error = error_of(Path::new(&path));
        assert!(matches!(error.problem, Problem::Denied(_)) && !error.is_transient(), "{error}");
        assert!(error.to_string().contains("read permission"), "{error}");
        return;
    }
    let saved = Saved::workbook(&WorkbookWriter::of_size(1, 0));
    std::fs::set_permissions(saved.folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::set_permissions(&saved.path, PermissionsExt::from_mode(0o000)).unwrap();
    // The test binary may stand in a folder that only root may enter: the child runs a copy.
    let program = saved.folder.path().join("it");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut child = std::process::Command::new(&program);
    child.args(["--exact", "feed::bad_files::a_file_without_permission_is_named"]).env(WORKBOOK, &saved.path);
    child.current_dir("/");
    let is_root = std::fs::File::open(&saved.path).is_ok();
    if is_root {
        const NOBODY: u32 = 65_534;
        child.uid(NOBODY).gid(NOBODY);
    }
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn what_is_no_workbook_is_called_so() {
    for bytes in [&b"Symbol,Last\nES,6835\n"[..], b"<html>404</html>", b"%PDF-1.7 and so on"] {
        let error = error_of(&Saved::bytes("RTD.xlsx", bytes).path);
        assert!(matches!(error.problem, Problem::NotAWorkbook(_)) && !error.is_transient(), "{error}");
        assert!(error.to_string().contains("save it from Excel"), "{error}");
    }
    let zip = pack(&[("readme.txt".to_string(), "hello".to_string())]);
    let error = error_of(&Saved::bytes("RTD.xlsx", &zip).path);
    assert!(matches!(error.problem, Problem::NotAWorkbook(_)), "{error}");
}

#[test]
fn an_empty_or_blank_file_is_a_save_in_progress() {
    for bytes in [&b""[..], b"PK", &[0; 4096]] {
        let error = error_of(&Saved::bytes("RTD.xlsx", bytes).path);
        assert!(error.is_transient(), "{error}");
    }
}

#[test]
fn an_encrypted_workbook_is_called_password_protected() {
    // The compound file that Excel writes for an encrypted .xlsx has streams of these names, in UTF-16.
    let names: Vec<u8> =
        "EncryptionInfo\0EncryptedPackage\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.resize(1024, 0);
    bytes.extend(names);
    bytes.resize(4096, 0);
    let error = error_of(&Saved::bytes("RTD.xlsx", &bytes).path);
    assert!(matches!(error.problem, Problem::PasswordProtected) && !error.is_transient(), "{error}");
    assert!(error.to_string().contains("is password-protected"), "{error}");
}

#[test]
fn a_file_beyond_the_limit_is_not_read() {
    let saved = Saved::bytes("RTD.xlsx", b"PK\x03\x04");
    let file = std::fs::File::options().write(true).open(&saved.path).unwrap();
    file.set_len(100 * 1024 * 1024).unwrap();
    let error = error_of(&saved.path);
    assert!(matches!(error.problem, Problem::FileTooLarge(_)), "{error}");
    assert!(error.to_string().contains("104857600 bytes, more than the limit of 67108864"), "{error}");
    file.set_len(MAX_FILE_BYTES).unwrap();
    assert!(!matches!(error_of(&saved.path).problem, Problem::FileTooLarge(_)));
}

/// The workbook of one future whose directory claims that its sheet unpacks to `size` bytes.
fn with_claimed_size(size: u32) -> Saved {
    let mut bytes = WorkbookWriter::of_size(1, 0).bytes();
    claim_size(&mut bytes, "xl/worksheets/sheet1.xml", size);
    Saved::bytes("RTD.xlsx", &bytes)
}

/// Makes the headers of a zip say that its `part` unpacks to `size` bytes.
pub(super) fn claim_size(bytes: &mut [u8], part: &str, size: u32) {
    // Where the size and the name stand in a local and in a central header.
    for (signature, size_at, name_at) in [(b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)] {
        let header = (0..bytes.len() - name_at).find(|at| {
            bytes[*at..].starts_with(signature) && bytes[at + name_at..].starts_with(part.as_bytes())
        });
        let at = header.unwrap() + size_at;
        bytes[at..at + 4].copy_from_slice(&size.to_le_bytes());
    }
}

#[test]
fn a_part_beyond_the_limit_is_not_unpacked() {
    let error = error_of(&with_claimed_size(300 * 1024 * 1024).path);
    assert!(matches!(error.problem, Problem::PartTooLarge { .. }), "{error}");
    assert!(error.to_string().contains("xl/worksheets/sheet1.xml unpacks to 314572800"), "{error}");
}

#[test]
fn a_part_of_another_size_than_claimed_is_damaged() {
    for size in [0, 100, 200 * 1024 * 1024] {
        let error = error_of(&with_claimed_size(size).path);
        assert!(matches!(error.problem, Problem::Damaged(_)), "{size}: {error}");
    }
}

fn parts_of(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let name = part.name().unwrap().into_owned();
            (name, std::io::read_to_string(&mut part).unwrap())
        })
        .collect()
}

#[test]
fn a_file_cut_anywhere_is_a_save_in_progress() {
    let bytes = std::fs::read(fixture(REAL)).unwrap();
    let saved = Saved::bytes("RTD.xlsx", &bytes);
    for length in (0..bytes.len()).step_by(10) {
        std::fs::write(&saved.path, &bytes[..length]).unwrap();
        let error = error_of(&saved.path);
        assert!(error.is_transient(), "cut at {length}: {error}");
    }
}

/// Of 3,000 flips in this workbook, 211 changed a price silently where only calamine read it.
#[test]
fn no_flipped_bit_changes_a_quote() {
    let bytes = std::fs::read(fixture(REAL)).unwrap();
    let whole = read(&fixture(REAL), DEFAULT_RANGE);
    let saved = Saved::bytes("RTD.xlsx", &bytes);
    let mut refused = 0;
    let step = bytes.len() * 8 / 3000;
    for bit in (0..bytes.len() * 8).step_by(step.max(1)) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&saved.path, &flipped).unwrap();
        match look(&mut reader(&saved.path, DEFAULT_RANGE)) {
            Ok(Look::Changed(sheet)) => assert_same(&sheet, &whole, bit),
            Ok(other) => panic!("bit {bit}: {other:?}"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 1000, "only {refused} flips were refused");
}

fn assert_same(sheet: &Sheet, whole: &Sheet, bit: usize) {
    assert_eq!(sheet.quotes, whole.quotes, "bit {bit}");
    assert_eq!((&sheet.not_loaded, &sheet.rejected), (&whole.not_loaded, &whole.rejected), "bit {bit}");
}

/// Damage that arrives after a good read is refused too, and the good read is not forgotten.
#[test]
fn damage_after_a_good_read_is_refused() {
    let bytes = std::fs::read(fixture(REAL)).unwrap();
    let saved = Saved::bytes("RTD.xlsx", &bytes);
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    assert!(matches!(look(&mut reader), Ok(Look::Changed(_))));
    for length in (0..bytes.len()).step_by(500) {
        std::fs::write(&saved.path, &bytes[..length]).unwrap();
        assert!(look(&mut reader).unwrap_err().is_transient(), "cut at {length}");
    }
}

#[test]
fn a_forged_count_of_strings_reserves_nothing() {
    for count in [u64::MAX, 1 << 62, 1 << 40, 4_000_000_000] {
        let workbook = WorkbookWriter::of_size(2, 0).claim_unique_count(count);
        assert_eq!(read_made(&workbook, DEFAULT_RANGE).quotes.len(), 2);
    }
}

/// Regression, found by fuzzing: the count was looked for in the first tag that looked like the table's, and the parser took
/// another for it.
#[test]
fn a_forged_count_that_is_hidden_reserves_nothing() {
    let table = "<sst uniqueCount=\"4294967295\"><si><t>Symbol</t></si></sst>";
    let hidden = [
        format!("<!-- sst > -->{table}"),
        format!("<?sst > ?>{table}"),
        format!("<ssst>{table}"),
        format!("<a sst=\"\">{table}"),
        "<sst a=\">\" uniqueCount=\"4294967295\"/>".to_owned(),
        "<sst a='\">' uniqueCount='4294967295'/>".to_owned(),
        format!("<sst a=\"1\" b=\"2{table}<sst a=\"{table}"),
    ];
    for strings in hidden {
        let mut parts = parts_of(&WorkbookWriter::of_size(1, 0).bytes());
        parts.iter_mut().find(|part| part.0 == "xl/sharedStrings.xml").unwrap().1 = strings;
        look(&mut reader(&Saved::bytes("RTD.xlsx", &pack(&parts)).path, DEFAULT_RANGE)).ok();
    }
}

#[test]
fn two_parts_of_one_name_are_refused() {
    let bytes = WorkbookWriter::of_size(1, 0).bytes();
    let forged: Vec<u8> = replace(&bytes, b"xl/styles.xml", b"_rels/.rels\0\0");
    assert_eq!(forged.len(), bytes.len());
    let mut parts = parts_of(&bytes);
    parts.push(("xl/worksheets/sheetX.xml".to_string(), parts[4].1.clone()));
    let doubled = replace(&pack(&parts), b"sheetX.xml", b"sheet1.xml");
    let error = error_of(&Saved::bytes("RTD.xlsx", &doubled).path);
    assert!(matches!(error.problem, Problem::Damaged(_)), "{error}");
    assert!(error.to_string().contains("save it again from Excel"), "{error}");
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = bytes.to_vec();
    for at in 0..bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            replaced[at..at + to.len()].copy_from_slice(to);
        }
    }
    replaced
}

#[test]
fn broken_xml_behind_good_checksums_is_a_bad_sheet() {
    let bytes = WorkbookWriter::of_size(2, 0).bytes();
    for (part, content) in [
        ("xl/worksheets/sheet1.xml", ""),
        ("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row r=\"1\"><c r=\"A1\""),
        (
            "xl/worksheets/sheet1.xml",
            "<worksheet><sheetData><row r=\"1\"><c r=\"!!\"><v>1</v></c></row></sheetData></worksheet>",
        ),
        (
            "xl/worksheets/sheet1.xml",
            "<worksheet><sheetData><row r=\"99999999999\"><c r=\"A99999999999\"><v>1</v></c></row></sheetData></worksheet>",
        ),
        (
            "xl/worksheets/sheet1.xml",
            "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>999999</v></c></row></sheetData></worksheet>",
        ),
        (
            "xl/worksheets/sheet1.xml",
            "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"zz\"><v>1</v></c></row></sheetData></worksheet>",
        ),
        ("xl/sharedStrings.xml", "<sst><si>"),
        ("xl/styles.xml", "<styleSheet>"),
    ] {
        let mut parts = parts_of(&bytes);
        parts.iter_mut().find(|(name, _)| name == part).unwrap().1 = content.to_string();
        let error = error_of(&Saved::bytes("RTD.xlsx", &pack(&parts)).path);
        let named = matches!(error.problem, Problem::BadSheet { .. } | Problem::NoHeader { .. });
        assert!(named && !error.is_transient(), "{part} {content}: {error}");
    }
}

#[test]
fn a_missing_part_is_named() {
    let bytes = WorkbookWriter::of_size(2, 0).bytes();
    for part in [
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
    ] {
        let mut parts = parts_of(&bytes);
        parts.retain(|(name, _)| name != part);
        let error = error_of(&Saved::bytes("RTD.xlsx", &pack(&parts)).path).to_string();
        assert!(error.contains(&format!("part {part} is missing")), "{error}");
    }
}

/// One odd cell of each kind in a sheet of good ones: every good quote is still there.
#[test]
fn one_odd_row_never_holds_back_the_others() {
    let odd = ["#SPILL!", "#GETTING_DATA", "#BLOCKED!", "#N/A"].map(|text| Cell::Error(text.to_string()));
    let mut workbook = WorkbookWriter::with_headers();
    for (index, cell) in odd.into_iter().enumerate() {
        workbook = workbook.cells(vec![cell.clone(); 14]).future(&format!("S{index}"), "Bid", 7);
    }
    let sheet = read_made(&workbook, DEFAULT_RANGE);
    for index in 0..4 {
        assert_eq!(quote(&sheet, &format!("S{index}")).bid.unwrap().to_string(), "7");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Damage that a writer gave a good checksum: an error or a sheet, never a crash and never memory without bound.
    #[test]
    fn garbage_behind_good_checksums_crashes_nothing(
        part in 1_usize..7, changes in prop::collection::vec((any::<prop::sample::Index>(), "[ -~]{0,3}"), 1..6),
    ) {
        let mut parts = parts_of(&WorkbookWriter::of_size(3, 0).bytes());
        for (place, text) in changes {
            let content = &mut parts[part].1;
            let at = place.index(content.len());
            content.replace_range(at..=at, &text);
        }
        look(&mut reader(&Saved::bytes("RTD.xlsx", &pack(&parts)).path, DEFAULT_RANGE)).ok();
    }
}
