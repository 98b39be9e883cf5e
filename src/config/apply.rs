//! Layers put over each other: a later one outranks what an earlier one said, key by key.

use super::key::dotted;
use super::keys::{self, KEYS};
use super::raw::{Entry, Layer, Node};
use super::{Config, Loaded, Origin, Problem, Problems, kind, suggest};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The configuration so far, and what was wrong so far.
pub(super) struct Applied {
    pub(super) config: Config,
    pub(super) origins: BTreeMap<String, Origin>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
    /// Whether the layer at hand is the home folder's own file, which cannot move the home.
    pub(super) home_is_given: bool,
}

impl Applied {
    pub(super) fn new(config: Config) -> Applied {
        let (origins, problems, warnings) = Default::default();
        Applied { config, origins, problems, warnings, home_is_given: false }
    }

    /// Puts a layer on top. A bad value is a problem even where a later layer outranks it.
    pub(super) fn layer(&mut self, layer: &Layer) {
        self.table(layer, &mut Vec::new(), &layer.entries);
    }

    /// Puts the value of an alias on top, or warns.
    pub(super) fn alias(&mut self, path: &str, variable: &str, text: Result<String, String>, folder: &Path) {
        let key = KEYS.iter().find(|key| key.path == path);
        let set = |text: String| match key {
            Some(key) => (key.set)(&mut self.config, "", &Node::Bare(text), folder),
            None => Err(format!("unknown key {path}")),
        };
        match text.and_then(set) {
            Ok(()) => {
                self.origins.insert(path.into(), Origin::Environment(variable.into()));
            }
            Err(reason) => self.warnings.push(format!("{variable}: {reason}; ignored, see {path}")),
        }
    }

    /// What came of it.
    pub(super) fn finish(self, file: Option<PathBuf>) -> Result<Loaded, Problems> {
        if !self.problems.is_empty() {
            return Err(Problems(self.problems));
        }
        Ok(Loaded { config: self.config, file, warnings: self.warnings, origins: self.origins })
    }

    fn table(&mut self, layer: &Layer, above: &mut Vec<String>, entries: &[Entry]) {
        for entry in entries {
            match self.name(above, &entry.key) {
                Ok(name) => {
                    above.push(name);
                    self.entry(layer, above, entry);
                }
                Err(message) => {
                    above.push(entry.key.clone());
                    self.problem(layer, above, entry, message);
                }
            }
            above.pop();
        }
    }

    /// The name of an entry below `above`, as the config keeps it.
    fn name(&self, above: &[String], typed: &str) -> Result<String, String> {
        match above {
            [section] if KEYS.iter().any(|key| key.path == format!("{section}.{typed}")) => {
                Ok(typed.to_string())
            }
            [section] if KEYS.iter().any(|key| key.path.starts_with(&format!("{section}.*"))) => {
                keys::name(section, typed, &self.config)
            }
            _ => Ok(typed.to_string()),
        }
    }

    fn entry(&mut self, layer: &Layer, segments: &mut Vec<String>, entry: &Entry) {
        if let Some(key) = KEYS.iter().find(|key| key.is(segments)) {
            let name = key.name_in(segments).to_string();
            let set = if self.home_is_given && key.path == "home" {
                Err("this file is in the home folder and cannot say where that is; use --home, THOR_STACK_HOME or \
                     a file named by --config"
                    .to_string())
            } else {
                (key.set)(&mut self.config, &name, &entry.node, &layer.folder)
            };
            match set {
                Ok(()) => {
                    self.origins.insert(key.path_of(&name), layer.place.origin(entry.at));
                }
                Err(message) => self.problem(layer, segments, entry, message),
            }
        } else if KEYS.iter().any(|key| key.starts_with(segments)) {
            match &entry.node {
                Node::Table(below) => self.table(layer, segments, below),
                node => {
                    let message = format!("a {}, but this is a section of keys", kind::name_of(node));
                    self.problem(layer, segments, entry, message);
                }
            }
        } else {
            let meant = suggest::did_you_mean(&entry.key, siblings(&segments[..segments.len() - 1]));
            self.problem(layer, segments, entry, format!("unknown key{meant}"));
        }
    }

    fn problem(&mut self, layer: &Layer, segments: &[String], entry: &Entry, message: String) {
        let origin = layer.place.origin(entry.at);
        self.problems.push(Problem { origin, key: dotted(segments), message });
    }
}

/// The parts that may follow the path `above`.
fn siblings(above: &[String]) -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter(|key| key.starts_with(above)).filter_map(|key| key.path.split('.').nth(above.len()))
}
