//! Gathers a sheet's cells into the rows of the range, within its bounds.

use super::cell::Cell;
use super::table::Table;
use std::ops::ControlFlow;

/// One row of the range at a time, from cells in the order of the file. Cells outside the range cost nothing, wherever
/// they are.
pub(crate) struct Rows<'t, 'c> {
    table: &'t mut Table,
    row: Option<u32>,
    cells: Vec<Cell<'c>>,
}

impl<'t, 'c> Rows<'t, 'c> {
    pub(crate) fn new(table: &'t mut Table) -> Rows<'t, 'c> {
        let range = table.range();
        let width = (range.last_column - range.first_column + 1) as usize;
        Rows { table, row: None, cells: vec![Cell::Empty; width] }
    }

    /// Takes the cell at `(row, column)`, both from 0. Breaks once nothing that follows can matter.
    pub(crate) fn put(&mut self, (row, column): (u32, u32), value: impl Into<Cell<'c>>) -> ControlFlow<()> {
        let range = self.table.range();
        if row > range.last_row {
            return ControlFlow::Break(());
        }
        if row < range.first_row || column < range.first_column || column > range.last_column {
            return ControlFlow::Continue(());
        }
        if self.row != Some(row) {
            self.flush()?;
            self.row = Some(row);
        }
        self.cells[(column - range.first_column) as usize] = value.into();
        ControlFlow::Continue(())
    }

    /// Hands over the last row; nothing follows.
    pub(crate) fn finish(mut self) {
        let _last = self.flush();
    }

    fn flush(&mut self) -> ControlFlow<()> {
        let Some(row) = self.row.take() else { return ControlFlow::Continue(()) };
        let flow = self.table.push(row, &self.cells);
        self.cells.fill(Cell::Empty);
        flow
    }
}
