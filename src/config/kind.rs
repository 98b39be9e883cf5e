//! What a key's value may be: how it is read, shown and described.

use super::raw::{self, Node};
use super::{BusUrl, CellRange, FailureLimit, LedgerUrl, PublishMode, RequireRunMain, Rotation, home};
use super::{format_duration, parse_duration, suggest};
use crate::rules::grading::EvaluationWindow;
use serde_json::Value;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a key's value may be.
pub(super) struct Kind<T> {
    /// What to write, for people: `duration from 100ms to 24h`.
    pub(super) what: String,
    /// Reads a value; relative paths are relative to the folder.
    pub(super) read: Read<T>,
    /// The value as JSON, secrets redacted.
    pub(super) show: Show<T>,
}

type Read<T> = Box<dyn Fn(&Node, &Path) -> Result<T, String> + Send + Sync>;
type Show<T> = Box<dyn Fn(&T) -> Value + Send + Sync>;

impl<T: 'static> Kind<T> {
    pub(super) fn new(
        what: impl Into<String>,
        read: impl Fn(&Node, &Path) -> Result<T, String> + Send + Sync + 'static,
        show: impl Fn(&T) -> Value + Send + Sync + 'static,
    ) -> Kind<T> {
        Kind { what: what.into(), read: Box::new(read), show: Box::new(show) }
    }

    /// This, or `off`.
    pub(super) fn or_off(self) -> Kind<Option<T>> {
        self.or_word("off")
    }

    /// This, or a word for none.
    pub(super) fn or_word(self, word: &'static str) -> Kind<Option<T>> {
        let Kind { what, read, show } = self;
        let read = move |node: &Node, folder: &Path| match node {
            Node::Text(text) | Node::Bare(text) if text.trim() == word => Ok(None),
            node => read(node, folder).map(Some),
        };
        let show = move |value: &Option<T>| value.as_ref().map_or_else(|| word.into(), &show);
        Kind::new(format!("{what}, or \"{word}\""), read, show)
    }

    /// This, absent by default.
    pub(super) fn optional(self) -> Kind<Option<T>> {
        let Kind { what, read, show } = self;
        let read = move |node: &Node, folder: &Path| read(node, folder).map(Some);
        let show = move |value: &Option<T>| value.as_ref().map_or(Value::Null, &show);
        Kind::new(what, read, show)
    }
}

/// The words of a text, as typed with or without quotes.
fn text_of(node: &Node) -> Result<&str, String> {
    match node {
        Node::Text(text) | Node::Bare(text) => Ok(text),
        Node::Number(_) => Err("a number; put it in quotes".into()),
        node => Err(format!("a {}, not a text in quotes", name_of(node))),
    }
}

/// What a value is, in TOML's words.
pub(super) fn name_of(node: &Node) -> &'static str {
    match node {
        Node::Text(_) | Node::Bare(_) => "text",
        Node::Number(_) => "number",
        Node::Bool(_) => "boolean",
        Node::Date(_) => "date",
        Node::Array(_) => "list",
        Node::Table(_) => "table",
    }
}

/// A text that is not empty.
pub(super) fn text() -> Kind<String> {
    let read = |node: &Node, _: &Path| match text_of(node)? {
        text if text.trim().is_empty() => Err("empty".into()),
        text if text.chars().any(char::is_control) => Err("holds a control character".into()),
        text => Ok(text.to_string()),
    };
    Kind::new("text", read, |text| text.as_str().into())
}

/// A path; a relative one is relative to the file's folder, or to the current one in flags and variables.
pub(super) fn path() -> Kind<PathBuf> {
    let read = |node: &Node, folder: &Path| match text_of(node)? {
        "" => Err("empty; name a path".into()),
        text if text.contains('\0') => Err("holds a NUL character".into()),
        text if text == "~" || text.starts_with("~/") => {
            Err(format!("{text:?}: ~ is not expanded; write the path out"))
        }
        text => Ok(home::absolute(folder, Path::new(text))),
    };
    Kind::new("path", read, |path| path.to_string_lossy().into())
}

