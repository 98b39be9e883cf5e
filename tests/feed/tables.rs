//! Where the table stands in its sheet: headers, blank rows, other blocks.

use super::{DEFAULT_RANGE, Saved, block, error_of, quote, read_made, rejections};
use crate::support::workbooks::{Cell, WorkbookWriter, error};
use thor_stack::value::Sheet;

const WIDE: thor_stack::config::CellRange = block(40, 28);

fn symbols(sheet: &Sheet) -> Vec<&str> {
    sheet.quotes.iter().map(|quote| quote.symbol.as_str()).collect()
}

fn not_loaded(sheet: &Sheet) -> Vec<&str> {
    sheet.not_loaded.iter().map(|symbol| symbol.as_str()).collect()
}

/// The alias table of domain.md section 3, in the spellings that users type.
#[test]
fn every_alias_is_found_in_any_case_and_spacing() {
    for header in ["Symbol", "TICKER", "Ticker Symbol", "contract", "Underlying", "Root", " sym bol "] {
        let workbook = WorkbookWriter::new().row([header, "Last"]).cells(vec!["ES".into(), 1.into()]);
        assert_eq!(symbols(&read_made(&workbook, WIDE)), ["ES"], "{header}");
    }
    for header in ["Type", "Asset Type", "AssetType", "Category", "CLASS"] {
        let workbook = WorkbookWriter::new().row([header, "Symbol", "Last"]).cells(vec![
            "Futures".into(),
            "ES".into(),
            1.into(),
        ]);
        let sheet = read_made(&workbook, WIDE);
        assert_eq!(quote(&sheet, "ES").instrument_type.as_deref(), Some("Futures"), "{header}");
    }
    for (header, field) in [
        ("24High", "high"),
        ("24 high", "high"),
        ("World High", "high"),
        ("HIGH", "high"),
        ("24Low", "low"),
        ("WorldLow", "low"),
        ("Low", "low"),
        ("52WkHigh", "high_52w"),
        ("52 Week High", "high_52w"),
        ("52WeekHigh", "high_52w"),
        ("52HIGH", "high_52w"),
        ("52WkLow", "low_52w"),
        ("52 Week\u{a0}Low", "low_52w"),
        ("52weeklow", "low_52w"),
        ("52Low", "low_52w"),
        ("Close", "close"),
        ("Open", "open"),
        ("NetChange", "change"),
        ("Net Change", "change"),
        ("Bid", "bid"),
        ("Last", "last"),
        ("Ask", "ask"),
        ("Weight", "weight"),
        ("Wgt", "weight"),
        ("Volume", "volume"),
        ("BidSize", "bid_size"),
        ("Bid Size", "bid_size"),
        ("ask\nsize", "ask_size"),
    ] {
        let workbook = WorkbookWriter::new().row(["Symbol", "Ask ", header]).cells(vec![
            "ES".into(),
            2.into(),
            7.into(),
        ]);
        let sheet = read_made(&workbook, WIDE);
        let shown = format!("{:?}", quote(&sheet, "ES"));
        assert!(shown.contains(&format!("{field}: Some(7)")) || header == "Ask", "{header}: {shown}");
    }
}

#[test]
fn without_a_symbol_header_the_symbol_stands_beside_the_type_or_first() {
    let typed = WorkbookWriter::new().row(["Kind", "Name", "Last", "Bid"]).cells(vec![
        "Futures".into(),
        "ES".into(),
        1.into(),
        2.into(),
    ]);
    assert_eq!(symbols(&read_made(&typed, WIDE)), ["ES"]);
    let typed = WorkbookWriter::new().row(["Type", "Name", "Last", "Bid"]).cells(vec![
        "Metals".into(),
        "GC".into(),
        1.into(),
        2.into(),
    ]);
    assert_eq!(symbols(&read_made(&typed, WIDE)), ["GC"]);
    let untyped =
        WorkbookWriter::new().row(["Name", "Last", "Bid"]).cells(vec!["/ES".into(), 1.into(), 2.into()]);
    assert_eq!(symbols(&read_made(&untyped, WIDE)), ["ES"]);
}

#[test]
fn blank_rows_and_a_title_are_skipped() {
    let workbook = WorkbookWriter::new()
        .row(["My quotes"])
        .blank()
        .row(["Symbol", "Last"])
        .blank()
        .cells(vec!["ES".into(), 1.into()])
        .blank()
        .blank()
        .cells(vec!["NQ".into(), 2.into()]);
    assert_eq!(symbols(&read_made(&workbook, WIDE)), ["ES", "NQ"]);
}

