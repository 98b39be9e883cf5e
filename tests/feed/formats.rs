//! Formats beside .xlsx, and who tells them apart: the content, not the name.

use super::{DEFAULT_RANGE, Saved, age, error_of, fixture, look, quote, read, reader, rejections, sheet_of};
use crate::support::workbooks::{Cell, WorkbookWriter, number};
use crate::support::xlsb::xlsb;
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
