//! A configuration with where each of its values came from.

use super::key::Key;
use super::keys::{self, KEYS};
use super::{Config, Origin};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A configuration with where each of its values came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration as meant.
    pub config: Config,
    /// The config file that was read; `None`: there is none.
    pub file: Option<PathBuf>,
    /// What was ignored, to be logged once the logger stands.
    pub warnings: Vec<String>,
    pub(super) origins: BTreeMap<String, Origin>,
}

/// One effective value.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// The dotted key.
    pub key: String,
    /// The value, secrets redacted; `null` where there is none.
    pub value: serde_json::Value,
    /// Where it came from.
    pub origin: Origin,
}

impl Loaded {
    /// Where the value of a dotted key came from.
    #[must_use]
    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or_default()
    }

    /// Every key with its effective value, in the order of the reference, secrets redacted.
    #[must_use]
    pub fn effective(&self) -> Vec<Effective> {
        let mut config = self.config.clone();
        let mut all = Vec::new();
        for (section, names) in sections(&self.config) {
            for (n, name) in names.into_iter().enumerate() {
                let is_shown = |key: &&Key| {
                    key.path.split('.').next() == Some(section) && (n == 0 || key.path.contains('*'))
                };
                for key in KEYS.iter().filter(is_shown) {
                    let path = key.path_of(&name);
                    let value = (key.show)(&mut config, &name);
                    all.push(Effective { origin: self.origin(&path), key: path, value });
                }
            }
        }
        all
    }
}

/// The sections in their order, with the names that each has keys for.
fn sections(config: &Config) -> Vec<(&'static str, Vec<String>)> {
    let mut sections: Vec<&'static str> = KEYS.iter().filter_map(|key| key.path.split('.').next()).collect();
    sections.dedup();
    sections.into_iter().map(|section| (section, keys::names(section, config))).collect()
}
