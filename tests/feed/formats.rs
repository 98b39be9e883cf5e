//! Formats beside .xlsx, and who tells them apart: the content, not the name.

use super::{DEFAULT_RANGE, Saved, age, error_of, fixture, look, quote, read, reader, rejections, sheet_of};
use crate::support::workbooks::{Cell, WorkbookWriter, number, pack};
use crate::support::xlsb::{record, wide, xlsb, xlsb_parts};
use std::time::Duration;
use thor_stack::feed::Look;

const XLS: &str = "converted_2025-11-29.xls";
const ODS: &str = "converted_2025-11-29.ods";

#[test]
fn the_content_tells_the_format() {
    let expected = read(&fixture("rtd_tos_2025-11-29.xlsx"), DEFAULT_RANGE).quotes;
    for name in ["rtd_tos_2025-11-29.xlsx", XLS, ODS] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        for wrong in ["RTD.xlsx", "RTD.xlsm", "RTD.xls", "RTD.ods", "RTD"] {
            assert_eq!(
                read(&Saved::bytes(wrong, &bytes).path, DEFAULT_RANGE).quotes,
                expected,
                "{name} as {wrong}"
            );
        }
    }
}

#[test]
fn a_save_of_the_same_content_confirms_other_formats_too() {
    for name in [XLS, ODS] {
        let saved = Saved::bytes(name, &std::fs::read(fixture(name)).unwrap());
        age(&saved.path, Duration::from_secs(3600));
        let mut reader = reader(&saved.path, DEFAULT_RANGE);
        sheet_of(look(&mut reader));
        assert!(matches!(look(&mut reader), Ok(Look::Unchanged)));
        age(&saved.path, Duration::from_secs(60));
        assert!(matches!(look(&mut reader), Ok(Look::Confirmed { .. })), "{name}");
    }
}

#[test]
fn a_missing_sheet_is_named_in_other_formats_too() {
    for name in [XLS, ODS] {
        let mut reader = thor_stack::feed::WorkbookReader::new(fixture(name), "Quotes", DEFAULT_RANGE);
        let error = look(&mut reader).unwrap_err().to_string();
        assert!(error.contains(r#"no sheet "Quotes"; found: "LiveData", "helper fields""#), "{error}");
    }
}

/// .xls has no checksums: what is promised is an error or a sheet, never a crash.
#[test]
fn a_damaged_xls_crashes_nothing() {
    let bytes = std::fs::read(fixture(XLS)).unwrap();
    let saved = Saved::bytes("RTD.xls", &bytes);
    for length in (0..bytes.len()).step_by(509) {
        std::fs::write(&saved.path, &bytes[..length]).unwrap();
        look(&mut reader(&saved.path, DEFAULT_RANGE)).ok();
    }
}

#[test]
fn no_flipped_bit_changes_a_quote_of_an_ods() {
    let bytes = std::fs::read(fixture(ODS)).unwrap();
    let whole = read(&fixture(ODS), DEFAULT_RANGE);
    let saved = Saved::bytes("RTD.ods", &bytes);
    for bit in (0..bytes.len() * 8).step_by(499) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&saved.path, &flipped).unwrap();
        if let Ok(Look::Changed(sheet)) = look(&mut reader(&saved.path, DEFAULT_RANGE)) {
            assert_eq!(sheet.quotes, whole.quotes, "bit {bit}");
        }
    }
}

#[test]
fn a_workbook_that_becomes_another_format_is_read() {
    let saved = Saved::workbook(&WorkbookWriter::with_headers().future("ES", "Bid", 7));
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    sheet_of(look(&mut reader));
    std::fs::copy(fixture(XLS), &saved.path).unwrap();
    assert_eq!(quote(&sheet_of(look(&mut reader)), "ES").bid.unwrap().to_string(), "6834.75");
    std::fs::write(&saved.path, "no workbook at all").unwrap();
    assert!(look(&mut reader).is_err());
    assert!(error_of(&saved.path).to_string().contains("not a workbook"));
}

/// An .xlsb with an error of each kind that calamine knows (0x17) and does not know (0x2D, `#SPILL!`).
fn binary_workbook() -> Vec<u8> {
    let code = |code: &str| Cell::Raw { kind: "e".to_string(), value: code.to_string() };
    let header = ["Type", "Symbol", "Last", "Bid", "BidSize"].map(Cell::from).to_vec();
    let row =
        |symbol: &str, last: Cell, bid: Cell| vec!["Futures".into(), symbol.into(), last, bid, 2.into()];
    xlsb(
        "LiveData",
        &[
            header,
            row("ES", number("6834.75"), number("2492.8000000000002")),
            row("ZB", "117'25".into(), code("23")),
            row("NQ", code("45"), number("25345.75")),
            row("YM", Cell::Bool(true), number("47542")),
        ],
    )
}

#[test]
fn a_binary_workbook_reads_like_any_other() {
    let saved = Saved::bytes("RTD.xlsb", &binary_workbook());
    age(&saved.path, Duration::from_secs(3600));
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    let sheet = sheet_of(look(&mut reader));
    let prices: Vec<String> = sheet
        .quotes
        .iter()
        .map(|quote| format!("{} {:?} {:?}", quote.symbol, quote.last, quote.bid))
        .collect();
    let expected = [
        "ES Some(6834.75) Some(2492.8)",
        "ZB Some(117.78125) None",
        "NQ None Some(25345.75)",
        "YM None Some(47542)",
    ];
    assert_eq!(prices, expected);
    assert_eq!(rejections(&sheet), ["D3 #REF!: an Excel error", "C5 TRUE: a truth value in a price cell"]);
    age(&saved.path, Duration::from_secs(60));
    assert!(matches!(look(&mut reader), Ok(Look::Confirmed { .. })));
}