#[test]
fn a_row_with_a_symbol_and_no_price_is_not_loaded() {
    let zeros: Vec<Cell> = std::iter::repeat_n(Cell::from(0), 11).collect();
    let row = |symbol: &str, cells: Vec<Cell>| {
        ["Futures".into(), symbol.into(), "A future".into()].into_iter().chain(cells).collect::<Vec<Cell>>()
    };
    let workbook = WorkbookWriter::with_headers()
        .cells(row("CL", zeros))
        .cells(row("SI", vec![]))
        .cells(row("HG", vec!["N/A".into(), "loading".into(), 3.into()]))
        .cells(row("GC", vec![error("#N/A"), error("#SPILL!")]))
        .future("ES", "Bid", 7);
    let sheet = read_made(&workbook, DEFAULT_RANGE);
    assert_eq!(symbols(&sheet), ["ES"]);
    assert_eq!(not_loaded(&sheet), ["CL", "SI", "HG", "GC"]);
    assert_eq!(rejections(&sheet), ["E5 #SPILL!: an Excel error"]);
}

#[test]
fn rows_without_a_type_or_a_symbol_are_skipped_where_there_is_a_type_column() {
    let workbook = WorkbookWriter::with_headers()
        .future("ES", "Bid", 7)
        .cells(vec![Cell::Empty, "Quotes".into()])
        .cells(vec![Cell::Empty, "Symbol".into(), "Last".into(), 3.into()])
        .cells(vec![Cell::Empty, "CGC".into(), "x".into(), 1.into(), "odd".into()])
        .cells(vec!["Futures".into(), Cell::Empty, "x".into(), 1.into()])
        .future("NQ", "Bid", 8);
    let sheet = read_made(&workbook, WIDE);
    assert_eq!(symbols(&sheet), ["ES", "NQ"]);
    assert!(sheet.not_loaded.is_empty() && sheet.rejected.is_empty(), "{sheet:?}");
}

#[test]
fn a_type_that_is_an_error_costs_no_quote() {
    let workbook = WorkbookWriter::with_headers().future("ES", "Type", error("#REF!")).future(
        "NQ",
        "Type",
        error("#N/A"),
    );
    let sheet = read_made(&workbook, DEFAULT_RANGE);
    assert_eq!(symbols(&sheet), ["ES", "NQ"]);
    assert_eq!(quote(&sheet, "ES").instrument_type, None);
    assert_eq!(rejections(&sheet), ["A2 #REF!: an Excel error"]);
}

/// The second table has other columns: nothing of it may be read as if it were the first.
#[test]
fn a_second_header_ends_the_table() {
    let workbook = WorkbookWriter::with_headers()
        .future("ES", "Bid", 7)
        .row(["Type", "Symbol", "Last", "Net Chng"])
        .cells(vec!["Stock".into(), "CGC".into(), Cell::from(1.21), Cell::from(0.02)]);
    assert_eq!(symbols(&read_made(&workbook, WIDE)), ["ES"]);
}

#[test]
fn without_types_a_caption_after_a_gap_ends_the_table() {
    let base = WorkbookWriter::new()
        .row(["Symbol", "Last", "Bid"])
        .cells(vec!["ES".into(), 1.into(), 2.into()])
        .blank()
        .cells(vec!["NQ".into(), 0.into(), "N/A".into()])
        .blank();
    for caption in [vec!["Quotes".into()], vec!["Date".into(), "Total # Shares".into(), "Cost".into()]] {
        let workbook = base.clone().cells(caption).cells(vec!["Base".into(), 135.into(), Cell::from(3.72)]);
        let sheet = read_made(&workbook, WIDE);
        assert_eq!(symbols(&sheet), ["ES"]);
        assert_eq!(not_loaded(&sheet), ["NQ"]);
        assert!(sheet.rejected.is_empty());
    }
}

#[test]
fn of_a_duplicate_symbol_the_last_wins_and_it_is_said_once() {
    let workbook = WorkbookWriter::with_headers()
        .future("ES", "Last", 1)
        .future("NQ", "Last", 2)
        .future("/es", "Last", 3);
    let sheet = read_made(&workbook, DEFAULT_RANGE);
    assert_eq!(symbols(&sheet), ["ES", "NQ"]);
    assert_eq!(quote(&sheet, "ES").last.unwrap().to_string(), "3");
    assert_eq!(rejections(&sheet), ["B4 ES: the symbol stands in rows 2 and 4; row 4 wins"]);
}

#[test]
fn a_duplicate_that_is_not_loaded_wins_over_nothing() {
    let workbook = WorkbookWriter::with_headers().future("ES", "Bid", 1).future("ES", "Last", 0);
    let sheet = read_made(&workbook, DEFAULT_RANGE);
    assert_eq!(quote(&sheet, "ES").bid.unwrap().to_string(), "1");
    assert!(sheet.not_loaded.is_empty());
    assert_eq!(rejections(&sheet), ["B3 ES: the symbol stands in rows 2 and 3; row 2 wins"]);
}

