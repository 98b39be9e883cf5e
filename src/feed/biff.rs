//! The records of an .xls ([MS-XLS]), counted before its parser makes cells of them.
//!
//! calamine 0.38 reads every sheet whole: it reserves what a DIMENSIONS record and a text claim, and makes the rectangle between
//! the first and the last cell, wherever a damaged record puts them. It writes out every formula, with each name and each space
//! in it, and shifts what it has at each step: 64 KiB of formula keep it busy for minutes. Nobody reads formulas or names
//! here, so it gets none.

use super::bounds::{MAX_GRID_CELLS, MAX_GRID_TEXT};
use super::compound::{self, damaged, u16_at, u32_at};
use super::error::Problem;
use super::grid::{Extent, Grid};
use std::collections::HashMap;
use std::ops::Range;

/// The types of records ([MS-XLS] 2.3.2).
const END: u16 = 0x000A;
const BEGIN: u16 = 0x0809;
const PASSWORD: u16 = 0x002F;
const NAME: u16 = 0x0018;
const SHEET: u16 = 0x0085;
const SHARED_STRINGS: u16 = 0x00FC;
const CONTINUE: u16 = 0x003C;
const DIMENSIONS: u16 = 0x0200;
const FORMULA: u16 = 0x0006;
const TEXT_OF_FORMULA: u16 = 0x0207;
const SHARED_TEXT: u16 = 0x00FD;
const SEVERAL_NUMBERS: u16 = 0x00BD;
const TEXTS: [u16; 2] = [0x0204, 0x00D6];
/// Numbers, texts and truth values: each begins with a row and a column.
const CELLS: [u16; 5] = [0x0203, 0x0204, 0x00D6, 0x0205, 0x027E];

/// What one shared text can take, bytes: 65,535 letters.
const LONGEST_TEXT: u64 = 3 * 65_535;

/// How often a record may go on: a file of Excel's of the largest size has half as many pieces of 8 KiB. The parser moves all
/// that follow at each.
const MOST_CONTINUED: u32 = 16 * 1024;

/// What a sheet takes besides its cells, and a formula that cannot be made shorter, bytes.
const SHEET_BYTES: u64 = 1024;
const FORMULA_BYTES: u64 = 128;

/// What a shared text of three bytes takes, for each of them.
const SHARED_BYTES: u64 = 8;

/// The .xls with its records alone, without formulas and names, if its sheets can be held.
pub(super) fn without_formulas(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut stream = compound::records(bytes)?;
    let mut book = Book::default();
    let mut ranges = vec![book.read_globals(&mut stream)?];
    for sheet in std::mem::take(&mut book.sheets) {
        ranges.push(book.read_sheet(&mut stream, sheet)?);
    }
    ranges.sort_unstable_by_key(|range| range.start);
    if ranges.windows(2).any(|pair| pair[1].start < pair[0].end) {
        return Err(shared_records());
    }
    book.text_fits()?;
    Ok(compound::of_records(stream))
}

#[derive(Default)]
struct Book {
    /// Where each sheet begins.
    sheets: Vec<usize>,
    /// What the table of shared texts takes, bytes.
    shared: u64,
    /// How often each of them is used.
    uses: HashMap<u32, u64>,
    /// What was read of the sheets, bytes.
    read: usize,
    /// How many cells have a record; several can be in one place.
    cells: u64,
    grid: Grid,
}

impl Book {
    /// The workbook's own records: takes the names from them, and says where they are.
    fn read_globals(&mut self, stream: &mut [u8]) -> Result<Range<usize>, Problem> {
        let (mut records, mut is_shared) = (Records::at(0), false);
        while let Some((kind, range)) = records.next(stream)? {
            let data = &stream[range.clone()];
            is_shared = kind == SHARED_STRINGS || (is_shared && kind == CONTINUE);
            match kind {
                END => break,
                _ if is_shared => self.shared += data.len() as u64,
                SHEET => {
                    self.sheets.extend(u32_at(data, 0).map(|at| at as usize));
                    self.grid.add_text(SHEET_BYTES)?;
                }
                PASSWORD if u16_at(data, 0).is_some_and(|kind| kind != 0) => {
                    return Err(Problem::PasswordProtected);
                }
                NAME => stream[range.start - 4..range.start - 2].fill(0), // the type of no record
                _ => {}
            }
        }
        if self.shared > MAX_GRID_TEXT / SHARED_BYTES {
            return Err(Problem::TooMuchText);
        }
        Ok(0..records.at)
    }

