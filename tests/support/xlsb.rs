//! Makes binary workbooks, as far as the reader reads them (MS-XLSB 2.4).

use super::workbooks::{Cell, RELATIONSHIP, ROOT_RELATIONSHIPS, pack};

/// An .xlsb whose one sheet has these rows; only texts, numbers, truth values and error codes.
pub(crate) fn xlsb(sheet: &str, rows: &[Vec<Cell>]) -> Vec<u8> {
    pack(&xlsb_parts(sheet, rows))
}

/// Its parts.
pub(crate) fn xlsb_parts(sheet: &str, rows: &[Vec<Cell>]) -> Vec<(String, Vec<u8>)> {
    const BUNDLE_SHEET: u16 = 0x9C;
    const END_BUNDLE_SHEETS: u16 = 0x90;
    const CALC_PROPERTIES: u16 = 0x9D;
    let mut workbook = Vec::new();
    let bundle = [&0_u32.to_le_bytes()[..], &1_u32.to_le_bytes(), &wide("rId1"), &wide(sheet)].concat();
    record(&mut workbook, BUNDLE_SHEET, &bundle);
    record(&mut workbook, END_BUNDLE_SHEETS, &[]);
    record(&mut workbook, CALC_PROPERTIES, &[]);
    let relationships = format!(
        "<Relationships><Relationship Id=\"rId1\" Type=\"{RELATIONSHIP}/worksheet\" Target=\"worksheets/sheet1.bin\"/></Relationships>"
    );
    vec![
        ("_rels/.rels".to_string(), ROOT_RELATIONSHIPS.replace("workbook.xml", "workbook.bin").into_bytes()),
        ("xl/workbook.bin".to_string(), workbook),
        ("xl/_rels/workbook.bin.rels".to_string(), relationships.into_bytes()),
        ("xl/worksheets/sheet1.bin".to_string(), xlsb_sheet(rows)),
    ]
}

fn xlsb_sheet(rows: &[Vec<Cell>]) -> Vec<u8> {
    const ROW: u16 = 0x00;
    const ERROR: u16 = 0x03;
    const BOOL: u16 = 0x04;
    const REAL: u16 = 0x05;
    const TEXT: u16 = 0x06;
    const BEGIN: u16 = 0x91;
    const END: u16 = 0x92;
    const DIMENSION: u16 = 0x94;
    let mut sheet = Vec::new();
    record(&mut sheet, DIMENSION, &[0; 16]);
    record(&mut sheet, BEGIN, &[]);
    for (row, cells) in rows.iter().enumerate() {
        record(&mut sheet, ROW, &(row as u32).to_le_bytes());
        for (column, cell) in cells.iter().enumerate() {
            let (kind, value) = match cell {
                Cell::Number(text) => (REAL, text.parse::<f64>().expect("a number").to_le_bytes().to_vec()),
                Cell::Shared(text) | Cell::Inline(text) => (TEXT, wide(text)),
                Cell::Bool(value) => (BOOL, vec![u8::from(*value)]),
                Cell::Raw { value, .. } => (ERROR, vec![value.parse().expect("an error code")]),
                _ => continue,
            };
            let place = [&(column as u32).to_le_bytes()[..], &[0; 4]].concat();
            record(&mut sheet, kind, &[place, value].concat());
        }
    }
    record(&mut sheet, END, &[]);
    sheet
}

/// A record: its type and its length, seven bits a byte, then its content.
pub(crate) fn record(part: &mut Vec<u8>, kind: u16, content: &[u8]) {
    if kind < 0x80 {
        part.push(kind as u8);
    } else {
        part.extend([(kind & 0x7F) as u8 | 0x80, (kind >> 7) as u8]);
    }
    let mut length = content.len();
    while length >= 0x80 {
        part.push((length & 0x7F) as u8 | 0x80);
        length >>= 7;
    }
    part.push(length as u8);
    part.extend(content);
}

/// A text as its length and UTF-16.
pub(crate) fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = (units.len() as u32).to_le_bytes();
    length.into_iter().chain(units.into_iter().flat_map(u16::to_le_bytes)).collect()
}
