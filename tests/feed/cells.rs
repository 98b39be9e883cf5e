//! What each kind of cell means: the conformance table of domain.md section 3.

use super::{DEFAULT_RANGE, quote, read_made, rejections};
use crate::support::workbooks::{Cell, WorkbookWriter, error, number};
use proptest::prelude::*;
use thor_stack::value::Sheet;

/// The sheet of one future whose cell under `header` is `cell`; it always has another price.
fn sheet_with(header: &str, cell: Cell) -> Sheet {
    read_made(&WorkbookWriter::with_headers().future("ZB", header, cell), DEFAULT_RANGE)
}

fn text(text: &str) -> Cell {
    Cell::Formula(text.to_string())
}

#[test]
fn prices_are_the_decimals_that_excel_shows() {
    for (cell, price) in [
        (number("47551"), Some("47551")),
        (number("2492.8000000000002"), Some("2492.8")),
        (number("53.606999999999999"), Some("53.607")),
        (number("1.0900000000000001"), Some("1.09")),
        (number("5.0E-3"), Some("0.005")),
        (number("-37.63"), Some("-37.63")), // crude oil on 2020-04-20
        (number("0"), None),                // RTD has not delivered
        (number("-0"), None),
        (text("47551"), Some("47551")),
        (text("+12.5"), Some("12.5")),
        (text(" 100.5 "), Some("100.5")),
        ("100.75".into(), Some("100.75")),
        (Cell::Inline("100.25".to_string()), Some("100.25")),
        (text("0"), None),
        (text("0'00"), None),
        (text("117'25"), Some("117.78125")),
        (text("111-16+"), Some("111.515625")),
        (text("112'165"), Some("112.515625")), // the original read 165/32
        (text("N/A"), None),
        (text("n/a"), None),
        (text("loading"), None),
        (text(" Loading... "), None),
        (text(""), None),
        (text("#N/A"), None),
        (error("#N/A"), None),
        (Cell::Empty, None),
    ] {
        let sheet = sheet_with("Bid", cell.clone());
        let bid = quote(&sheet, "ZB").bid.map(|price| price.to_string());
        assert_eq!(bid.as_deref(), price, "{cell:?}");
        assert_eq!(rejections(&sheet), [""; 0], "{cell:?}");
    }
}

#[test]
fn a_bad_price_is_absent_and_reported_and_the_row_goes_on() {
    for (cell, reported) in [
        (text("closed"), "J2 closed: text in a price cell"),
        ("1,234.5".into(), "J2 1,234.5: thousands commas in a price cell"),
        (text("5%"), "J2 5%: a percent sign in a price cell"),
        (text("1e5"), "J2 1e5: text in a price cell"),
        (text("117'32"), "J2 117'32: 32 or more in the 32nds"),
        (text("112'164"), "J2 112'164: a third digit of 4 or 9 in the 32nds"),
        (text("112'165+"), "J2 112'165+: three digits and a + in the 32nds"),
        (text("117'2"), "J2 117'2: 32nds need two or three digits"),
        (text("2025-11-29"), "J2 2025-11-29: text in a price cell"),
        (number("NaN"), "J2 NaN: not a finite number"),
        (number("1e400"), "J2 inf: not a finite number"),
        (number("-1e400"), "J2 -inf: not a finite number"),
        (
            number("15.260000000000002"),
            "J2 15.260000000000002: more than 15 significant digits or out of range",
        ),
        (number("1e-300"), "J2 1e-300: more than 15 significant digits or out of range"),
        (Cell::Bool(true), "J2 TRUE: a truth value in a price cell"),
        (Cell::Date(45974.0), "J2 45974: a date in a price cell"),
        (
            Cell::Raw { kind: "d".to_string(), value: "2025-11-29".to_string() },
            "J2 2025-11-29: a date in a price cell",
        ),
        (error("#VALUE!"), "J2 #VALUE!: an Excel error"),
        (error("#REF!"), "J2 #REF!: an Excel error"),
        (error("#DIV/0!"), "J2 #DIV/0!: an Excel error"),
        (error("#NAME?"), "J2 #NAME?: an Excel error"),
        (error("#NULL!"), "J2 #NULL!: an Excel error"),
        (error("#NUM!"), "J2 #NUM!: an Excel error"),
        // Unknown to calamine, which would refuse the whole sheet:
        (error("#SPILL!"), "J2 #SPILL!: an Excel error"),
        (error("#GETTING_DATA"), "J2 #GETTING_DATA: an Excel error"),
        (error("#BLOCKED!"), "J2 #BLOCKED!: an Excel error"),
        (error("#CALC!"), "J2 #CALC!: an Excel error"),
        (error("#FIELD!"), "J2 #FIELD!: an Excel error"),
        (error("#CONNECT!"), "J2 #CONNECT!: an Excel error"),
        (error("#BUSY!"), "J2 #BUSY!: an Excel error"),
        (error("#UNKNOWN!"), "J2 #UNKNOWN!: an Excel error"),
        (error("#PYTHON!"), "J2 #PYTHON!: an Excel error"),
        (error("#EXTERNAL!"), "J2 #EXTERNAL!: an Excel error"),
    ] {
        let sheet = sheet_with("Bid", cell.clone());
        let quote = quote(&sheet, "ZB");
        assert_eq!(quote.bid, None, "{cell:?}");
        assert_eq!(quote.last.unwrap().to_string(), "100.25", "{cell:?}");
        assert_eq!(rejections(&sheet), [reported], "{cell:?}");
        assert_eq!((sheet.rejected[0].row, sheet.rejected[0].column.as_str()), (2, "Bid"));
    }
}

