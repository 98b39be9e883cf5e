//! The shared strings: indexed where they stand, read only where a cell asks for one.

use super::xml::{self, Cursor, Tag};
use super::{Doubt, Inflater, zip::Directory};
use crate::feed::package::PartSum;
use crate::feed::xlsx::{self, Verified};
use calamine::Data;
use std::borrow::Cow;
use std::fmt::Write;

/// The shared strings of the workbook that was read last.
#[derive(Default)]
pub(super) struct Strings {
    sum: Option<PartSum>,
    text: String,
    places: Vec<Place>,
    odd: Vec<String>,
}

/// Bounds of the index, whose entries can be larger than the strings: more than any workbook that is read in time.
const MOST_STRINGS: usize = 4 * 1024 * 1024;
const MOST_ODD: u32 = 64 * 1024;

/// Where a string stands.
#[derive(Clone, Copy)]
enum Place {
    /// From here to there in the part, as it stands.
    Plain(u32, u32),
    /// The same, with references to be resolved.
    Escaped(u32, u32),
    /// Among those that calamine has read.
    Odd(u32),
}

impl Strings {
    /// Takes over the strings in `part`, or none. Says whether they are others than before.
    pub(super) fn update(
        &mut self,
        file: &[u8],
        directory: &Directory<'_>,
        part: Option<&str>,
        inflater: &mut Inflater,
    ) -> Result<bool, Doubt> {
        match (&self.sum, part) {
            (None, None) => return Ok(false),
            (Some(sum), Some(part)) if sum.name == part && directory.confirms(sum) => return Ok(false),
            _ => {}
        }
        let mut content = std::mem::take(self).text.into_bytes();
        if let Some(part) = part {
            let sum = inflater.unpack(file, directory, part, &mut content)?;
            self.text = String::from_utf8(content).map_err(|_| Doubt("strings that are not UTF-8"))?;
            let odd = self.index()?;
            self.odd = read_odd(&odd)?;
            self.sum = Some(sum);
        }
        Ok(true)
    }

    pub(super) fn get(&self, index: usize) -> Result<Cow<'_, str>, Doubt> {
        const ODD: Doubt = Doubt("no such shared string");
        let written = |from: u32, to: u32| self.text.get(from as usize..to as usize).ok_or(ODD);
        Ok(match *self.places.get(index).ok_or(ODD)? {
            Place::Plain(from, to) => Cow::Borrowed(written(from, to)?),
            Place::Escaped(from, to) => {
                let mut plain = String::new();
                xml::resolve(written(from, to)?, &mut plain)?;
                Cow::Owned(plain)
            }
            Place::Odd(place) => Cow::Borrowed(self.odd.get(place as usize).ok_or(ODD)?),
        })
    }

    /// Finds every string; returns those that are more than a text, as they are written.
    fn index(&mut self) -> Result<String, Doubt> {
        let (mut places, mut odd, mut odd_count) = (std::mem::take(&mut self.places), String::new(), 0);
        let mut cursor = Cursor::new(&self.text, 0);
        xml::skip_declaration(&mut cursor)?;
        cursor.expect(b"<sst")?;
        let mut more = cursor.attributes(|_, _| {})? == Tag::Open;
        while more {
            if places.len() > MOST_STRINGS || odd_count > MOST_ODD {
                return Err(Doubt("too many strings"));
            }
            let start = cursor.at();
            let mut ahead = cursor;
            if let Some(place) = plain(&mut ahead)? {
                places.push(place);
                cursor = ahead;
            } else if cursor.eat(b"</sst>") {
                more = false;
            } else {
                skip_string(&mut cursor)?;
                odd.push_str(self.text.get(start..cursor.at()).ok_or(Doubt("cut characters"))?);
                places.push(Place::Odd(odd_count));
                odd_count += 1;
            }
        }
        self.places = places;
        Ok(odd)
    }
}

/// The string that comes, if it is a text alone; else the cursor stands somewhere in it.
fn plain(cursor: &mut Cursor<'_>) -> Result<Option<Place>, Doubt> {
    if !cursor.eat(b"<si><t>") && !cursor.eat(b"<si><t xml:space=\"preserve\">") {
        return Ok(None);
    }
    let from = cursor.at();
    let text = cursor.text()?;
    let (Ok(from), Ok(to)) = (u32::try_from(from), u32::try_from(cursor.at())) else { return Ok(None) };
    if !cursor.eat(b"</t></si>") || is_odd(text) {
        return Ok(None);
    }
    Ok(Some(if text.contains('&') { Place::Escaped(from, to) } else { Place::Plain(from, to) }))
}

/// Whether a text needs more than the five references: line ends and other control characters, numeric references,
/// Excel's own escapes (`_x000D_`).
pub(super) fn is_odd(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ') || text.contains("_x") || !xml::is_plain(text)
}

/// Goes past a whole `<si>`, whatever is in it, but for comments and the like.
fn skip_string(cursor: &mut Cursor<'_>) -> Result<(), Doubt> {
    cursor.expect(b"<si")?;
    if cursor.attributes(|_, _| {})? == Tag::Empty {
        return Ok(());
    }
    loop {
        cursor.text()?;
        if cursor.eat(b"</si>") {
            return Ok(());
        }
        if cursor.eat(b"</") {
            cursor.name()?;
            cursor.expect(b">")?;
        } else {
            cursor.skip(1);
            if cursor.name()? == "si" {
                return Err(Doubt("a string within a string"));
            }
            cursor.attributes(|_, _| {})?;
        }
    }
}

/// What calamine reads in these strings.
fn read_odd(odd: &str) -> Result<Vec<String>, Doubt> {
    const REFUSED: Doubt = Doubt("a string that is not understood");
    if odd.is_empty() {
        return Ok(Vec::new());
    }
    let strings = Some(format!("<sst>{odd}</sst>"));
    let mut sheet = String::from("<worksheet><sheetData><row r=\"1\">");
    for index in 0..odd.matches("<si").count() {
        write!(sheet, "<c t=\"s\"><v>{index}</v></c>").map_err(|_| REFUSED)?;
    }
    sheet.push_str("</row></sheetData></worksheet>");
    let cells = xlsx::cells_of(&sheet, &Verified { strings, styles: None }).ok_or(REFUSED)?;
    let text = |cell| if let Data::String(text) = cell { Ok(text) } else { Err(REFUSED) };
    cells.into_iter().map(text).collect()
}
