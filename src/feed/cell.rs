//! One cell of the sheet, with what it means as a price, a size or a signal.

use super::number::Number;
use super::thirty_seconds;
use crate::value::{Price, PriceError, Signal};
use calamine::{CellErrorType, Data, DataRef};
use rust_decimal::prelude::ToPrimitive;
use std::borrow::Cow;
use std::fmt;

/// How many characters of a cell are shown in a report.
const SHOWN_CHARACTERS: usize = 64;

/// A cell's content. Texts are trimmed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Empty,
    Number(Number),
    Text(Cow<'a, str>),
    Bool(bool),
    Date(String),
    /// An Excel error as Excel writes it, `#N/A` too.
    Error(Cow<'a, str>),
}

/// Why a cell was rejected.
pub(crate) type Reason = &'static str;

impl<'a> From<&DataRef<'a>> for Cell<'a> {
    fn from(value: &DataRef<'a>) -> Cell<'a> {
        match value {
            DataRef::Empty => Cell::Empty,
            DataRef::Float(number) => Cell::Number(Number::Double(*number)),
            // Beyond 2^53 the cast rounds; such a number is refused for its digits either way.
            #[allow(clippy::cast_precision_loss)]
            DataRef::Int(number) => Cell::Number(Number::Double(*number as f64)),
            DataRef::String(text) => Cell::text(Cow::Owned(text.clone())),
            DataRef::SharedString(text) => Cell::text(Cow::Borrowed(text)),
            DataRef::Bool(value) => Cell::Bool(*value),
            DataRef::DateTime(date) => Cell::Date(date.to_string()),
            DataRef::DateTimeIso(date) | DataRef::DurationIso(date) => Cell::Date(date.clone()),
            DataRef::Error(error) => Cell::Error(error_text(error)),
        }
    }
}

impl<'a> From<&'a Data> for Cell<'a> {
    fn from(value: &'a Data) -> Cell<'a> {
        match value {
            Data::Empty => Cell::Empty,
            Data::Float(number) => Cell::Number(Number::Double(*number)),
            #[allow(clippy::cast_precision_loss)] // as above
            Data::Int(number) => Cell::Number(Number::Double(*number as f64)),
            Data::String(text) => Cell::text(Cow::Borrowed(text)),
            Data::Bool(value) => Cell::Bool(*value),
            Data::DateTime(date) => Cell::Date(date.to_string()),
            Data::DateTimeIso(date) | Data::DurationIso(date) => Cell::Date(date.clone()),
            Data::Error(error) => Cell::Error(error_text(error)),
        }
    }
}

impl<'a> Cell<'a> {
    pub(crate) fn text(text: Cow<'a, str>) -> Cell<'a> {
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
            Cow::Owned(text) => Cow::Owned(text.trim().to_string()),
        };
        if is_error(&text) { Cell::Error(text) } else { Cell::Text(text) }
    }

    /// Whether the cell holds nothing at all. A formula that yields an empty text is not nothing.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Cell::Empty)
    }

    /// Whether the cell says that there is no value (yet): empty, `N/A`, `#N/A`, `loading`.
    pub(crate) fn is_absent(&self) -> bool {
        match self {
            Cell::Empty => true,
            Cell::Text(text) => is_absent(text),
            Cell::Error(error) => error == "#N/A",
            _ => false,
        }
    }

    /// The price in the cell, zero included; `None` if absent.
    pub(crate) fn price(&self) -> Result<Option<Price>, Reason> {
        match self {
            _ if self.is_absent() => Ok(None),
            Cell::Number(number) => number.price().map(Some).map_err(reason),
            Cell::Text(text) => price_of_text(text).map(Some),
            _ => Err(self.not_a("price")),
        }
    }

    /// The size in the cell, a whole number of contracts, zero included; `None` if absent.
    pub(crate) fn size(&self) -> Result<Option<i64>, Reason> {
        let price = match self {
            _ if self.is_absent() => return Ok(None),
            Cell::Number(number) => number.price().map_err(reason)?,
            Cell::Text(text) => text.parse::<Price>().map_err(|_| "text in a size cell")?,
            _ => return Err(self.not_a("size")),
        };
        let size = price.decimal();
        if size.is_sign_negative() && !size.is_zero() {
            Err("a negative size")
        } else if !size.fract().is_zero() {
            Err("a size that is no whole number")
        } else {
            size.to_i64().map(Some).ok_or("a size out of range")
        }
    }

    /// The signal in the cell; `None` if absent.
    pub(crate) fn signal(&self) -> Result<Option<Signal>, Reason> {
        match self {
            _ if self.is_absent() => Ok(None),
            Cell::Text(text) => {
                text.parse().map(Some).map_err(|_| "not one of STRONG_BUY, BUY, HOLD, SELL, STRONG_SELL")
            }
            _ => Err(self.not_a("signal")),
        }
    }

    fn not_a(&self, wanted: &str) -> Reason {
        match (self, wanted) {
            (Cell::Error(_), _) => "an Excel error",
            (Cell::Bool(_), "price") => "a truth value in a price cell",
            (Cell::Bool(_), _) => "a truth value",
            (Cell::Date(_), "price") => "a date in a price cell",
            (Cell::Date(_), _) => "a date",
            _ => "a number in a signal cell",
        }
    }

    /// The content as a report shows it: at most 64 characters, control characters escaped.
    pub(crate) fn shown(&self) -> String {
        shorten(&self.to_string())
    }
}