/// `true` or `false`; in variables and flags also 1, yes, on, 0, no, off.
pub(super) fn boolean() -> Kind<bool> {
    let read = |node: &Node, _: &Path| match node {
        Node::Bool(value) => Ok(*value),
        Node::Bare(text) => word_bool(text).ok_or_else(|| format!("{text:?} is neither true nor false")),
        node => Err(format!("a {}, neither true nor false", name_of(node))),
    };
    Kind::new("true or false", read, |value| (*value).into())
}

/// What people write for yes and no in variables (domain.md section 2).
pub(super) fn word_bool(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A duration within bounds, ends included.
pub(super) fn duration(bounds: RangeInclusive<Duration>) -> Kind<Duration> {
    let (least, most) = (format_duration(*bounds.start()), format_duration(*bounds.end()));
    let what = format!("duration, {least} to {most}");
    let read = move |node: &Node, _: &Path| {
        let text = match node {
            Node::Number(text) => text,
            node => text_of(node)?,
        };
        let duration = parse_duration(text).map_err(|error| format!("{text:?}: {error}"))?;
        if bounds.contains(&duration) {
            return Ok(duration);
        }
        Err(format!("{text:?} is not within {least} to {most}"))
    };
    Kind::new(what, read, |duration| format_duration(*duration).into())
}

/// One of a few words.
pub(super) fn one_of<T: Copy + PartialEq + Send + Sync + 'static>(
    words: &'static [(&'static str, T)],
) -> Kind<T> {
    let names = || words.iter().map(|(word, _)| *word);
    let what = names().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let list = what.clone();
    let read = move |node: &Node, _: &Path| {
        let text = text_of(node)?;
        let known = words.iter().find(|(word, _)| *word == text.trim());
        known
            .map(|(_, value)| *value)
            .ok_or_else(|| format!("{text:?} is none of {list}{}", suggest::did_you_mean(text, names())))
    };
    let show =
        |value: &T| words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| *word).into();
    Kind::new(what, read, show)
}

/// A list of texts; in variables and flags also words with commas between them.
pub(super) fn list<T: Send + 'static>(
    what: &str,
    read: fn(&str) -> Result<T, String>,
    show: fn(&T) -> String,
) -> Kind<Vec<T>> {
    let read = move |node: &Node, _: &Path| match node {
        Node::Array(items) => items.iter().map(|item| read(text_of(item)?)).collect(),
        Node::Bare(text) => match raw::parse_value(text) {
            Some(Node::Array(items)) => items.iter().map(|item| read(text_of(item)?)).collect(),
            _ => text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(read).collect(),
        },
        node => Err(format!("a {}, not a list such as [\"A\", \"B\"]", name_of(node))),
    };
    Kind::new(what, read, move |items: &Vec<T>| items.iter().map(show).collect())
}

/// A block of cells such as `A1:N13`.
pub(super) fn range() -> Kind<CellRange> {
    let read = |node: &Node, _: &Path| {
        let text = text_of(node)?;
        text.parse().map_err(|error| format!("{text:?}: {error}"))
    };
    Kind::new("block of cells", read, |range: &CellRange| range.to_string().into())
}

/// An address of the bus. What is wrong with one is said without repeating it: it may hold a password.
pub(super) fn bus_url() -> Kind<BusUrl> {
    let read = |node: &Node, _: &Path| BusUrl::parse(text_of(node)?).map_err(|error| error.to_string());
    let what = "\"local\", or a redis://, rediss:// or redis+unix:// address";
    Kind::new(what, read, |url: &BusUrl| url.redacted().into())
}

/// What each save publishes.
pub(super) fn publish() -> Kind<PublishMode> {
    one_of(&[("changes", PublishMode::Changes), ("all", PublishMode::All)])
}

/// A sub-command of Django's manager, one word.
pub(super) fn command(text: &str) -> Result<String, String> {
    let command = text.trim();
    let is_word = !command.is_empty() && !command.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_word { Ok(command.to_string()) } else { Err(format!("{text:?} is no command, which is one word")) }
}

/// What `RUN_MAIN` decides.
pub(super) fn run_main() -> Kind<RequireRunMain> {
    use RequireRunMain::{Always, Auto, Never};
    one_of(&[("auto", Auto), ("always", Always), ("never", Never)])
}

