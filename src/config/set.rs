//! `--set KEY=VALUE`: one key of the config, typed on the command line.

use super::raw::{self, Entry, Node};

/// The nested table that the text of a `--set` means, and its key as typed.
///
/// # Errors
/// The key as far as it could be read, and what is wrong. The value is never in it: it may be a secret.
pub(super) fn parse(text: &str) -> Result<(String, Vec<Entry>), (String, String)> {
    let Some(at) = split_at(text) else {
        return Err((String::new(), "no `=`; write --set KEY=VALUE".into()));
    };
    let (key, value) = (text[..at].trim(), text[at + 1..].trim());
    let segments = segments(key).ok_or_else(|| {
        let message = format!("{} is not a dotted key such as workbook.interval", key.escape_debug());
        (String::new(), message)
    })?;
    Ok((key.to_string(), raw::nested(&segments, node(value))))
}

/// The first `=` outside quotes.
fn split_at(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '=') => return Some(at),
            _ => {}
        }
    }
    None
}

/// The parts of a TOML dotted key: TOML itself reads it, before a value of our own.
fn segments(key: &str) -> Option<Vec<String>> {
    if key.contains('\n') || key.is_empty() {
        return None;
    }
    let (mut entries, errors) = raw::parse(&format!("{key} = true"));
    let mut segments = Vec::new();
    while let (1, true) = (entries.len(), errors.is_empty()) {
        let entry = entries.pop()?;
        segments.push(entry.key);
        match entry.node {
            Node::Table(below) => entries = below,
            Node::Bool(true) => return Some(segments),
            _ => return None,
        }
    }
    None
}

/// A TOML string, array or table; everything else stays a bare text that the key reads as it needs.
fn node(value: &str) -> Node {
    match raw::parse_value(value) {
        Some(node @ (Node::Text(_) | Node::Array(_) | Node::Table(_))) => node,
        _ => Node::Bare(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(entries: &[Entry]) -> String {
        match &entries[0].node {
            Node::Table(below) => format!("{}/{}", entries[0].key, flat(below)),
            node => format!("{} {node:?}", entries[0].key),
        }
    }

    #[test]
    fn splits_at_the_first_equals_sign_outside_quotes() {
        for (typed, meant) in [
            ("workbook.interval=3s", r#"workbook/interval Bare("3s")"#),
            ("workbook.interval = \"3s\"", r#"workbook/interval Text("3s")"#),
            ("workbook.path=/a=b", r#"workbook/path Bare("/a=b")"#),
            ("workbook.path=", r#"workbook/path Bare("")"#),
            ("home='x'", r#"home Text("x")"#),
            ("bus.stream=true", r#"bus/stream Bare("true")"#),
            ("capture.min_quotes=0.10", r#"capture/min_quotes Bare("0.10")"#),
            (r#"instruments."A=B".aliases=["X"]"#, r#"instruments/A=B/aliases Array([Text("X")])"#),
            (r#"instruments.'A.B'.aliases=X"#, r#"instruments/A.B/aliases Bare("X")"#),
            (r#"instruments."A\"=B".tick=1"#, r#"instruments/A"=B/tick Bare("1")"#),
            ("workbook.sheet=[broken", r#"workbook/sheet Bare("[broken")"#),
        ] {
            let (_, entries) = parse(typed).unwrap();
            assert_eq!(flat(&entries), meant, "{typed}");
        }
    }

    #[test]
    fn refuses_what_has_no_key_or_no_value_and_never_repeats_the_value() {
        for typed in ["", "bus.url", "=s3cret", "a b=s3cret", "a..b=s3cret", "\"a=s3cret", "[a]=s3cret"] {
            let (_, message) = parse(typed).unwrap_err();
            assert!(!message.contains("s3cret"), "{typed:?}: {message}");
        }
    }
}