    /// A sheet's own records, without those of the charts in it: takes the formulas from them, and says where they are.
    fn read_sheet(&mut self, stream: &mut [u8], begin: usize) -> Result<Range<usize>, Problem> {
        let (mut extent, mut formulas, mut depth) = (Extent::default(), Extent::default(), 0);
        let mut records = Records::at(begin);
        while let Some((kind, range)) = records.next(stream)? {
            if self.read + records.at - begin > stream.len() {
                return Err(shared_records());
            }
            let data = &stream[range.clone()];
            match kind {
                BEGIN => depth += 1,
                END if depth <= 1 => break,
                END => depth -= 1,
                _ if depth > 1 => {}
                DIMENSIONS => self.grid.add_cells(dimensions(data))?,
                _ => self.read_cell(kind, data, &mut extent, &mut formulas)?,
            }
            if kind == FORMULA && depth <= 1 {
                self.shorten(&mut stream[range])?;
            }
        }
        self.read += records.at - begin;
        self.grid.add_cells(extent.cells())?;
        self.grid.add_cells(formulas.cells())?;
        Ok(begin..records.at)
    }

    /// Makes a formula one of a missing argument, which is written as nothing. Its value stands before it.
    fn shorten(&mut self, formula: &mut [u8]) -> Result<(), Problem> {
        const LENGTH: usize = 20;
        const MISSING_ARGUMENT: u8 = 0x16;
        match formula.get_mut(LENGTH..LENGTH + 3) {
            Some(tokens) => tokens.copy_from_slice(&[1, 0, MISSING_ARGUMENT]),
            None => self.grid.add_text(FORMULA_BYTES)?,
        }
        Ok(())
    }

    fn read_cell(
        &mut self,
        kind: u16,
        data: &[u8],
        extent: &mut Extent,
        formulas: &mut Extent,
    ) -> Result<(), Problem> {
        if kind == TEXT_OF_FORMULA {
            // It stands where the formula before it does, which is known; without one its parser puts it into the first cell.
            extent.add(0, 0);
            self.add_letters(place(data, 0))?;
            return self.add_cells(1);
        }
        let (Some(row), Some(column)) = (place(data, 0), place(data, 2)) else { return Ok(()) };
        let mut cells = 1;
        match kind {
            SHARED_TEXT => *self.uses.entry(u32_at(data, 6).unwrap_or(0)).or_default() += 1,
            SEVERAL_NUMBERS => {
                extent.add(row, place(data, data.len() - 2).unwrap_or(column));
                cells = data.len() as u64 / 6;
            }
            FORMULA => formulas.add(row, column),
            kind if TEXTS.contains(&kind) => self.add_letters(place(data, 6))?,
            kind if CELLS.contains(&kind) => {}
            _ => return Ok(()),
        }
        extent.add(row, column);
        self.add_cells(cells)
    }

    fn add_cells(&mut self, cells: u64) -> Result<(), Problem> {
        self.cells += cells;
        if self.cells > MAX_GRID_CELLS { Err(Problem::TooManyCells) } else { Ok(()) }
    }

