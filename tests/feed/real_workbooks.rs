//! Real workbooks, field by field against what a person reads in Excel.

use super::{DEFAULT_RANGE, block, fixture, read, rejections};
use thor_stack::value::{Quote, Sheet};

/// Columns: symbol, type, close, open, change, high, low, volume, bid, last, ask, bid size, ask size. `-` is absent.
const NOVEMBER: [&str; 11] = [
    "YM Futures 47490 47513 61 47580 47442 12095 47542 47551 47545 1 2",
    "ES Futures 6828 6830.25 7 6841.25 6824.25 92102 6834.75 6835 6835.75 1 3",
    "NQ Futures 25302.25 25313 44.75 25368 25285.75 54396 25345.75 25347 25347.75 1 2",
    "RTY Futures 2492.8 2490.9 3.5 2500.9 2486.1 15006 2496.2 2496.3 2496.3 2 2",
    "CL Futures 58.65 58.58 0.43 59.17 58.27 63813 59 59.08 59.08 1 1",
    "SI Futures 53.607 53.755 1.043 54.65 53.22 46515 54.6 54.65 54.65 1 1",
    "HG Futures 5.194 5.206 -0.01 5.21 5.133 12927 5.1805 5.184 5.188 2 2",
    "GC Futures 4202.3 4198.6 19 4227.5 4174.6 89832 4221.3 4221.3 4222 1 2",
    "VX Futures 18.71 18.75 -0.06 18.85 18.65 5418 18.65 18.65 18.7 101 128",
    "$DXY Index 99.532 99.568 0.103 99.652 99.538 - - 99.635 - - -",
    "ZB Futures 117.84375 117.84375 -0.21875 117.90625 117.59375 51733 117.59375 117.625 117.6875 18 3",
];

const OCTOBER: [&str; 4] = [
    "YM Futures 46381 46126 269 46518 45605 - 46425 46429 46429 1 1",
    "ES Futures 6702.5 6659.25 42.25 6718 6571.25 - 6710.75 6711 6711.75 4 2",
    "NQ Futures 24986.5 24793.75 202.25 25055.75 24410 - 25006 25033.5 25048 1 1",
    "RTY Futures 2464.4 2479.4 -12.1 2484.3 2430.4 - 2469.4 2469.6 2469.8 1 2",
];

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_string(), |value| value.to_string())
}

fn row(quote: &Quote) -> String {
    assert_eq!((quote.high_52w, quote.low_52w, quote.weight, quote.signal), (None, None, None, None));
    let mut fields = vec![quote.symbol.to_string(), shown(quote.instrument_type.as_deref())];
    fields.extend([quote.close, quote.open, quote.change, quote.high, quote.low].map(shown));
    fields.push(shown(quote.volume));
    fields.extend([quote.bid, quote.last, quote.ask].map(shown));
    fields.extend([quote.bid_size, quote.ask_size].map(shown));
    fields.join(" ")
}

fn assert_rows(sheet: &Sheet, expected: &[&str]) {
    let rows: Vec<String> = sheet.quotes.iter().map(|quote| row(quote)).collect();
    assert_eq!(rows, expected);
    assert_eq!(rejections(sheet), [""; 0]);
}

#[test]
fn november_with_its_treasuries_in_32nds() {
    let sheet = read(&fixture("rtd_tos_2025-11-29.xlsx"), DEFAULT_RANGE);
    assert_rows(&sheet, &NOVEMBER);
    assert!(sheet.not_loaded.is_empty());
}

#[test]
fn october_with_a_blank_row_and_most_rows_not_loaded() {
    let sheet = read(&fixture("rtd_tos_2025-10-18_older_headers.xlsx"), DEFAULT_RANGE);
    assert_rows(&sheet, &OCTOBER);
    let not_loaded: Vec<&str> = sheet.not_loaded.iter().map(|symbol| symbol.as_str()).collect();
    assert_eq!(not_loaded, ["CL", "SI", "HG", "GC", "VX", "$DXY", "ZB"]);
}

/// The sheet goes on to AB30: a caption "Quotes", a second table of stocks, a ledger of purchases.
#[test]
fn a_range_that_covers_the_blocks_below_reads_the_same() {
    let sheet = read(&fixture("rtd_tos_2025-11-29.xlsx"), block(30, 28));
    assert_rows(&sheet, &NOVEMBER);
    assert!(sheet.not_loaded.is_empty());
}

#[test]
fn the_same_workbook_as_xls_and_ods_reads_the_same() {
    for name in ["converted_2025-11-29.xls", "converted_2025-11-29.ods"] {
        for range in [DEFAULT_RANGE, block(30, 28)] {
            assert_rows(&read(&fixture(name), range), &NOVEMBER);
        }
    }
}

#[test]
fn saved_at_is_the_modification_time_and_never_in_the_future() {
    let bytes = std::fs::read(fixture("rtd_tos_2025-11-29.xlsx")).unwrap();
    let saved = super::Saved::bytes("RTD.xlsx", &bytes);
    let modified: jiff::Timestamp = "2025-11-28T14:29:58.25Z".parse().unwrap();
    let file = std::fs::File::options().append(true).open(&saved.path).unwrap();
    file.set_modified(
        std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_nanos(modified.as_nanosecond() as u64),
    )
    .unwrap();
    for (now, expected) in [
        ("2025-11-28T14:30:00Z", "2025-11-28T14:29:58.25Z"),
        ("2025-11-28T14:00:00Z", "2025-11-28T14:00:00Z"),
    ] {
        let mut reader = super::reader(&saved.path, DEFAULT_RANGE);
        let sheet = super::sheet_of(reader.look(now.parse().unwrap(), &mut |_| false));
        assert_eq!(sheet.saved_at.to_string(), expected);
    }
}

/// feed.md, Reading 5: Excel's named table holds the quotes, and the sheet goes on beside and below it.
#[test]
fn the_named_table_tbl_live_data_holds_the_rows_that_are_read_and_no_others() {
    for name in ["rtd_tos_2025-11-29.xlsx", "rtd_tos_2025-10-18_older_headers.xlsx"] {
        let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(fixture(name)).unwrap();
        workbook.load_tables().unwrap();
        let table = workbook.table_by_name("tblLiveData").unwrap();
        let column = table.columns().iter().position(|column| column == "Symbol").unwrap();
        let rows = table.data().rows().map(|row| row[column].to_string());
        let mut named: Vec<String> = rows.filter(|symbol| !symbol.is_empty()).collect();
        named.sort();
        for range in [DEFAULT_RANGE, block(40, 28)] {
            let sheet = read(&fixture(name), range);
            let quotes = sheet.quotes.iter().map(|quote| quote.symbol.to_string());
            let waiting = sheet.not_loaded.iter().map(|symbol| symbol.to_string());
            let mut read: Vec<String> = quotes.chain(waiting).collect();
            read.sort();
            assert_eq!(read, named, "{name}");
        }
    }
}
