//! The records of an .xls ([MS-XLS]), counted before its parser makes cells of them.
//!
//! calamine 0.38 reads every sheet whole: it reserves what a DIMENSIONS record claims, and makes the rectangle between the
//! first and the last cell, wherever a damaged record puts them.

use super::compound::{self, u16_at, u32_at};
use super::error::Problem;
use super::grid::{Extent, Grid};
use std::collections::HashMap;

/// The types of records ([MS-XLS] 2.3.2).
const END: u16 = 0x000A;
const BEGIN: u16 = 0x0809;
const SHEET: u16 = 0x0085;
const SHARED_STRINGS: u16 = 0x00FC;
const CONTINUE: u16 = 0x003C;
const DIMENSIONS: u16 = 0x0200;
const FORMULA: u16 = 0x0006;
const TEXT_OF_FORMULA: u16 = 0x0207;
const SHARED_TEXT: u16 = 0x00FD;
const SEVERAL_NUMBERS: u16 = 0x00BD;
/// Numbers, texts and truth values: each begins with a row and a column.
const CELLS: [u16; 5] = [0x0203, 0x0204, 0x00D6, 0x0205, 0x027E];

/// What one shared text can take, bytes: 65,535 letters.
const LONGEST_TEXT: u64 = 3 * 65_535;

/// Whether the sheets of an .xls can be held.
pub(super) fn check(bytes: &[u8]) -> Result<(), Problem> {
    for stream in compound::record_streams(bytes)? {
        let mut book = Book::default();
        book.read_globals(&stream);
        for sheet in std::mem::take(&mut book.sheets) {
            book.read_sheet(stream.get(sheet..).unwrap_or_default(), stream.len())?;
        }
        book.text_fits()?;
    }
    Ok(())
}

#[derive(Default)]
struct Book {
    /// Where each sheet begins.
    sheets: Vec<usize>,
    /// What the table of shared texts takes, bytes.
    shared: u64,
    /// How often each of them is used.
    uses: HashMap<u32, u64>,
    records: usize,
    grid: Grid,
}

impl Book {
    fn read_globals(&mut self, stream: &[u8]) {
        let mut is_shared = false;
        for (kind, data) in records(stream) {
            is_shared = kind == SHARED_STRINGS || (is_shared && kind == CONTINUE);
            if is_shared {
                self.shared += data.len() as u64;
            } else if kind == SHEET {
                self.sheets.extend(u32_at(data, 0).map(|at| at as usize));
            }
        }
    }

    /// A sheet's own records, without those of the charts in it.
    fn read_sheet(&mut self, stream: &[u8], whole: usize) -> Result<(), Problem> {
        let (mut extent, mut formulas, mut depth) = (Extent::default(), Extent::default(), 0);
        for (kind, data) in records(stream) {
            self.records += 1;
            if self.records > whole {
                return Err(Problem::Damaged("its sheets share their records".to_string()));
            }
            match kind {
                BEGIN => depth += 1,
                END if depth <= 1 => break,
                END => depth -= 1,
                _ if depth > 1 => {}
                DIMENSIONS => self.grid.add_cells(dimensions(data))?,
                _ => self.read_cell(kind, data, &mut extent, &mut formulas),
            }
        }
        self.grid.add_cells(extent.cells())?;
        self.grid.add_cells(formulas.cells())
    }

    fn read_cell(&mut self, kind: u16, data: &[u8], extent: &mut Extent, formulas: &mut Extent) {
        let (Some(row), Some(column)) = (place(data, 0), place(data, 2)) else { return };
        match kind {
            // It stands where the formula before it does, which is known; without one its parser puts it into the first cell.
            TEXT_OF_FORMULA => return extent.add(0, 0),
            SHARED_TEXT => *self.uses.entry(u32_at(data, 6).unwrap_or(0)).or_default() += 1,
            SEVERAL_NUMBERS => extent.add(row, place(data, data.len() - 2).unwrap_or(column)),
            FORMULA => formulas.add(row, column),
            kind if CELLS.contains(&kind) => {}
            _ => return,
        }
        extent.add(row, column);
    }

    /// How long each shared text is, is not looked at: at worst the longest are those that are used most.
    fn text_fits(&mut self) -> Result<(), Problem> {
        let mut uses: Vec<u64> = self.uses.values().copied().collect();
        uses.sort_unstable_by(|one, other| other.cmp(one));
        let mut left = self.shared.saturating_mul(3);
        for uses in uses {
            let longest = left.min(LONGEST_TEXT);
            left -= longest;
            self.grid.add_text(uses.saturating_mul(longest))?;
        }
        Ok(())
    }
}

