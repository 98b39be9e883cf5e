//! The few XML elements of a workbook's own parts that say where its sheets are.

use std::borrow::Cow;

/// One start tag, as written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tag<'a>(&'a str);

/// The start tags in `text` whose name without prefix is `name`.
pub(crate) fn tags<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = Tag<'a>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[rest.find('<')? + 1..];
            if rest.starts_with("!--") {
                rest = &rest[rest.find("-->")?..];
                continue;
            }
            let end = tag_end(rest)?;
            let tag = Tag(&rest[..end]);
            rest = &rest[end..];
            if tag.local_name() == name {
                return Some(tag);
            }
        }
    })
}

impl<'a> Tag<'a> {
    fn local_name(self) -> &'a str {
        let name = self.0.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or("");
        name.rsplit(':').next().unwrap_or(name)
    }

    /// The value of the attribute whose name without prefix is `name`, its entities resolved.
    pub(crate) fn attribute(self, name: &str) -> Option<Cow<'a, str>> {
        let mut rest = self.0;
        loop {
            let (before, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let (value, behind) = after[1..].split_once(quote)?;
            let key = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or("");
            if key.rsplit(':').next() == Some(name) {
                return Some(unescape(value));
            }
            rest = behind;
        }
    }
}

/// Where the tag that begins `text` ends: a `>` outside quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    text.bytes().position(|byte| match quote {
        Some(open) => {
            if byte == open {
                quote = None;
            }
            false
        }
        None if byte == b'"' || byte == b'\'' => {
            quote = Some(byte);
            false
        }
        None => byte == b'>',
    })
}

fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        match after.split_once(';').and_then(|(entity, behind)| Some((character(entity)?, behind))) {
            Some((character, behind)) => {
                plain.push(character);
                rest = behind;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_tags_and_attributes_as_writers_write_them() {
        let text = r#"<?xml version="1.0"?><!-- <sheet name="no"/> --><x:workbook><sheets>
            <x:sheet name="A &amp; B &#x3e; &#39;" r:id="rId1"/><sheet state='hidden' name = 'C>D' id="r2"></sheet>"#;
        let found: Vec<_> = tags(text, "sheet")
            .map(|tag| {
                (tag.attribute("name").unwrap().into_owned(), tag.attribute("id").unwrap().into_owned())
            })
            .collect();
        let expected = [("A & B > '", "rId1"), ("C>D", "r2")].map(|(n, i)| (n.to_string(), i.to_string()));
        assert_eq!(found, expected);
        assert!(tags(text, "sheet").next().unwrap().attribute("absent").is_none());
    }
}
