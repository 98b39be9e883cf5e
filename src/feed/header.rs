//! The header row: which column holds which field.

use super::cell::Cell;

/// A field that a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Type,
    Symbol,
    Last,
    Bid,
    Ask,
    Open,
    High,
    Low,
    Close,
    Change,
    High52,
    Low52,
    Volume,
    BidSize,
    AskSize,
    Weight,
    Signal,
}

/// The headers of each field, folded, the preferred first (domain.md section 3).
const ALIASES: [(Field, &[&str]); 17] = [
    (Field::Type, &["type", "assettype", "category", "class"]),
    (Field::Symbol, &["symbol", "ticker", "tickersymbol", "contract", "underlying", "root"]),
    (Field::Last, &["last"]),
    (Field::Bid, &["bid"]),
    (Field::Ask, &["ask"]),
    (Field::Open, &["open"]),
    (Field::High, &["24high", "worldhigh", "high"]),
    (Field::Low, &["24low", "worldlow", "low"]),
    (Field::Close, &["close"]),
    (Field::Change, &["netchange"]),
    (Field::High52, &["52wkhigh", "52weekhigh", "52high"]),
    (Field::Low52, &["52wklow", "52weeklow", "52low"]),
    (Field::Volume, &["volume"]),
    (Field::BidSize, &["bidsize"]),
    (Field::AskSize, &["asksize"]),
    (Field::Weight, &["weight", "wgt"]),
    (Field::Signal, &["signal", "hbs"]),
];

/// What a first column says when it holds the type of each row (domain.md section 3).
const TYPES: [&str; 7] = ["futures", "index", "stock", "equity", "forex", "crypto", "bond"];

/// The columns of a sheet, counted from the range's first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    names: Vec<String>,
    columns: Vec<(Field, usize)>,
    duplicates: Vec<(usize, usize)>,
}

impl Header {
    /// The header that `cells` are, if they are one: they name the symbol, or at least two fields.
    pub(crate) fn recognise(cells: &[Cell<'_>]) -> Option<Header> {
        let names: Vec<String> = cells.iter().map(header_text).collect();
        let folded: Vec<String> = cells.iter().map(|cell| fold(text_of(cell))).collect();
        let mut header = Header { names, columns: Vec::new(), duplicates: Vec::new() };
        for (field, aliases) in ALIASES {
            header.find(field, aliases, &folded);
        }
        (header.column(Field::Symbol).is_some() || header.columns.len() >= 2).then_some(header)
    }

    fn find(&mut self, field: Field, aliases: &[&str], folded: &[String]) {
        for alias in aliases {
            let mut places =
                folded.iter().enumerate().filter(|(_, name)| name == alias).map(|(place, _)| place);
            if let Some(first) = places.next() {
                self.columns.push((field, first));
                self.duplicates.extend(places.map(|other| (first, other)));
                return;
            }
        }
    }

    /// The column of `field`.
    pub(crate) fn column(&self, field: Field) -> Option<usize> {
        self.columns.iter().find(|(other, _)| *other == field).map(|(_, column)| *column)
    }

    /// Every column that is read, except type and symbol.
    pub(crate) fn values(&self) -> impl Iterator<Item = (Field, usize)> {
        self.columns.iter().copied().filter(|(field, _)| !matches!(field, Field::Type | Field::Symbol))
    }

    /// The type column and the symbol column of a row whose first cell is `first`. Without a symbol header the symbol
    /// stands in the second column where the first holds a type, else in the first; `None` if a header names that
    /// column for something else.
    pub(crate) fn key_columns(&self, first: Option<&Cell<'_>>) -> Option<(Option<usize>, usize)> {
        let typed = self.column(Field::Type);
        if let Some(symbol) = self.column(Field::Symbol) {
            return Some((typed, symbol));
        }
        let typed = typed.or_else(|| first.is_some_and(is_type).then_some(0));
        let symbol = if typed == Some(0) { 1 } else { 0 };
        let taken = symbol >= self.names.len() || self.columns.iter().any(|(_, column)| *column == symbol);
        (!taken).then_some((typed, symbol))
    }

    /// Whether some price column other than the net change is there.
    pub(crate) fn has_price(&self) -> bool {
        self.values().any(|(field, _)| field.is_price())
    }

    /// Pairs of columns with the same header: the one that is read, and the one that is not.
    pub(crate) fn duplicates(&self) -> &[(usize, usize)] {
        &self.duplicates
    }

    /// The header of a column as the sheet writes it.
    pub(crate) fn name(&self, column: usize) -> &str {
        self.names.get(column).map_or("", String::as_str)
    }

    /// The headers that there are, for an error's text.
    pub(crate) fn found(&self) -> String {
        let named: Vec<&str> =
            self.names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        named.join(", ")
    }
}

impl Field {
    /// Whether it is a price whose presence means that RTD has delivered: all but the net change. Zero is absent in it.
    pub(crate) fn is_price(self) -> bool {
        matches!(
            self,
            Field::Last
                | Field::Bid
                | Field::Ask
                | Field::Open
                | Field::High
                | Field::Low
                | Field::Close
                | Field::High52
                | Field::Low52
        )
    }
}

/// Whether `text` is a header of the symbol column: a table that begins anew.
pub(crate) fn is_symbol_header(text: &str) -> bool {
    let folded = fold(text);
    ALIASES.iter().any(|(field, aliases)| *field == Field::Symbol && aliases.contains(&folded.as_str()))
}

fn is_type(cell: &Cell<'_>) -> bool {
    matches!(cell, Cell::Text(text) if TYPES.iter().any(|name| text.eq_ignore_ascii_case(name)))
}

fn text_of<'c>(cell: &'c Cell<'_>) -> &'c str {
    match cell {
        Cell::Text(text) => text,
        _ => "",
    }
}

/// A header on one line, as a report shows it.
fn header_text(cell: &Cell<'_>) -> String {
    let words: Vec<&str> = text_of(cell).split_whitespace().collect();
    super::cell::shorten(&words.join(" "))
}

/// Case and white space, inner too, do not matter.
fn fold(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}