    /// A text for which its parser reserves as many letters as it claims.
    fn add_letters(&mut self, letters: Option<u64>) -> Result<(), Problem> {
        self.grid.add_text(letters.unwrap_or(0).saturating_mul(3))
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

/// Goes from record to record.
struct Records {
    at: usize,
    continued: u32,
}

impl Records {
    fn at(at: usize) -> Records {
        Records { at, continued: 0 }
    }

    /// Type and place of the next record's data; none at the end of the stream.
    fn next(&mut self, stream: &[u8]) -> Result<Option<(u16, Range<usize>)>, Problem> {
        if self.at == stream.len() {
            return Ok(None);
        }
        let head = u16_at(stream, self.at).zip(u16_at(stream, self.at.saturating_add(2)));
        let (kind, bytes) = head.ok_or_else(cut_record)?;
        let begin = self.at + 4;
        self.at = begin + usize::from(bytes);
        if self.at > stream.len() {
            return Err(cut_record());
        }
        self.continued = if kind == CONTINUE { self.continued + 1 } else { 0 };
        if self.continued > MOST_CONTINUED {
            return Err(damaged("one of its records goes on without end"));
        }
        Ok(Some((kind, begin..self.at)))
    }
}

fn cut_record() -> Problem {
    damaged("a record reaches beyond the end of its stream")
}

fn shared_records() -> Problem {
    damaged("its sheets share their records")
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
    use calamine::{Data, Reader, Xls};
    use std::io::Cursor;

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
            book.read_globals(&mut globals.concat())?;
            let mut sheet = [record(BEGIN, &[0; 16]), text_cell.repeat(cells), record(END, &[])].concat();
            book.read_sheet(&mut sheet, 0)?;
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
        let mut records = Records::at(0);
        while let Some((kind, range)) = records.next(&sheet).unwrap() {
            book.read_cell(kind, &sheet[range], &mut extent, &mut formulas).unwrap();
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
        let sheet = record(SHEET, &[0; 8]);
        let globals = [sheet.repeat(2), record(END, &[])].concat();
        let refused = without_formulas(&compound::of_records(globals)).unwrap_err();
        assert!(matches!(&refused, Problem::Damaged(what) if what.contains("share")), "{refused}");
    }

    /// An .xls with these records of its own and one sheet, `S`, with those.
    fn xls(globals: &[u8], sheet: &[u8]) -> Vec<u8> {
        let begin = record(BEGIN, &[0, 6, 5, 0]);
        let at = begin.len() + globals.len() + 13 + 4;
        let named = [&u32::try_from(at).unwrap().to_le_bytes()[..], &[0, 0, 1, 0, b'S']].concat();
        let end = record(END, &[]);
        compound::of_records([&begin, globals, &record(SHEET, &named), &end, &begin, sheet, &end].concat())
    }

    fn read(file: &[u8]) -> Xls<Cursor<Vec<u8>>> {
        Xls::new(Cursor::new(without_formulas(file).unwrap())).unwrap()
    }

    /// A formula in the first cell, whose value is 1.
    fn formula(tokens: &[u8]) -> Vec<u8> {
        let length = u16::try_from(tokens.len()).unwrap().to_le_bytes();
        record(FORMULA, &[&[0; 6][..], &1_f64.to_le_bytes(), &[0; 6], &length, tokens].concat())
    }

    /// Regression: each such token is 255 letters more, and at each of them all letters behind are moved.
    #[test]
    fn a_formula_of_spaces_keeps_nobody_busy() {
        let spaces = [&[0x16][..], &[0x19, 0x40, 0, 255].repeat(16_000)].concat();
        let mut workbook = read(&xls(&[], &formula(&spaces)));
        assert_eq!(workbook.worksheet_range("S").unwrap().get_value((0, 0)), Some(&Data::Float(1.0)));
        assert!(workbook.worksheet_formula("S").unwrap().cells().all(|(_, _, text)| text.is_empty()));
    }

    /// Regression: five bytes of a formula are as many letters as the name has that they stand for.
    #[test]
    fn names_are_not_read() {
        let name = record(NAME, &[&[0, 0, 0, 255, 0, 0][..], &[0; 9], &[b'n'; 255]].concat());
        let file = xls(&name, &formula(&[0x23, 1, 0, 0, 0]));
        let before: Xls<_> = Xls::new(Cursor::new(file.clone())).unwrap();
        assert_eq!(before.defined_names().len(), 1, "the test makes a name");
        assert!(read(&file).defined_names().is_empty());
    }

    #[test]
    fn what_takes_memory_beside_the_grid_is_counted() {
        let claim = record(TEXTS[0], &[&[0; 6][..], &[0xFF, 0xFF, 0]].concat());
        let numbers = record(SEVERAL_NUMBERS, &[0; 65_532]);
        let endless = [record(SHARED_STRINGS, &[0; 8]), record(CONTINUE, &[]).repeat(16_385)].concat();
        let short = record(FORMULA, &[0; 22]);
        let refused = |globals: &[u8], sheet: &[u8]| without_formulas(&xls(globals, sheet)).unwrap_err();
        assert!(matches!(refused(&[], &claim.repeat(1_400)), Problem::TooMuchText));
        assert!(matches!(refused(&[], &numbers.repeat(385)), Problem::TooManyCells));
        assert!(matches!(refused(&[], &short.repeat(2_100_000)), Problem::TooMuchText));
        assert!(matches!(refused(&endless, &[]), Problem::Damaged(_)));
        let strings = [record(SHARED_STRINGS, &[0; 8]), record(CONTINUE, &[0; 65_535]).repeat(513)].concat();
        assert!(matches!(refused(&strings, &[]), Problem::TooMuchText));
    }

    #[test]
    fn a_stream_is_what_it_was_in_a_file_of_its_own() {
        for bytes in [4096, 4097, 1021 * 4096, 1022 * 4096, 1023 * 4096, 3 * 1024 * 4096 + 1] {
            let stream: Vec<u8> = (0..bytes).map(|at: usize| (at / 4096 + at) as u8).collect();
            assert!(compound::records(&compound::of_records(stream.clone())).unwrap() == stream, "{bytes}");
        }
    }
}
