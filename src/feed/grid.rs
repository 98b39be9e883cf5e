//! How many cells and how much text a workbook may make its parser hold at once, where that reads whole sheets.
//!
//! An .xls and an .ods say in a few bytes that a sheet has millions of cells, or that one text stands in thousands of them;
//! calamine takes their word for it, and memory that is refused ends the process. So each is counted first.

use super::bounds::{MAX_GRID_CELLS, MAX_GRID_TEXT};
use super::error::Problem;

/// What was counted of a workbook so far, all its sheets together.
#[derive(Debug, Default)]
pub(super) struct Grid {
    cells: u64,
    text: u64,
}

impl Grid {
    /// So many more cells, of which every one takes memory, empty or not.
    pub(super) fn add_cells(&mut self, cells: u64) -> Result<(), Problem> {
        self.cells = self.cells.saturating_add(cells);
        if self.cells > MAX_GRID_CELLS { Err(Problem::TooManyCells) } else { Ok(()) }
    }

    /// So many more bytes of text, in each cell in which it stands.
    pub(super) fn add_text(&mut self, bytes: u64) -> Result<(), Problem> {
        self.text = self.text.saturating_add(bytes);
        if self.text > MAX_GRID_TEXT { Err(Problem::TooMuchText) } else { Ok(()) }
    }
}

/// The rows and columns between the first and the last cell.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Extent(Option<[u64; 4]>);

impl Extent {
    pub(super) fn add(&mut self, row: u64, column: u64) {
        let [top, left, bottom, right] = self.0.unwrap_or([row, column, row, column]);
        self.0 = Some([top.min(row), left.min(column), bottom.max(row), right.max(column)]);
    }

    pub(super) fn cells(self) -> u64 {
        self.0.map_or(0, |[top, left, bottom, right]| (bottom - top + 1).saturating_mul(right - left + 1))
    }
}