/// Control characters, and those that reorder what is shown or end a line of it.
fn acts_on_a_terminal(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// At most 64 characters of `text`, those escaped that would act on a terminal.
pub(crate) fn shorten(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(SHOWN_CHARACTERS));
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN_CHARACTERS - 1 && text.chars().nth(SHOWN_CHARACTERS).is_some() {
            shown.push('…');
            break;
        }
        if acts_on_a_terminal(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Empty => Ok(()),
            Cell::Number(number) => fmt::Display::fmt(number, f),
            Cell::Text(text) | Cell::Error(text) => f.write_str(text),
            Cell::Bool(value) => f.write_str(if *value { "TRUE" } else { "FALSE" }),
            Cell::Date(date) => f.write_str(date),
        }
    }
}

/// Plain decimals first: `-37.63` is a price, `-0'02` and `111-16` are 32nds.
fn price_of_text(text: &str) -> Result<Price, Reason> {
    match text.parse::<Price>() {
        Err(PriceError::NotANumber) => match thirty_seconds::parse(text) {
            Some(result) => result,
            None => Err(describe_text(text)),
        },
        result => result.map_err(reason),
    }
}

fn describe_text(text: &str) -> Reason {
    let digits_and = |other: char| {
        text.contains(other) && text.chars().all(|c| c.is_ascii_digit() || c == other || "+-. ".contains(c))
    };
    if digits_and('%') {
        "a percent sign in a price cell"
    } else if digits_and(',') {
        "thousands commas in a price cell"
    } else {
        "text in a price cell"
    }
}

fn reason(error: PriceError) -> Reason {
    match error {
        PriceError::NotFinite => "not a finite number",
        PriceError::TooPrecise => "more than 15 significant digits or out of range",
        _ => "not a decimal number",
    }
}

/// What thinkorswim and Excel write where there is no value.
fn is_absent(text: &str) -> bool {
    text.is_empty()
        || text.eq_ignore_ascii_case("N/A")
        || text.trim_end_matches(['.', '…']).eq_ignore_ascii_case("loading")
}

/// Excel's errors: `#` and capitals, digits, `/`, `_`, ending in `!`, `?` or `A` (`#N/A`) or in none (`#GETTING_DATA`).
fn is_error(text: &str) -> bool {
    text.len() > 1
        && text.starts_with('#')
        && text[1..].bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"/_!?".contains(&b))
}

fn error_text(error: &CellErrorType) -> Cow<'static, str> {
    match error {
        CellErrorType::GettingData => Cow::Borrowed("#GETTING_DATA"),
        other => Cow::Owned(other.to_string()),
    }
}
