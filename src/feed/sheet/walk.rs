//! Goes through the rows of a sheet and hands them to the table, those that did not change as they were.

use super::Doubt;
use super::cells::CellReader;
use super::known::{KnownRow, KnownRows};
use super::opening::skip_opening;
use super::xml::Cursor;
use crate::feed::cell::Cell;
use crate::feed::row::Flow;
use crate::feed::table::Table;

/// One way through a sheet.
pub(super) struct Walk<'a, 'w> {
    pub(super) cells: CellReader<'a>,
    pub(super) known: &'w mut KnownRows,
    /// The sheet's text when those were read.
    pub(super) previous: &'w str,
    pub(super) table: &'w mut Table,
}

impl<'a> Walk<'a, '_> {
    /// Reads the rows of `sheet` in the order of the file, as far as they can matter.
    pub(super) fn run(mut self, sheet: &'a str) -> Result<(), Doubt> {
        let mut cursor = Cursor::new(sheet, 0);
        self.known.begin();
        if !skip_opening(&mut cursor)? {
            return Ok(());
        }
        let range = self.cells.range;
        let mut row = vec![Cell::Empty; (range.last_column - range.first_column + 1) as usize];
        // The number of the next row; whether the table has ended, and whether rows can be known yet.
        let (mut due, mut ended, mut comparable) = (0, false, false);
        while !cursor.eat(b"</sheetData>") {
            let step = match self.unchanged(&mut cursor, due, comparable, ended) {
                Some(step) => step,
                None => self.changed(&mut cursor, due, &mut row, ended)?,
            };
            let Step::Row { number, flow } = step else { break };
            (due, ended) = (number + 1, ended || flow.is_break());
            if let Some(header) = self.table.header().filter(|_| !comparable) {
                self.known.under(header);
                comparable = true;
            }
        }
        Ok(())
    }

    /// The row at `cursor`, if it stood there the last time as it stands there now.
    fn unchanged(
        &mut self,
        cursor: &mut Cursor<'a>,
        due: u32,
        comparable: bool,
        ended: bool,
    ) -> Option<Step> {
        if !comparable {
            return None;
        }
        let start = cursor.at();
        let (row, length) = self.known.same(due, cursor.rest(), self.previous.as_bytes())?;
        cursor.skip(length);
        if ended {
            return Some(Step::End);
        }
        let (number, flow) = (row.number, self.table.take(row.number, &row.meaning));
        self.known.keep(row.at(start, start + length));
        Some(Step::Row { number, flow })
    }

    fn changed(
        &mut self,
        cursor: &mut Cursor<'a>,
        due: u32,
        cells: &mut [Cell<'a>],
        ended: bool,
    ) -> Result<Step, Doubt> {
        let start = cursor.at();
        cursor.expect(b"<row")?;
        let row = self.cells.row(cursor, due, cells)?;
        if row.number < due {
            return Err(Doubt("rows out of order"));
        }
        if row.has_cells && (row.number > self.cells.range.last_row || (ended && row.in_range)) {
            return Ok(Step::End);
        }
        if !row.in_range {
            return Ok(Step::Row { number: row.number, flow: Flow::Continue(()) });
        }
        let like = self.known.like(due);
        let flow = match self.table.read(row.number, cells, like) {
            Some(meaning) => {
                let flow = self.table.take(row.number, &meaning);
                self.known.keep(KnownRow::new(due, row.number, meaning).at(start, cursor.at()));
                flow
            }
            None => self.table.push(row.number, cells),
        };
        cells.fill(Cell::Empty);
        Ok(Step::Row { number: row.number, flow })
    }
}

/// What one row led to.
enum Step {
    Row {
        number: u32,
        flow: Flow,
    },
    /// Nothing that follows can matter.
    End,
}
