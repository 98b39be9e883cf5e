//! The quote table: rows, one below the other, become quotes, unloaded symbols and reports.

use super::address;
use super::cell::{Cell, shorten};
use super::error::Problem;
use super::header::Header;
use super::row::{Flow, Meaning, QuoteRow, RowReader};
use crate::config::CellRange;
use crate::value::{Quote, RejectedCell, Sheet, Symbol};
use jiff::Timestamp;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The table within a sheet's range, filled row by row from the top.
pub(crate) struct Table {
    sheet: String,
    range: CellRange,
    header: Option<Header>,
    first_row: Option<String>,
    last_row: u32,
    rows: Vec<Row>,
    places: HashMap<Symbol, usize>,
    rejected: Vec<RejectedCell>,
}

/// A quote row, with where its symbol stands.
struct Row {
    number: u32,
    quote: Arc<Quote>,
    loaded: bool,
}

impl Table {
    pub(crate) fn new(sheet: &str, range: CellRange) -> Table {
        Table::with_capacity(sheet, range, 0)
    }

    /// A table with room for `rows` quotes.
    pub(crate) fn with_capacity(sheet: &str, range: CellRange, rows: usize) -> Table {
        Table {
            sheet: sheet.to_string(),
            range,
            header: None,
            first_row: None,
            last_row: range.first_row,
            rows: Vec::with_capacity(rows),
            places: HashMap::with_capacity(rows),
            rejected: Vec::new(),
        }
    }

    /// The block that the table is in.
    pub(crate) fn range(&self) -> CellRange {
        self.range
    }

    /// The header row, once it has come.
    pub(crate) fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Takes the cells of one row of the range, the range's first column first; `row` counts from 0 at the sheet's
    /// top. Empty rows may be left out.
    pub(crate) fn push(&mut self, row: u32, cells: &[Cell<'_>]) -> Flow {
        let like = self.rows.last().map(|row| &*row.quote);
        match self.read(row, cells, like) {
            Some(meaning) => self.take(row, &meaning),
            None => self.push_header(row, cells),
        }
    }

    /// What a row says under the header; `None` while there is none. See [`RowReader::read`].
    pub(crate) fn read(&self, row: u32, cells: &[Cell<'_>], like: Option<&Quote>) -> Option<Meaning> {
        let header = self.header.as_ref()?;
        Some(RowReader::new(header, self.range.first_column).read(row, cells, like))
    }

    /// Takes the next row of the range, by what it says.
    pub(crate) fn take(&mut self, row: u32, meaning: &Meaning) -> Flow {
        match meaning {
            Meaning::Empty => return ControlFlow::Continue(()),
            Meaning::Other => {}
            Meaning::End => return ControlFlow::Break(()),
            Meaning::Quote(quote) if quote.is_caption && self.is_after_gap(row) => {
                return ControlFlow::Break(());
            }
            Meaning::Quote(quote) => self.keep(row, quote),
        }
        self.last_row = row;
        ControlFlow::Continue(())
    }

    /// The header is the first row that reads like one. Numbers above it mean that there is none: a header further
    /// down belongs to another block.
    fn push_header(&mut self, row: u32, cells: &[Cell<'_>]) -> Flow {
        if cells.iter().all(Cell::is_empty) {
            return ControlFlow::Continue(());
        }
        self.last_row = row;
        if let Some(header) = Header::recognise(cells) {
            self.rejected.extend(RowReader::new(&header, self.range.first_column).duplicates(row));
            self.header = Some(header);
            return ControlFlow::Continue(());
        }
        self.first_row.get_or_insert_with(|| listed(cells));
        if cells.iter().any(|cell| matches!(cell, Cell::Number(_))) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// A caption after a gap begins another block. Its columns mean something else, so nothing of it may be read.
    fn is_after_gap(&self, row: u32) -> bool {
        !self.rows.is_empty() && row > self.last_row + 1
    }

    /// Each symbol once: the last row wins, but a row without prices never over one with them.
    fn keep(&mut self, number: u32, row: &QuoteRow) {
        self.rejected.extend_from_slice(&row.rejected);
        let Some(quote) = &row.quote else { return };
        let new = Row { number, loaded: quote.is_loaded(), quote: Arc::clone(quote) };
        let Some(&place) = self.places.get(&quote.symbol) else {
            self.places.insert(quote.symbol.clone(), self.rows.len());
            return self.rows.push(new);
        };
        self.keep_one(place, new, row.column);
    }

    fn keep_one(&mut self, place: usize, new: Row, column: usize) {
        let (old, number) = (&self.rows[place], new.number);
        let wins = new.loaded || !old.loaded;
        let winner = if wins { number } else { old.number };
        let reason = format!(
            "the symbol stands in rows {} and {}; row {} wins",
            old.number + 1,
            number + 1,
            winner + 1
        );
        if let Some(header) = &self.header {
            let rows = RowReader::new(header, self.range.first_column);
            self.rejected.push(rows.reject_text(number, column, new.quote.symbol.to_string(), reason));
        }
        if wins {
            self.rows[place] = new;
        }
    }

    /// Checks that the table had what quotes need.
    ///
    /// # Errors
    /// [`Problem::NoHeader`] or [`Problem::NoColumn`].
    pub(crate) fn complete(self) -> Result<Table, Problem> {
        let Some(header) = &self.header else {
            return Err(Problem::NoHeader {
                sheet: self.sheet,
                range: address::range(self.range),
                found: self.first_row.unwrap_or_else(|| "nothing".to_string()),
            });
        };
        let missing = if !header.has_price() {
            Some("\"Last\" (nor any other price)")
        } else if header.key_columns(None).is_none() {
            Some("\"Symbol\"")
        } else {
            None
        };
        match missing {
            Some(column) => {
                let (column, found) = (column.to_string(), header.found());
                Err(Problem::NoColumn { sheet: self.sheet, column, found })
            }
            None => Ok(self),
        }
    }

    /// The sheet as saved at `saved_at`.
    pub(crate) fn into_sheet(self, saved_at: Timestamp) -> Sheet {
        let mut sheet =
            Sheet { saved_at, quotes: Vec::new(), not_loaded: Vec::new(), rejected: self.rejected };
        sheet.quotes.reserve_exact(self.rows.len());
        for row in self.rows {
            if row.loaded {
                sheet.quotes.push(row.quote);
            } else {
                sheet.not_loaded.push(row.quote.symbol.clone());
            }
        }
        sheet
    }
}

fn listed(cells: &[Cell<'_>]) -> String {
    let shown: Vec<String> = cells.iter().filter(|cell| !cell.is_empty()).map(Cell::shown).collect();
    shorten(&shown.join(", "))
}
