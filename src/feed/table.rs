//! The quote table: rows of cells become quotes, unloaded symbols and reports.

use super::address;
use super::cell::{Cell, shorten};
use super::error::Problem;
use super::header::{Field, Header, is_symbol_header};
use crate::config::CellRange;
use crate::value::{Price, Quote, RejectedCell, Sheet, Symbol};
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
    last_type: Option<Arc<str>>,
}

/// A quote row, with where its symbol stands.
struct Row {
    number: u32,
    quote: Arc<Quote>,
    loaded: bool,
}

/// Where a row's symbol and type stand, as columns of the range.
type KeyColumns = (Option<usize>, usize);

impl Table {
    pub(crate) fn new(sheet: &str, range: CellRange) -> Table {
        Table {
            sheet: sheet.to_string(),
            range,
            header: None,
            first_row: None,
            last_row: range.first_row,
            rows: Vec::new(),
            places: HashMap::new(),
            rejected: Vec::new(),
            last_type: None,
        }
    }

    /// The block that the table is in.
    pub(crate) fn range(&self) -> CellRange {
        self.range
    }

    /// Takes the cells of one row of the range, the range's first column first; `row` counts from 0 at the sheet's
    /// top. Empty rows may be left out. Breaks once the table has ended: what follows are other blocks.
    pub(crate) fn push(&mut self, row: u32, cells: &[Cell<'_>]) -> ControlFlow<()> {
        if cells.iter().all(Cell::is_empty) {
            return ControlFlow::Continue(());
        }
        let Some(header) = self.header.take() else { return self.push_header(row, cells) };
        let flow = self.push_row(&header, row, cells);
        self.header = Some(header);
        self.last_row = row;
        flow
    }

    /// The header is the first row that reads like one. Numbers above it mean that there is none: a header further
    /// down belongs to another block.
    fn push_header(&mut self, row: u32, cells: &[Cell<'_>]) -> ControlFlow<()> {
        self.last_row = row;
        self.header = Header::recognise(cells);
        if let Some(header) = self.header.take() {
            self.report_duplicates(&header, row);
            self.header = Some(header);
            return ControlFlow::Continue(());
        }
        self.first_row.get_or_insert_with(|| listed(cells));
        if cells.iter().any(|cell| matches!(cell, Cell::Number(_))) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn report_duplicates(&mut self, header: &Header, row: u32) {
        for &(read, other) in header.duplicates() {
            let reason = format!(
                "a second column with this header; {} is read",
                address::column(self.range.first_column, read)
            );
            self.reject_text(header, row, other, header.name(other).to_string(), reason);
        }
    }

    fn push_row(&mut self, header: &Header, row: u32, cells: &[Cell<'_>]) -> ControlFlow<()> {
        let Some((type_column, symbol_column)) = header.key_columns(cells.first()) else {
            return ControlFlow::Break(());
        };
        let typed = type_column.map(|column| &cells[column]);
        if typed.is_some_and(|cell| !may_be_type(cell)) {
            return ControlFlow::Continue(());
        }
        if let Cell::Text(text) = &cells[symbol_column]
            && is_symbol_header(text)
        {
            return ControlFlow::Break(());
        }
        if typed.is_none() && self.is_another_block(header, row, cells, symbol_column) {
            return ControlFlow::Break(());
        }
        self.push_quote(header, row, cells, (type_column, symbol_column));
        ControlFlow::Continue(())
    }

    /// In a sheet without types, a row after a gap that has a caption but neither a price nor a cell that waits for
    /// one begins another block. Its columns mean something else, so nothing of it may be read.
    fn is_another_block(&self, header: &Header, row: u32, cells: &[Cell<'_>], symbol: usize) -> bool {
        let after_gap = !self.rows.is_empty() && row > self.last_row + 1;
        let mut prices =
            header.values().filter(|(field, _)| field.is_price()).map(|(_, column)| &cells[column]);
        after_gap
            && !cells[symbol].is_empty()
            && prices.all(|cell| cell.is_empty() || (!cell.is_absent() && cell.price().is_err()))
    }

    fn push_quote(&mut self, header: &Header, row: u32, cells: &[Cell<'_>], keys: KeyColumns) {
        let (type_column, symbol_column) = keys;
        let symbol = match symbol_of(&cells[symbol_column]) {
            Ok(Some(symbol)) => symbol,
            Ok(None) => return,
            Err(reason) => return self.reject(header, row, symbol_column, &cells[symbol_column], reason),
        };
        let mut quote = Quote::absent(symbol);
        if let Some(column) = type_column {
            quote.instrument_type = self.type_of(&cells[column]);
            if quote.instrument_type.is_none() && !cells[column].is_absent() {
                self.reject(header, row, column, &cells[column], "an Excel error");
            }
        }
        for (field, column) in header.values() {
            if let Err(reason) = fill(&mut quote, field, &cells[column]) {
                self.reject(header, row, column, &cells[column], reason);
            }
        }
        self.keep(header, row, symbol_column, quote);
    }

    /// Each symbol once: the last row wins, but a row without prices never over one with them.
    fn keep(&mut self, header: &Header, row: u32, column: usize, quote: Quote) {
        let new = Row { number: row, loaded: quote.is_loaded(), quote: Arc::new(quote) };
        let symbol = new.quote.symbol.clone();
        let Some(&place) = self.places.get(&symbol) else {
            self.places.insert(symbol, self.rows.len());
            return self.rows.push(new);
        };
        let old = &self.rows[place];
        let wins = new.loaded || !old.loaded;
        let winner = if wins { row } else { old.number };
        let reason =
            format!("the symbol stands in rows {} and {}; row {} wins", old.number + 1, row + 1, winner + 1);
        if wins {
            self.rows[place] = new;
        }
        self.reject_text(header, row, column, symbol.to_string(), reason);
    }

    /// Most rows have the type of the row above: it is shared.
    fn type_of(&mut self, cell: &Cell<'_>) -> Option<Arc<str>> {
        let Cell::Text(text) = cell else { return None };
        if self.last_type.as_deref() != Some(text) {
            self.last_type = Some(Arc::from(&**text));
        }
        self.last_type.clone()
    }

    fn reject(&mut self, header: &Header, row: u32, column: usize, cell: &Cell<'_>, reason: &str) {
        self.reject_text(header, row, column, cell.shown(), reason.to_string());
    }

    fn reject_text(&mut self, header: &Header, row: u32, column: usize, value: String, reason: String) {
        let cell = format!("{}{}", address::column(self.range.first_column, column), row + 1);
        let column = match header.name(column) {
            "" => address::column(self.range.first_column, column),
            name => name.to_string(),
        };
        self.rejected.push(RejectedCell { row: row + 1, column, cell, value, reason });
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

/// Whether a cell makes its row a quote row: a type, or a formula for one that failed.
fn may_be_type(cell: &Cell<'_>) -> bool {
    match cell {
        Cell::Text(text) => !text.is_empty(),
        Cell::Error(_) => true,
        _ => false,
    }
}

/// The symbol in a cell; `None` if there is none (yet).
fn symbol_of(cell: &Cell<'_>) -> Result<Option<Symbol>, &'static str> {
    const NO_SYMBOL: &str = "no symbol: empty, too long, or with control characters";
    match cell {
        _ if cell.is_absent() => Ok(None),
        Cell::Text(text) => Symbol::new(text).map(Some).map_err(|_| NO_SYMBOL),
        // Tokyo's and Hong Kong's symbols are numbers.
        Cell::Number(number) if number.fract() == 0.0 && *number > 0.0 => match Price::from_f64(*number) {
            Ok(digits) => Symbol::new(&digits.to_string()).map(Some).map_err(|_| NO_SYMBOL),
            Err(_) => Err(NO_SYMBOL),
        },
        _ => Err("no symbol: text is needed"),
    }
}

/// Puts a cell into its field; an unreadable one leaves it absent. A price of exactly 0 is absent, a net change or a
/// size of 0 is a value (domain.md section 3).
fn fill(quote: &mut Quote, field: Field, cell: &Cell<'_>) -> Result<(), &'static str> {
    let place = match field {
        Field::Last => &mut quote.last,
        Field::Bid => &mut quote.bid,
        Field::Ask => &mut quote.ask,
        Field::Open => &mut quote.open,
        Field::High => &mut quote.high,
        Field::Low => &mut quote.low,
        Field::Close => &mut quote.close,
        Field::High52 => &mut quote.high_52w,
        Field::Low52 => &mut quote.low_52w,
        Field::Change => &mut quote.change,
        Field::Weight => &mut quote.weight,
        Field::Volume => return cell.size().map(|size| quote.volume = size),
        Field::BidSize => return cell.size().map(|size| quote.bid_size = size),
        Field::AskSize => return cell.size().map(|size| quote.ask_size = size),
        Field::Signal => return cell.signal().map(|signal| quote.signal = signal),
        Field::Type | Field::Symbol => return Ok(()),
    };
    *place = cell.price()?.filter(|price| !(field.is_price() && price.is_zero()));
    Ok(())
}

fn listed(cells: &[Cell<'_>]) -> String {
    let shown: Vec<String> = cells.iter().filter(|cell| !cell.is_empty()).map(Cell::shown).collect();
    shorten(&shown.join(", "))
}
