//! One key of the configuration: its name, meaning and place.

use super::Config;
use super::kind::Kind;
use super::raw::Node;
use serde_json::Value;
use std::path::Path;

/// One key: everything that reading, showing and documenting it needs.
pub(super) struct Key {
    /// The dotted path; `*` stands for a name.
    pub(super) path: &'static str,
    /// What it does, in one line.
    pub(super) doc: &'static str,
    /// What to write.
    pub(super) what: String,
    /// Reads a value and puts it in its place.
    pub(super) set: Set,
    /// The value as JSON, secrets redacted.
    pub(super) show: Show,
}

type Set = Box<dyn Fn(&mut Config, &str, &Node, &Path) -> Result<(), String> + Send + Sync>;
type Show = Box<dyn Fn(&mut Config, &str) -> Value + Send + Sync>;

impl Key {
    /// A key whose value stands in `place`, found by the name that `*` stands for.
    pub(super) fn new<T: 'static>(
        path: &'static str,
        doc: &'static str,
        kind: Kind<T>,
        place: for<'a> fn(&'a mut Config, &str) -> &'a mut T,
    ) -> Key {
        let Kind { what, read, show } = kind;
        let set = move |config: &mut Config, name: &str, node: &Node, folder: &Path| {
            *place(config, name) = read(node, folder)?;
            Ok(())
        };
        let show = move |config: &mut Config, name: &str| show(place(config, name));
        Key { path, doc, what, set: Box::new(set), show: Box::new(show) }
    }

    /// Whether this key's path, or its beginning, is `segments`; a `*` takes any name.
    pub(super) fn starts_with(&self, segments: &[String]) -> bool {
        let mut own = self.path.split('.');
        segments.iter().all(|segment| own.next().is_some_and(|part| part == "*" || part == segment))
    }

    /// Whether this key's path is `segments`.
    pub(super) fn is(&self, segments: &[String]) -> bool {
        self.path.split('.').count() == segments.len() && self.starts_with(segments)
    }

    /// The path with `name` in the place of `*`, quoted where TOML asks for it.
    pub(super) fn path_of(&self, name: &str) -> String {
        self.path.replace('*', &quoted(name))
    }

    /// The name that `*` stands for in `segments`; empty where the path has none.
    pub(super) fn name_in<'a>(&self, segments: &'a [String]) -> &'a str {
        let at = self.path.split('.').position(|part| part == "*");
        at.and_then(|at| segments.get(at)).map_or("", String::as_str)
    }
}

/// `name` as a part of a dotted key.
pub(super) fn quoted(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_string() } else { format!("{name:?}") }
}

/// A dotted key from its parts.
pub(super) fn dotted(segments: &[String]) -> String {
    segments.iter().map(|segment| quoted(segment)).collect::<Vec<_>>().join(".")
}
