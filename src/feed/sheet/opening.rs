//! What stands before the rows of a sheet.

use super::Doubt;
use super::xml::{self, Cursor, Tag, local};

/// Goes past everything up to the rows. Says whether there are any: `<sheetData/>` has none.
pub(super) fn skip_opening(cursor: &mut Cursor<'_>) -> Result<bool, Doubt> {
    xml::skip_declaration(cursor)?;
    let mut open = Vec::new();
    loop {
        if cursor.eat(b"</") {
            let name = cursor.name()?;
            cursor.expect(b">")?;
            if open.pop() != Some(name) || open.is_empty() {
                return Err(Doubt("an end tag in an unusual place"));
            }
        } else {
            cursor.expect(b"<")?;
            let name = cursor.name()?;
            let mut dimension = None;
            let tag = cursor.attributes(|name, value| {
                if name == "ref" {
                    dimension = Some(value);
                }
            })?;
            match (local(name), &open[..]) {
                ("sheetData", ["worksheet"]) if name == "sheetData" => return Ok(tag == Tag::Open),
                ("dimension", _) if !dimension.is_some_and(is_dimension) => {
                    return Err(Doubt("an unusual dimension"));
                }
                ("sheetData" | "row" | "c", _) => return Err(Doubt("an element in an unusual place")),
                (_, []) if name != "worksheet" || tag == Tag::Empty => {
                    return Err(Doubt("not a worksheet"));
                }
                _ => {}
            }
            if tag == Tag::Open {
                open.push(name);
            }
        }
        if !xml::is_plain(cursor.text()?) {
            return Err(Doubt("an unusual reference"));
        }
    }
}

/// A cell, or two with a colon, the first above and left of the second.
fn is_dimension(text: &str) -> bool {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    match (corner(first), corner(last)) {
        (Some((column, row)), Some((last_column, last_row))) => column <= last_column && row <= last_row,
        _ => false,
    }
}

/// Column and row of an address, both from 1; columns only for comparing.
fn corner(text: &str) -> Option<(u32, u32)> {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let (letters, digits) = text.split_at(letters);
    let plain = (1..=3).contains(&letters.len())
        && (1..=7).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let column = letters.bytes().fold(0, |column, letter| column * 26 + u32::from(letter - b'A') + 1);
    digits.parse().ok().filter(|row| plain && *row > 0).map(|row| (column, row))
}
