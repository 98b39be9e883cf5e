//! One row under a header: what it says, whatever the rows around it say.

use super::address;
use super::cell::Cell;
use super::header::{Field, Header, is_symbol_header};
use crate::value::{Price, Quote, RejectedCell, Symbol};
use std::ops::ControlFlow;
use std::sync::Arc;

/// What a row is. It depends on its cells, its number and the header alone, so rows that did not change keep theirs.
#[derive(Debug, Clone)]
pub(crate) enum Meaning {
    /// No cell has content.
    Empty,
    /// Not a row of the table.
    Other,
    /// The header of another table, or a row in which this header makes no sense.
    End,
    /// A row of the table.
    Quote(QuoteRow),
}

/// A row of the table.
#[derive(Debug, Clone)]
pub(crate) struct QuoteRow {
    /// The quote; `None` where there is no symbol (yet).
    pub(crate) quote: Option<Arc<Quote>>,
    /// The column of the symbol.
    pub(crate) column: usize,
    /// In a sheet without types: a caption with neither a price nor a cell that waits for one.
    pub(crate) is_caption: bool,
    /// Cells that could not be read.
    pub(crate) rejected: Vec<RejectedCell>,
}

/// Reads rows under one header.
#[derive(Clone, Copy)]
pub(crate) struct RowReader<'h> {
    header: &'h Header,
    first_column: u32,
}

/// Where a row's symbol and type stand, as columns of the range.
type KeyColumns = (Option<usize>, usize);

impl<'h> RowReader<'h> {
    /// A reader of rows whose first cell stands in `first_column`.
    pub(crate) fn new(header: &'h Header, first_column: u32) -> RowReader<'h> {
        RowReader { header, first_column }
    }

    /// What row `number` says; `like` is a quote that probably has the same symbol and type, whose texts are shared.
    pub(crate) fn read(self, number: u32, cells: &[Cell<'_>], like: Option<&Quote>) -> Meaning {
        if cells.iter().all(Cell::is_empty) {
            return Meaning::Empty;
        }
        let Some(keys) = self.header.key_columns(cells.first()) else { return Meaning::End };
        let (type_column, symbol_column) = keys;
        if type_column.is_some_and(|column| !may_be_type(&cells[column])) {
            return Meaning::Other;
        }
        match &cells[symbol_column] {
            Cell::Text(text) if is_symbol_header(text) => Meaning::End,
            _ => Meaning::Quote(self.quote_row(number, cells, keys, like)),
        }
    }

    fn quote_row(self, number: u32, cells: &[Cell<'_>], keys: KeyColumns, like: Option<&Quote>) -> QuoteRow {
        let (type_column, column) = keys;
        let is_caption = type_column.is_none() && self.is_caption(cells, column);
        let mut row = QuoteRow { quote: None, column, is_caption, rejected: Vec::new() };
        let symbol = match symbol_of(&cells[column], like) {
            Ok(Some(symbol)) => symbol,
            Ok(None) => return row,
            Err(reason) => {
                row.rejected.push(self.rejected(number, column, &cells[column], reason));
                return row;
            }
        };
        let mut quote = Quote::absent(symbol);
        if let Some(column) = type_column {
            quote.instrument_type = type_of(&cells[column], like);
            if quote.instrument_type.is_none() && !cells[column].is_absent() {
                row.rejected.push(self.rejected(number, column, &cells[column], "an Excel error"));
            }
        }
        for (field, column) in self.header.values() {
            if let Err(reason) = fill(&mut quote, field, &cells[column]) {
                row.rejected.push(self.rejected(number, column, &cells[column], reason));
            }
        }
        row.quote = Some(Arc::new(quote));
        row
    }

    fn is_caption(self, cells: &[Cell<'_>], symbol: usize) -> bool {
        let mut prices =
            self.header.values().filter(|(field, _)| field.is_price()).map(|(_, column)| &cells[column]);
        !cells[symbol].is_empty()
            && prices.all(|cell| cell.is_empty() || (!cell.is_absent() && cell.price().is_err()))
    }

    fn rejected(self, number: u32, column: usize, cell: &Cell<'_>, reason: &str) -> RejectedCell {
        self.reject_text(number, column, cell.shown(), reason.to_string())
    }

    /// The report on the cell in `column` of row `number`, which shows `value`.
    pub(crate) fn reject_text(
        self,
        number: u32,
        column: usize,
        value: String,
        reason: String,
    ) -> RejectedCell {
        let letters = address::column(self.first_column, column);
        let cell = format!("{letters}{}", number + 1);
        let column = match self.header.name(column) {
            "" => letters,
            name => name.to_string(),
        };
        RejectedCell { row: number + 1, column, cell, value, reason }
    }

    /// The reports on columns whose header stands twice in the header row `number`.
    pub(crate) fn duplicates(self, number: u32) -> impl Iterator<Item = RejectedCell> + 'h {
        self.header.duplicates().iter().map(move |&(read, other)| {
            let letters = address::column(self.first_column, read);
            let reason = format!("a second column with this header; {letters} is read");
            self.reject_text(number, other, self.header.name(other).to_string(), reason)
        })
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

/// Most rows have the type of the row before: it is shared.
fn type_of(cell: &Cell<'_>, like: Option<&Quote>) -> Option<Arc<str>> {
    let Cell::Text(text) = cell else { return None };
    let shared = like.and_then(|like| like.instrument_type.as_ref()).filter(|shared| ***shared == **text);
    Some(shared.map_or_else(|| Arc::from(&**text), Arc::clone))
}

/// The symbol in a cell; `None` if there is none (yet).
fn symbol_of(cell: &Cell<'_>, like: Option<&Quote>) -> Result<Option<Symbol>, &'static str> {
    const NO_SYMBOL: &str = "no symbol: empty, too long, or with control characters";
    match cell {
        Cell::Text(text) if like.is_some_and(|like| is_written_so(&like.symbol, text)) => {
            Ok(like.map(|like| like.symbol.clone()))
        }
        _ if cell.is_absent() => Ok(None),
        Cell::Text(text) => Symbol::new(text).map(Some).map_err(|_| NO_SYMBOL),
        // Tokyo's and Hong Kong's symbols are numbers.
        Cell::Number(number) if number.is_counting() => match number.price() {
            Ok(digits) => Symbol::new(&digits.to_string()).map(Some).map_err(|_| NO_SYMBOL),
            Err(_) => Err(NO_SYMBOL),
        },
        _ => Err("no symbol: text is needed"),
    }
}

/// Whether `text` is `symbol` as it stands: it is not folded any further then.
fn is_written_so(symbol: &Symbol, text: &str) -> bool {
    symbol.as_str() == text && text.is_ascii() && !text.starts_with('/')
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
    *place = cell.price()?.filter(|price: &Price| !(field.is_price() && price.is_zero()));
    Ok(())
}

/// `Break` once the table has ended: what follows are other blocks.
pub(crate) type Flow = ControlFlow<()>;
