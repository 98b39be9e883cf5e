//! A column's value on its way between a row's field and SQL, CSV or JSON.

use super::{HitType, NoEntryReason, Outcome, Percent, Price, Signal};
use jiff::Timestamp;
use std::fmt;

/// One column of a table: its name everywhere (SQL, CSV header, JSON key, field) and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether a row always has it.
    pub required: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A count, a calendar number, a size: a JSON number.
    Integer,
    /// Text.
    Text,
    /// An exact decimal in points: a JSON string.
    Price,
    /// A percentage of four decimals: a JSON string.
    Percent,
    /// An instant: RFC 3339 UTC.
    Instant,
}

/// A value of any kind, or its absence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // one variant a kind
pub enum ColumnValue {
    Absent,
    Integer(i64),
    Text(String),
    Price(Price),
    Percent(Percent),
    Instant(Timestamp),
}

/// Why a value does not fit its column. The column is named by [`ColumnError::column`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct ColumnError {
    /// The column's name.
    pub column: String,
    /// What is wrong, without the name.
    pub problem: String,
}

impl ColumnError {
    pub(super) fn new(column: &str, problem: impl fmt::Display) -> ColumnError {
        ColumnError { column: column.into(), problem: problem.to_string() }
    }
}

impl Column {
    /// The value that `text` means in this column; empty text is absent.
    ///
    /// # Errors
    /// [`ColumnError`] when `text` is not of the column's kind.
    pub fn parse(&self, text: &str) -> Result<ColumnValue, ColumnError> {
        if text.is_empty() {
            return Ok(ColumnValue::Absent);
        }
        self.kind.parse(text).map_err(|problem| ColumnError::new(self.name, format!("{text:?}: {problem}")))
    }
}

impl Kind {
    fn parse(self, text: &str) -> Result<ColumnValue, String> {
        match self {
            Kind::Integer => text.parse().map(ColumnValue::Integer).map_err(|_| "not a whole number".into()),
            Kind::Text => Ok(ColumnValue::Text(text.into())),
            Kind::Price => text.parse().map(ColumnValue::Price).map_err(|error| error.to_string()),
            Kind::Percent => text.parse().map(ColumnValue::Percent).map_err(|error| error.to_string()),
            Kind::Instant => text
                .parse()
                .map(ColumnValue::Instant)
                .map_err(|_| "not an RFC 3339 time such as 2025-11-28T14:30:00Z".into()),
        }
    }
}

/// As in CSV: absent is empty.
impl fmt::Display for ColumnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnValue::Absent => Ok(()),
            ColumnValue::Integer(value) => value.fmt(f),
            ColumnValue::Text(value) => value.fmt(f),
            ColumnValue::Price(value) => value.fmt(f),
            ColumnValue::Percent(value) => value.fmt(f),
            ColumnValue::Instant(value) => value.fmt(f),
        }
    }
}

/// As in JSON: integers are numbers, absent is `null`, the rest is text.
impl serde::Serialize for ColumnValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ColumnValue::Absent => serializer.serialize_none(),
            ColumnValue::Integer(value) => serializer.serialize_i64(*value),
            ColumnValue::Text(value) => serializer.serialize_str(value),
            other => serializer.collect_str(other),
        }
    }
}

/// A field's type: how it becomes a [`ColumnValue`] and back. `Err` is what is wrong with the value.
pub(super) trait Field: Sized {
    const KIND: Kind;
    const REQUIRED: bool = true;

    fn to_value(&self) -> ColumnValue;
    fn from_value(value: ColumnValue) -> Result<Self, String>;
}

impl<T: Field> Field for Option<T> {
    const KIND: Kind = T::KIND;
    const REQUIRED: bool = false;

    fn to_value(&self) -> ColumnValue {
        self.as_ref().map_or(ColumnValue::Absent, T::to_value)
    }

    fn from_value(value: ColumnValue) -> Result<Self, String> {
        if value == ColumnValue::Absent { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

/// Types that are the content of a [`ColumnValue`] variant.
macro_rules! plain_fields {
    ($($type:ty => $kind:ident),+ $(,)?) => {$(
        impl Field for $type {
            const KIND: Kind = Kind::$kind;

            fn to_value(&self) -> ColumnValue {
                ColumnValue::$kind(self.clone())
            }

            fn from_value(value: ColumnValue) -> Result<Self, String> {
                match value {
                    ColumnValue::$kind(value) => Ok(value),
                    ColumnValue::Absent => Err("is required".into()),
                    other => Err(format!("{:?} is not of the kind {}", other, stringify!($kind))),
                }
            }
        }
    )+};
}

plain_fields! {
    i64 => Integer,
    String => Text,
    Price => Price,
    Percent => Percent,
    Timestamp => Instant,
}

/// Types that are a closed set of words.
macro_rules! word_fields {
    ($($type:ty),+) => {$(
        impl Field for $type {
            const KIND: Kind = Kind::Text;

            fn to_value(&self) -> ColumnValue {
                ColumnValue::Text(self.as_str().into())
            }

            fn from_value(value: ColumnValue) -> Result<Self, String> {
                let text = String::from_value(value)?;
                text.parse().map_err(|error| format!("{text:?}: {error}"))
            }
        }
    )+};
}

word_fields!(Signal, Outcome, HitType, NoEntryReason);