/// Type and data of each record that is whole.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        let kind = u16::from_le_bytes(rest.get(..2)?.try_into().ok()?);
        let bytes = usize::from(u16::from_le_bytes(rest.get(2..4)?.try_into().ok()?));
        let data = rest.get(4..4 + bytes)?;
        rest = &rest[4 + bytes..];
        Some((kind, data))
    })
}

/// The cells between the first row and column and those behind the last ones, as a DIMENSIONS record has them
/// ([MS-XLS] 2.4.90); before BIFF8 it is shorter.
fn dimensions(data: &[u8]) -> u64 {
    let long = |at| u32_at(data, at).map(u64::from);
    let [rows, columns] = match data.len() {
        10 => [[0, 2], [4, 6]].map(|ends| ends.map(|at| place(data, at))),
        _ => [[0, 4].map(long), [8, 10].map(|at| place(data, at))],
    };
    let ([first_row, rows], [first_column, columns]) =
        (rows.map(Option::unwrap_or_default), columns.map(Option::unwrap_or_default));
    if rows == 0 || columns == 0 {
        return 1;
    }
    // Its parser takes a first column that cannot be for 0. A first row behind the last it subtracts all the same.
    let first_column = if first_column > 0xFF || first_column > columns { 0 } else { first_column };
    rows.checked_sub(first_row).map_or(u64::MAX, |rows| rows.saturating_mul(columns - first_column))
}

fn place(data: &[u8], at: usize) -> Option<u64> {
    u16_at(data, at).map(u64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        [&kind.to_le_bytes()[..], &u16::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
    }

    /// One text of 20,000 letters in the file, and in memory as many as there are cells with it.
    #[test]
    fn a_shared_text_counts_in_each_cell_that_has_it() {
        let text_cell = record(SHARED_TEXT, &[0; 10]);
        let of_cells = |cells: usize| {
            let mut book = Book::default();
            let globals = [
                record(SHARED_STRINGS, &[0; 8_000]),
                record(CONTINUE, &[0; 8_000]),
                record(CONTINUE, &[0; 4_000]),
            ];
            book.read_globals(&globals.concat());
            let sheet = [record(BEGIN, &[0; 16]), text_cell.repeat(cells), record(END, &[])].concat();
            book.read_sheet(&sheet, sheet.len())?;
            book.text_fits()
        };
        of_cells(4_000).unwrap(); // 240 MB, if it took three bytes a letter
        assert!(matches!(of_cells(5_000), Err(Problem::TooMuchText)));
    }

    /// Regression: the length and the letters of such a text were taken for a row and a column.
    #[test]
    fn a_text_of_a_formula_is_in_the_place_of_its_formula() {
        let text = [&200_u16.to_le_bytes()[..], &[0], &[b'z'; 200]].concat();
        let formula = record(FORMULA, &[3, 0, 2, 0]);
        let sheet = [record(BEGIN, &[]), formula, record(TEXT_OF_FORMULA, &text), record(END, &[])].concat();
        let (mut book, mut extent, mut formulas) = (Book::default(), Extent::default(), Extent::default());
        for (kind, data) in records(&sheet) {
            book.read_cell(kind, data, &mut extent, &mut formulas);
        }
        assert_eq!((extent.cells(), formulas.cells()), (12, 1));
    }

    #[test]
    fn what_a_sheet_claims_is_what_its_parser_would_reserve() {
        let claim = |rows: [u32; 2], columns: [u16; 2]| {
            let numbers = [rows[0].to_le_bytes(), rows[1].to_le_bytes()].concat();
            dimensions(
                &[&numbers[..], &columns[0].to_le_bytes(), &columns[1].to_le_bytes(), &[0; 2]].concat(),
            )
        };
        assert_eq!(claim([0, 12], [0, 14]), 168);
        assert_eq!(claim([3, 12], [2, 14]), 108);
        assert_eq!(claim([0, 0], [0, 0]), 1, "an empty sheet");
        assert_eq!(claim([0, 2], [300, 14]), 28, "a first column that cannot be");
        assert_eq!(claim([5, 2], [0, 1]), u64::MAX, "a first row behind the last");
    }

    #[test]
    fn sheets_that_share_their_records_are_damage() {
        let sheet = record(BEGIN, &[]);
        let mut book = Book::default();
        assert!((0..5).any(|_| book.read_sheet(&sheet.repeat(4), 8).is_err()));
    }
}
