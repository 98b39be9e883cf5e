//! A value as typed: not yet checked against what its key means.

use super::Origin;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value as typed. Numbers keep their source text, so that no decimal passes through a binary float.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A TOML string.
    Text(String),
    /// A TOML integer or float, without underscores.
    Number(String),
    /// A TOML boolean.
    Bool(bool),
    /// A TOML date or time, as text.
    Date(String),
    /// A TOML array.
    Array(Vec<Node>),
    /// A TOML table.
    Table(Vec<Entry>),
    /// A text that was typed without quotes, in a variable or a flag: the key decides how it is read.
    Bare(String),
}

/// A key of a table with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) node: Node,
    /// Where it starts in the source text, in bytes.
    pub(super) at: usize,
}

/// The table that `text` is, and each syntax error with its place in bytes.
pub(super) fn parse(text: &str) -> (Vec<Entry>, Vec<(usize, String)>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let error = |error: &toml::de::Error| {
        (error.span().map_or(0, |span| span.start), error.message().lines().collect::<Vec<_>>().join("; "))
    };
    (entries(table.get_ref()), errors.iter().map(error).collect())
}

/// The value that `text` is, if it is one TOML value.
pub(super) fn parse_value(text: &str) -> Option<Node> {
    DeValue::parse(text).ok().map(|value| node(value.get_ref()))
}

fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let key: &std::borrow::Cow<'_, str> = key.get_ref();
        (key.to_string(), node(value.get_ref()))
    };
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|pair| {
            let at = pair.0.span().start;
            let (key, node) = entry(pair);
            Entry { key, node, at }
        })
        .collect();
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn node(value: &DeValue<'_>) -> Node {
    match value {
        DeValue::String(text) => Node::Text(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Node::Number(number.as_str().to_string()),
        DeValue::Integer(number) => {
            let decimal = i128::from_str_radix(number.as_str(), number.radix());
            Node::Number(decimal.map_or_else(|_| number.to_string(), |decimal| decimal.to_string()))
        }
        DeValue::Float(number) => Node::Number(number.as_str().to_string()),
        DeValue::Boolean(value) => Node::Bool(*value),
        DeValue::Datetime(date) => Node::Date(date.to_string()),
        DeValue::Array(items) => Node::Array(items.iter().map(|item| node(item.get_ref())).collect()),
        DeValue::Table(table) => Node::Table(entries(table)),
    }
}

/// The entries of one source, lowest rank first, with what is needed to read and to blame them.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) entries: Vec<Entry>,
    pub(super) place: Place,
    /// Relative paths are relative to this folder.
    pub(super) folder: std::path::PathBuf,
}

/// How a layer's entries are blamed.
#[derive(Debug)]
pub(super) enum Place {
    /// By the line of the text.
    File(std::path::PathBuf, String),
    /// All by one origin.
    One(Origin),
}

impl Place {
    /// The origin of what starts at this byte.
    pub(super) fn origin(&self, at: usize) -> Origin {
        match self {
            Place::File(path, text) => Origin::File(path.clone(), line(text, at)),
            Place::One(origin) => origin.clone(),
        }
    }
}

/// The line of the byte `at`, from 1.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// A table that holds `node` under the dotted path `segments`.
pub(super) fn nested(segments: &[String], node: Node) -> Vec<Entry> {
    match segments {
        [] => Vec::new(),
        [key] => vec![Entry { key: key.clone(), node, at: 0 }],
        [key, rest @ ..] => {
            vec![Entry { key: key.clone(), node: Node::Table(nested(rest, node)), at: 0 }]
        }
    }
}
