//! The rows and cells of a sheet as Excel writes them; whatever else stands there is doubted.

use super::Doubt;
use super::formats::Formats;
use super::strings::{Strings, is_odd};
use super::xml::{self, Cursor, Tag};
use crate::config::CellRange;
use crate::feed::cell::Cell;
use crate::feed::number::Number;
use std::borrow::Cow;

/// What the cells of a sheet refer to, and which of them are wanted.
#[derive(Clone, Copy)]
pub(super) struct CellReader<'a> {
    pub(super) strings: &'a Strings,
    pub(super) formats: &'a Formats,
    pub(super) range: CellRange,
}

/// What was found in a row, besides its cells.
pub(super) struct Row {
    /// From 0.
    pub(super) number: u32,
    /// Whether it has cells at all.
    pub(super) has_cells: bool,
    /// Whether some of them stand in the range.
    pub(super) in_range: bool,
}

/// Where a cell stands, and what its attributes say.
#[derive(Default)]
struct Attributes<'a> {
    address: Option<&'a str>,
    style: Option<&'a str>,
    kind: Option<&'a str>,
    odd: bool,
}

const ROWS: u32 = 1_048_576;
const COLUMNS: u32 = 16_384;

impl<'a> CellReader<'a> {
    /// Reads a row, whose `<row` was just read, into `cells`, which are those of the range's columns and empty. A row
    /// that does not say its number is number `next`.
    pub(super) fn row(
        self,
        cursor: &mut Cursor<'a>,
        next: u32,
        cells: &mut [Cell<'a>],
    ) -> Result<Row, Doubt> {
        let mut attributes = Attributes::default();
        let tag = cursor.attributes(|name, value| {
            if name == "r" {
                attributes.address(value);
            }
        })?;
        let number = match attributes.checked()?.address {
            Some(written) => row_number(written).ok_or(Doubt("an unusual row number"))?,
            None => next,
        };
        let mut row = Row { number, has_cells: false, in_range: false };
        if tag == Tag::Empty {
            return Ok(row);
        }
        let mut column = 0;
        while cursor.eat(b"<c") {
            column = self.cell(cursor, &mut row, column, cells)?;
        }
        cursor.expect(b"</row>")?;
        Ok(row)
    }

    /// Reads a cell, which stands in column `next` if it does not say where. Returns the column after it.
    fn cell(
        self,
        cursor: &mut Cursor<'a>,
        row: &mut Row,
        next: u32,
        cells: &mut [Cell<'a>],
    ) -> Result<u32, Doubt> {
        let mut attributes = Attributes::default();
        let tag = cursor.attributes(|name, value| match name {
            "r" => attributes.address(value),
            "s" => attributes.style(value),
            "t" => attributes.kind(value),
            _ => {}
        })?;
        let attributes = attributes.checked()?;
        let column = attributes.column(row.number, next)?;
        let place = self.place(row.number, column, cells.len());
        let value = match tag {
            Tag::Open => self.content(cursor, &attributes, place.is_some())?,
            Tag::Empty => Cell::Empty,
        };
        row.has_cells = true;
        if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
            row.in_range = true;
            *cell = value;
        }
        Ok(column + 1)
    }

    /// Where in the range's row a cell belongs.
    fn place(self, row: u32, column: u32, width: usize) -> Option<usize> {
        let rows = self.range.first_row..=self.range.last_row;
        let place = column.checked_sub(self.range.first_column)? as usize;
        (rows.contains(&row) && place < width).then_some(place)
    }

    /// Reads what stands between `<c>` and `</c>`, both included in turn.
    fn content(
        self,
        cursor: &mut Cursor<'a>,
        attributes: &Attributes<'a>,
        wanted: bool,
    ) -> Result<Cell<'a>, Doubt> {
        if cursor.eat(b"<f") {
            skip_formula(cursor)?;
        }
        let kind = attributes.kind.unwrap_or("n");
        let value = if kind == "inlineStr" {
            inline(cursor)?
        } else if cursor.eat(b"<v>") || cursor.eat(b"<v xml:space=\"preserve\">") {
            let text = cursor.short_text()?;
            cursor.expect(b"</v>")?;
            self.value(text, kind, attributes, wanted)?
        } else if cursor.eat(b"<v/>") {
            self.value("", kind, attributes, wanted)?
        } else {
            Cell::Empty
        };
        cursor.expect(b"</c>")?;
        Ok(value)
    }