#[test]
fn of_a_duplicate_column_the_first_is_read_and_it_is_said() {
    let workbook = WorkbookWriter::new().row(["Symbol", "Last", "Bid", "last"]).cells(vec![
        "ES".into(),
        1.into(),
        2.into(),
        3.into(),
    ]);
    let sheet = read_made(&workbook, DEFAULT_RANGE);
    assert_eq!(quote(&sheet, "ES").last.unwrap().to_string(), "1");
    assert_eq!(rejections(&sheet), ["D1 last: a second column with this header; B is read"]);
}

/// Two names of one field are no mistake: the day's high beside the 24-hour high.
#[test]
fn the_preferred_alias_is_read() {
    let workbook =
        WorkbookWriter::new().row(["Symbol", "High", "24High"]).cells(vec!["ES".into(), 1.into(), 2.into()]);
    let sheet = read_made(&workbook, DEFAULT_RANGE);
    assert_eq!(quote(&sheet, "ES").high.unwrap().to_string(), "2");
    assert!(sheet.rejected.is_empty());
}

#[test]
fn symbols_that_cannot_be_symbols_are_reported() {
    let workbook = WorkbookWriter::with_headers()
        .future("ES", "Bid", 1)
        .future("x", "Symbol", Cell::Bool(true))
        .future("x", "Symbol", error("#REF!"))
        .future("x", "Symbol", "S".repeat(65).as_str())
        .future("x", "Symbol", 7203);
    let sheet = read_made(&workbook, DEFAULT_RANGE);
    assert_eq!(symbols(&sheet), ["ES", "7203"]);
    let cells: Vec<&str> = sheet.rejected.iter().map(|cell| cell.cell.as_str()).collect();
    assert_eq!(cells, ["B3", "B4", "B5"]);
}

#[test]
fn cells_outside_the_range_cost_nothing() {
    let workbook = WorkbookWriter::with_headers().future("ES", "Bid", 1).stray("XFD1048576", "stray");
    let range = thor_stack::config::CellRange { last_row: 1_048_575, ..DEFAULT_RANGE };
    assert_eq!(symbols(&read_made(&workbook, range)), ["ES"]);
    assert_eq!(symbols(&read_made(&workbook, DEFAULT_RANGE)), ["ES"]);
}

#[test]
fn a_range_that_begins_elsewhere_is_read_from_there() {
    let workbook = WorkbookWriter::new()
        .row(["note", "note", "note"])
        .cells(vec!["note".into(), "Symbol".into(), "Last".into()])
        .cells(vec!["note".into(), "ES".into(), "odd".into()])
        .cells(vec!["note".into(), "NQ".into(), 2.into()]);
    let range = thor_stack::config::CellRange { first_row: 1, first_column: 1, last_row: 20, last_column: 5 };
    let sheet = read_made(&workbook, range);
    assert_eq!(symbols(&sheet), ["NQ"]);
    assert_eq!(rejections(&sheet), ["C3 odd: text in a price cell"]);
}

fn error_text(workbook: &WorkbookWriter) -> String {
    error_of(&Saved::workbook(workbook).path).to_string()
}

#[test]
fn a_missing_sheet_is_named_with_those_that_are_there() {
    let text = error_text(&WorkbookWriter::with_headers().sheets(&["Sheet1", "Q & A"]));
    assert!(text.contains(r#"no sheet "LiveData"; found: "Sheet1", "Q & A"; set workbook.sheet"#), "{text}");
}

#[test]
fn sheet_names_do_not_depend_on_case() {
    let workbook = WorkbookWriter::with_headers().sheets(&["livedata", "Other"]).future("ES", "Bid", 1);
    assert_eq!(symbols(&read_made(&workbook, DEFAULT_RANGE)), ["ES"]);
}

#[test]
fn a_missing_header_row_is_an_error_that_shows_what_is_there() {
    let empty = error_text(&WorkbookWriter::new());
    assert!(empty.contains("range A1:N13: no header row") && empty.contains("found: nothing"), "{empty}");
    let headless =
        WorkbookWriter::new().cells(vec!["ES".into(), Cell::from(6835.25)]).row(["Symbol", "Last"]);
    let text = error_text(&headless);
    assert!(text.contains("found: ES, 6835.25") && text.contains("workbook.range"), "{text}");
}

#[test]
fn a_missing_column_is_named_with_those_that_are_there() {
    let text = error_text(&WorkbookWriter::new().row(["Type", "Symbol", "NetChange"]));
    assert!(
        text.contains(r#"no column "Last""#) && text.contains("found: Type, Symbol, NetChange"),
        "{text}"
    );
    let text = error_text(&WorkbookWriter::new().row(["Last", "Bid"]));
    assert!(text.contains(r#"no column "Symbol""#), "{text}");
}
