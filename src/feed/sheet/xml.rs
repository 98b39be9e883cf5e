//! A strict reader of the XML that spreadsheet programs write: it knows what it sees, or it doubts.

use super::Doubt;
use memchr::memchr;

/// A place in a text.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// How a start tag ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// `<v>`: content and an end tag follow.
    Open,
    /// `<v/>`
    Empty,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Cursor<'a> {
        Cursor { text, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Goes past `expected` if that is what comes.
    pub(super) fn eat(&mut self, expected: &[u8]) -> bool {
        let comes = self.rest().starts_with(expected);
        if comes {
            self.at += expected.len();
        }
        comes
    }

    /// As [`Cursor::eat`], but nothing else may come.
    pub(super) fn expect(&mut self, expected: &[u8]) -> Result<(), Doubt> {
        if self.eat(expected) { Ok(()) } else { Err(Doubt("an element in an unusual place")) }
    }

    /// Goes to the next `<`, and returns the text before it as written.
    pub(super) fn text(&mut self) -> Result<&'a str, Doubt> {
        let length = memchr(b'<', self.rest()).ok_or(Doubt("no end of an element"))?;
        let text = self.text.get(self.at..self.at + length).ok_or(Doubt("cut characters"))?;
        self.at += length;
        Ok(text)
    }

    /// As [`Cursor::text`], for texts of a few characters.
    pub(super) fn short_text(&mut self) -> Result<&'a str, Doubt> {
        let length =
            self.rest().iter().position(|byte| *byte == b'<').ok_or(Doubt("no end of an element"))?;
        let text = self.text.get(self.at..self.at + length).ok_or(Doubt("cut characters"))?;
        self.at += length;
        Ok(text)
    }

    /// Goes past the attributes and the end of a start tag whose name was just read.
    pub(super) fn attributes(&mut self, mut visit: impl FnMut(&'a str, &'a str)) -> Result<Tag, Doubt> {
        loop {
            let rest = self.rest();
            match rest {
                [b'>', ..] => {
                    self.at += 1;
                    return Ok(Tag::Open);
                }
                [b'/', b'>', ..] => {
                    self.at += 2;
                    return Ok(Tag::Empty);
                }
                [b' ' | b'\t' | b'\r' | b'\n', b'/' | b'>', ..] => self.at += 1,
                [b' ' | b'\t' | b'\r' | b'\n', after @ ..] => {
                    let (name, value, length) = attribute(self.text, self.at + 1, after)?;
                    self.at += 1 + length;
                    visit(name, value);
                }
                _ => return Err(Doubt("an unusual tag")),
            }
        }
    }

    /// The name of the tag that comes, after its `<` or `</`.
    pub(super) fn name(&mut self) -> Result<&'a str, Doubt> {
        let length = self.rest().iter().take_while(|byte| is_name(**byte)).count();
        let name = self.text.get(self.at..self.at + length).filter(|name| !name.is_empty());
        self.at += length;
        name.ok_or(Doubt("an unusual tag"))
    }
}

/// The attribute that begins `bytes` (`at` in `text`), with its length.
fn attribute<'a>(text: &'a str, at: usize, bytes: &[u8]) -> Result<(&'a str, &'a str, usize), Doubt> {
    const ODD: Doubt = Doubt("an unusual attribute");
    let key = bytes.iter().take_while(|byte| is_name(**byte)).count();
    let [b'=', quote @ (b'"' | b'\''), value_and_more @ ..] = &bytes[key..] else { return Err(ODD) };
    let value = value_and_more.iter().position(|byte| byte == quote || *byte == b'<').ok_or(ODD)?;
    if key == 0 || value_and_more[value] != *quote {
        return Err(ODD);
    }
    let from = at + key + 2;
    let name = text.get(at..at + key).ok_or(ODD)?;
    Ok((name, text.get(from..from + value).ok_or(ODD)?, key + value + 3))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.')
}

/// The part of a tag's or attribute's name behind its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Goes past the XML declaration, if there is one; it must say UTF-8 or nothing.
pub(super) fn skip_declaration(cursor: &mut Cursor<'_>) -> Result<(), Doubt> {
    if cursor.eat(b"<?xml") {
        let mut utf8 = true;
        let declaration = memchr(b'>', cursor.rest()).ok_or(Doubt("no end of the declaration"))?;
        let inside =
            cursor.rest()[..declaration].strip_suffix(b"?").ok_or(Doubt("an unusual declaration"))?;
        let tag = format!("{}>", std::str::from_utf8(inside).map_err(|_| Doubt("an unusual declaration"))?);
        Cursor::new(&tag, 0).attributes(|name, value| {
            utf8 &= name != "encoding" || value.eq_ignore_ascii_case("UTF-8");
        })?;
        if !utf8 {
            return Err(Doubt("an encoding other than UTF-8"));
        }
        cursor.skip(declaration + 1);
    }
    while cursor.rest().first().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
        cursor.skip(1);
    }
    Ok(())
}

/// Whether every reference in `text` is to one of the five characters that XML names.
pub(super) fn is_plain(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some(at) = memchr(b'&', rest) {
        let Some((_, length)) = reference(&rest[at..]) else { return false };
        rest = &rest[at + length..];
    }
    true
}

/// `text` with its references resolved, into `plain`.
pub(super) fn resolve(text: &str, plain: &mut String) -> Result<(), Doubt> {
    let mut rest = text;
    while let Some((before, _)) = rest.split_once('&') {
        plain.push_str(before);
        rest = &rest[before.len()..];
        let (character, length) = reference(rest.as_bytes()).ok_or(Doubt("an unusual reference"))?;
        plain.push(character);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    Ok(())
}

/// The reference that begins `bytes`, with its length.
fn reference(bytes: &[u8]) -> Option<(char, usize)> {
    const NAMED: [(&[u8], char); 5] =
        [(b"&amp;", '&'), (b"&lt;", '<'), (b"&gt;", '>'), (b"&quot;", '"'), (b"&apos;", '\'')];
    let (name, character) = NAMED.iter().find(|(name, _)| bytes.starts_with(name))?;
    Some((*character, name.len()))
}