    fn value(
        self,
        text: &'a str,
        kind: &str,
        attributes: &Attributes<'_>,
        wanted: bool,
    ) -> Result<Cell<'a>, Doubt> {
        match kind {
            "n" | "s" if text.is_empty() => Ok(Cell::Empty),
            "n" => self.number(text, attributes),
            "s" => {
                let index = whole(text, 9).ok_or(Doubt("an unusual string index"))?;
                // Out of the range it is looked up all the same: an index that leads nowhere is a damaged sheet.
                let text = self.strings.get(index as usize)?;
                Ok(if wanted { Cell::text(text) } else { Cell::Empty })
            }
            "str" => string(text),
            "b" if text == "0" || text == "1" => Ok(Cell::Bool(text == "1")),
            "e" => error(text),
            _ => Err(Doubt("an unusual cell")),
        }
    }

    fn number(self, text: &str, attributes: &Attributes<'_>) -> Result<Cell<'a>, Doubt> {
        let number = Number::parse(text).ok_or(Doubt("an unusual number"))?;
        let style = attributes.style.map_or(Some(0), |style| whole(style, 9));
        let style = style.ok_or(Doubt("an unusual style"))?;
        let dated = attributes.style.is_some() && self.formats.is_date(style as usize);
        Ok(if dated { Cell::Date(number.double().to_string()) } else { Cell::Number(number) })
    }
}

impl<'a> Attributes<'a> {
    fn address(&mut self, value: &'a str) {
        self.odd |= self.address.replace(value).is_some();
    }

    fn style(&mut self, value: &'a str) {
        self.odd |= self.style.replace(value).is_some();
    }

    fn kind(&mut self, value: &'a str) {
        self.odd |= self.kind.replace(value).is_some();
    }

    fn checked(self) -> Result<Attributes<'a>, Doubt> {
        if self.odd { Err(Doubt("an attribute that stands twice")) } else { Ok(self) }
    }

    /// The column of a cell in row `row`, `next` if it does not say.
    fn column(&self, row: u32, next: u32) -> Result<u32, Doubt> {
        const ODD: Doubt = Doubt("an unusual address");
        let Some(address) = self.address else { return Ok(next) };
        let letters = address.bytes().take_while(u8::is_ascii_uppercase).count();
        let (letters, digits) = address.split_at(letters);
        if letters.is_empty() || letters.len() > 3 || row_number(digits) != Some(row) {
            return Err(ODD);
        }
        let column = letters.bytes().fold(0, |column, letter| column * 26 + u32::from(letter - b'A') + 1);
        if column > COLUMNS { Err(ODD) } else { Ok(column - 1) }
    }
}

/// A row's number, from 0, as it is written, from 1.
fn row_number(text: &str) -> Option<u32> {
    whole(text, 7).filter(|number| (1..=ROWS).contains(number)).map(|number| number - 1)
}

/// A number of at most `most` digits.
fn whole(text: &str, most: usize) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.bytes().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

fn skip_formula(cursor: &mut Cursor<'_>) -> Result<(), Doubt> {
    if cursor.attributes(|_, _| {})? == Tag::Open {
        if !xml::is_plain(cursor.text()?) {
            return Err(Doubt("an unusual reference"));
        }
        cursor.expect(b"</f>")?;
    }
    Ok(())
}

/// A text in the cell itself, without formats of its own.
fn inline<'a>(cursor: &mut Cursor<'a>) -> Result<Cell<'a>, Doubt> {
    if !cursor.eat(b"<is><t>") && !cursor.eat(b"<is><t xml:space=\"preserve\">") {
        return Err(Doubt("an unusual text in a cell"));
    }
    let text = string(cursor.text()?)?;
    cursor.expect(b"</t></is>")?;
    Ok(text)
}

fn string(text: &str) -> Result<Cell<'_>, Doubt> {
    if is_odd(text) {
        return Err(Doubt("an unusual text in a cell"));
    }
    if !text.contains('&') {
        return Ok(Cell::text(Cow::Borrowed(text)));
    }
    let mut plain = String::with_capacity(text.len());
    xml::resolve(text, &mut plain)?;
    Ok(Cell::text(Cow::Owned(plain)))
}

/// An Excel error, known to calamine or not.
fn error(text: &str) -> Result<Cell<'_>, Doubt> {
    match string(text)? {
        error @ Cell::Error(_) => Ok(error),
        _ => Err(Doubt("an unusual error")),
    }
}