/// A log level.
pub(super) fn level() -> Kind<log::LevelFilter> {
    use log::LevelFilter::{Debug, Error, Info, Off, Trace, Warn};
    one_of(&[
        ("off", Off),
        ("error", Error),
        ("warn", Warn),
        ("info", Info),
        ("debug", Debug),
        ("trace", Trace),
    ])
}

/// `5 in 10m`.
pub(super) fn limit() -> Kind<FailureLimit> {
    let read = |node: &Node, _: &Path| {
        let text = text_of(node)?;
        let limit = || {
            let (failures, window) = text.split_once(" in ")?;
            let failures = failures.trim().parse().ok().filter(|failures| *failures > 0)?;
            let window = parse_duration(window).ok().filter(|window| !window.is_zero())?;
            Some(FailureLimit { failures, window })
        };
        limit()
            .ok_or_else(|| format!("{text:?} is not a number of failures in a window, such as \"5 in 10m\""))
    };
    let show =
        |limit: &FailureLimit| format!("{} in {}", limit.failures, format_duration(limit.window)).into();
    Kind::new("failures in a window (\"5 in 10m\")", read, show)
}

/// `10MiB x 5`.
pub(super) fn rotation() -> Kind<Rotation> {
    let read = |node: &Node, _: &Path| {
        let text = text_of(node)?;
        let rotation = || {
            let (size, keep) = text.split_once('x')?;
            let keep = keep.trim().parse().ok().filter(|keep| (1..=1000).contains(keep))?;
            Some(Rotation { bytes: bytes(size.trim())?, keep })
        };
        rotation().ok_or_else(|| {
            format!("{text:?} is not a size and how many old files are kept, such as \"10MiB x 5\"")
        })
    };
    Kind::new("size x files kept (\"10MiB x 5\")", read, |rotation: &Rotation| {
        format!("{} x {}", size(rotation.bytes), rotation.keep).into()
    })
}

/// Sizes from the largest unit down.
const SIZES: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

fn bytes(text: &str) -> Option<u64> {
    let (unit, size) = SIZES.iter().find(|(unit, _)| text.ends_with(unit))?;
    let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    number.checked_mul(*size).filter(|bytes| (1 << 10..=1 << 40).contains(bytes))
}

fn size(bytes: u64) -> String {
    let unit = SIZES.iter().find(|(_, size)| bytes.is_multiple_of(*size)).unwrap_or(&SIZES[3]);
    format!("{}{}", bytes / unit.1, unit.0)
}

/// `session`, a duration or `off`.
pub(super) fn window() -> Kind<EvaluationWindow> {
    let Kind { what, read, .. } =
        duration(Duration::from_secs(1)..=Duration::from_secs(366 * 86_400)).or_off();
    let read = move |node: &Node, folder: &Path| match node {
        Node::Text(text) | Node::Bare(text) if text.trim() == "session" => Ok(EvaluationWindow::Session),
        node => Ok(read(node, folder)?.map_or(EvaluationWindow::Off, EvaluationWindow::For)),
    };
    Kind::new(format!("\"session\", {what}"), read, |window: &EvaluationWindow| match window {
        EvaluationWindow::Session => "session".into(),
        EvaluationWindow::For(duration) => format_duration(*duration).into(),
        EvaluationWindow::Off => "off".into(),
    })
}

/// `sqlite:PATH`. A relative path stays relative: it means the home folder, which may be named later.
pub(super) fn ledger_url() -> Kind<LedgerUrl> {
    let read = |node: &Node, _: &Path| {
        let path = text_of(node)?.trim().strip_prefix("sqlite:").filter(|path| !path.is_empty());
        let path = path.ok_or("not a ledger; write sqlite: and a path, such as sqlite:ledger.db")?;
        Ok(LedgerUrl::Sqlite(PathBuf::from(path)))
    };
    Kind::new("\"sqlite:PATH\"", read, |LedgerUrl::Sqlite(path): &LedgerUrl| {
        format!("sqlite:{}", path.to_string_lossy()).into()
    })
}