/// Records as Excel has them: shared texts with and without formats, what future versions read, a date format of its own, numbers in
/// four bytes, results of formulas, and a defined name.
#[test]
fn texts_formats_and_formulas_of_a_binary_workbook_are_read() {
    let part = |records: &[(u16, Vec<u8>)]| {
        let mut part = Vec::new();
        records.iter().for_each(|(kind, content)| record(&mut part, *kind, content));
        part
    };
    let place = |column: u32, format: u32| [column.to_le_bytes(), format.to_le_bytes()].concat();
    let shared = |column: u32, at: u32| (0x07, [place(column, 0), at.to_le_bytes().to_vec()].concat());
    let text = |flags: u8, text: &str| (0x13, [vec![flags], wide(text), vec![0; 8]].concat());
    let strings = part(&[
        (0x9F, vec![9, 0, 0, 0, 4, 0, 0, 0]),
        text(0, "Symbol"),
        (0x23, vec![]),
        text(0, "what the parser skips"),
        (0x24, vec![]),
        text(1, "Last"),
        text(0, "Bid"),
        text(0, "Ask"),
        (0xA0, vec![]),
    ]);
    let styles = part(&[
        (0x267, vec![1, 0, 0, 0]),
        (0x2C, [vec![164, 0], wide("yyyy-mm-dd")].concat()),
        (0x268, vec![]),
        (0x272, vec![1, 0, 0, 0]),
        (0x2F, vec![0xFF, 0xFF, 0, 0, 0x69, 2, 0x2F, 0]),
        (0x273, vec![]),
        (0x269, vec![2, 0, 0, 0]),
        (0x2F, vec![0; 16]),
        (0x2F, [vec![0, 0, 164, 0], vec![0; 12]].concat()),
        (0x26A, vec![]),
    ]);
    let formula = [5_u32.to_le_bytes().to_vec(), vec![0x23, 1, 0, 0, 0]].concat();
    let in_hundredths = (683_450_u32 << 2) | 3;
    let sheet = part(&[
        (0x81, vec![]),
        (0x94, vec![0; 16]),
        (0x91, vec![]),
        (0x00, vec![0; 25]),
        shared(0, 0),
        shared(1, 1),
        shared(2, 2),
        shared(3, 3),
        (0x00, [vec![1], vec![0; 24]].concat()),
        (0x08, [place(0, 0), wide("ES"), formula.clone()].concat()),
        (0x02, [place(1, 0), in_hundredths.to_le_bytes().to_vec()].concat()),
        (0x09, [place(2, 0), 6834.25_f64.to_le_bytes().to_vec(), vec![0; 2], formula].concat()),
        (0x05, [place(3, 1), 45_000_f64.to_le_bytes().to_vec()].concat()),
        (0x92, vec![]),
        (0x82, vec![]),
    ]);
    let mut parts = xlsb_parts("LiveData", &[]);
    let links = [("sharedStrings", "/xl/sharedStrings.bin"), ("styles", "styles.bin")]
        .map(|(kind, target)| format!("<Relationship Id=\"{kind}\" Type=\"x/{kind}\" Target=\"{target}\"/>"));
    for (name, content) in &mut parts {
        if name.ends_with("workbook.bin.rels") {
            let text = String::from_utf8(std::mem::take(content)).unwrap();
            *content = text.replace("</Relationships>", &(links.concat() + "</Relationships>")).into_bytes();
        } else if name.ends_with("sheet1.bin") {
            content.clone_from(&sheet);
        } else if name.ends_with("workbook.bin") {
            let end = content.split_off(content.len() - 3);
            let name = [vec![0; 9], wide("n"), 9_u32.to_le_bytes().to_vec(), vec![0x3A; 9]].concat();
            record(content, 0x27, &name);
            content.extend(end);
        }
    }
    parts.extend([("xl/sharedStrings.bin".to_string(), strings), ("xl/styles.bin".to_string(), styles)]);
    let sheet = read(&Saved::bytes("RTD.xlsb", &pack(&parts)).path, DEFAULT_RANGE);
    let es = quote(&sheet, "ES");
    assert_eq!((es.last, es.bid, es.ask), ("6834.5".parse().ok(), "6834.25".parse().ok(), None));
    assert!(rejections(&sheet)[0].starts_with("D2 "), "a date is no price: {:?}", rejections(&sheet));
}

#[test]
fn a_missing_sheet_of_a_binary_workbook_is_named() {
    let saved = Saved::bytes("RTD.xlsb", &binary_workbook());
    let mut other = thor_stack::feed::WorkbookReader::new(&saved.path, "Quotes", DEFAULT_RANGE);
    let error = look(&mut other).unwrap_err().to_string();
    assert!(error.contains(r#"no sheet "Quotes"; found: "LiveData""#), "{error}");
    let mut same = thor_stack::feed::WorkbookReader::new(&saved.path, "LIVEDATA", DEFAULT_RANGE);
    sheet_of(look(&mut same));
}

#[test]
fn no_flipped_bit_changes_a_quote_of_a_binary_workbook() {
    let bytes = binary_workbook();
    let saved = Saved::bytes("RTD.xlsb", &bytes);
    let whole = read(&saved.path, DEFAULT_RANGE);
    for bit in (0..bytes.len() * 8).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&saved.path, &flipped).unwrap();
        if let Ok(Look::Changed(sheet)) = look(&mut reader(&saved.path, DEFAULT_RANGE)) {
            assert_eq!(sheet.quotes, whole.quotes, "bit {bit}");
        }
    }
}