#[test]
fn a_net_change_of_zero_is_a_value() {
    for (cell, change) in
        [(number("0"), "0"), (text("-0'07"), "-0.21875"), (text("+0'14"), "0.4375"), (text("0'00"), "0")]
    {
        let sheet = sheet_with("NetChange", cell);
        assert_eq!(quote(&sheet, "ZB").change.unwrap().to_string(), change);
    }
}

#[test]
fn sizes_are_whole_numbers_of_contracts() {
    for (cell, size, reported) in [
        (number("1.0"), Some(1), None),
        (number("12095"), Some(12_095), None),
        (number("1E3"), Some(1000), None),
        (number("0"), Some(0), None),
        (text("18"), Some(18), None),
        (text("N/A"), None, None),
        (number("1.5"), None, Some("M2 1.5: a size that is no whole number")),
        (number("-3"), None, Some("M2 -3: a negative size")),
        (number("1e18"), Some(1_000_000_000_000_000_000), None),
        (number("1e19"), None, Some("M2 10000000000000000000: a size out of range")),
        (text("many"), None, Some("M2 many: text in a size cell")),
        (text("1,000"), None, Some("M2 1,000: text in a size cell")),
        (Cell::Bool(false), None, Some("M2 FALSE: a truth value")),
        (error("#SPILL!"), None, Some("M2 #SPILL!: an Excel error")),
    ] {
        let sheet = sheet_with("BidSize", cell.clone());
        assert_eq!(quote(&sheet, "ZB").bid_size, size, "{cell:?}");
        assert_eq!(rejections(&sheet).first().map(String::as_str), reported, "{cell:?}");
    }
}

#[test]
fn a_sixth_signal_is_a_bad_cell() {
    for (cell, signal, rejected) in [
        ("STRONG_BUY".into(), Some("STRONG_BUY"), 0),
        ("strong sell".into(), Some("STRONG_SELL"), 0),
        (text("N/A"), None, 0),
        (Cell::Empty, None, 0),
        ("NEUTRAL".into(), None, 1),
        (number("0"), None, 1),
    ] {
        let workbook = WorkbookWriter::new().row(["Symbol", "Last", "HBS", "Wgt"]).cells(vec![
            "ES".into(),
            Cell::from(6835.25),
            cell,
            number("-0.5"),
        ]);
        let sheet = read_made(&workbook, DEFAULT_RANGE);
        assert_eq!(quote(&sheet, "ES").signal.map(|signal| signal.as_str()), signal);
        assert_eq!(quote(&sheet, "ES").weight.unwrap().to_string(), "-0.5");
        assert_eq!(sheet.rejected.len(), rejected);
    }
}

#[test]
fn a_report_is_short_and_safe_to_print() {
    let sheet = sheet_with("Bid", text(&format!("\u{1b}[31m{}", "x".repeat(100_000))));
    let value = &sheet.rejected[0].value;
    assert!(value.starts_with("\\u{1b}[31mxxx") && value.ends_with("x…"), "{value}");
    assert!(value.chars().count() <= 64 + "\\u{1b}".len(), "{value}");
}

/// Every column of one row, each with a cell that does not belong there.
#[test]
fn cells_of_every_type_in_every_column() {
    let odd = [
        Cell::Empty,
        Cell::Bool(true),
        Cell::Date(45974.5),
        error("#SPILL!"),
        error("#N/A"),
        text("N/A"),
        text(""),
        "text".into(),
        Cell::Inline("text".to_string()),
        number("1e400"),
        number("0"),
        number("-1"),
        number("7203"),
    ];
    for header in super::super::support::workbooks::HEADERS {
        for cell in &odd {
            let workbook =
                WorkbookWriter::with_headers().future("ES", header, cell.clone()).future("YM", "Bid", 9);
            let sheet = read_made(&workbook, DEFAULT_RANGE);
            assert_eq!(quote(&sheet, "YM").bid.unwrap().to_string(), "9", "{header} {cell:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// No text in any column keeps the next row from being read, or becomes a price that it does not say.
    #[test]
    fn random_text_never_harms_another_row(cell in ".{0,40}", header in 0_usize..14) {
        let header = super::super::support::workbooks::HEADERS[header];
        prop_assume!(!cell.chars().any(|c| c.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&c)));
        let workbook = WorkbookWriter::with_headers().future("ES", header, Cell::Inline(cell.clone())).future("YM", "Bid", 9);
        if !(header == "Symbol" && cell.trim().trim_start_matches('/').eq_ignore_ascii_case("ym")) {
            let sheet = read_made(&workbook, DEFAULT_RANGE);
            let bid = quote(&sheet, "YM").bid.map(|price| price.to_string());
            prop_assert_eq!(bid.as_deref(), Some("9"));
        }
    }
}
