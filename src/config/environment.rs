//! The variables `THOR_STACK_…`: one a key.

use super::key::Key;
use super::keys::{self, KEYS};
use super::{Config, suggest};

/// What our own variables start with.
pub(super) const PREFIX: &str = "THOR_STACK_";
/// Names the config file; no key of it.
pub(super) const CONFIG: &str = "THOR_STACK_CONFIG";
/// What `alarm.command` is told by variables, which this program may be run with by that very command.
pub(crate) const ALARM_VARIABLES: [&str; 5] = [
    "THOR_STACK_ALARM_AT",
    "THOR_STACK_ALARM_MARKET",
    "THOR_STACK_ALARM_KIND",
    "THOR_STACK_ALARM_STATE",
    "THOR_STACK_ALARM_MESSAGE",
];
/// Variables that are no keys of the config: the file's place, and the guard's word.
const OTHERS: [&str; 2] = [CONFIG, "THOR_STACK_AUTO_START"];

/// The variable of `key` with `name` in the place of its `*`.
pub(super) fn variable(key: &Key, name: &str) -> String {
    let path = key.path.replace('*', name);
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    PREFIX.chars().chain(path.chars().map(letter)).collect()
}

/// The key that a variable of ours sets, as its parts; `None`: it is none of the config's.
///
/// # Errors
/// The variable is unknown.
pub(super) fn key_of(name: &str, config: &Config) -> Result<Option<Vec<String>>, String> {
    if OTHERS.contains(&name) || ALARM_VARIABLES.contains(&name) {
        return Ok(None);
    }
    let known = all(config);
    if let Some((_, segments)) = known.iter().find(|(known, _)| known == name) {
        return Ok(Some(segments.clone()));
    }
    let names = known.iter().map(|(name, _)| name.as_str()).chain(OTHERS);
    Err(format!("unknown variable{}", suggest::did_you_mean(name, names)))
}

/// Every variable with the parts of its key.
fn all(config: &Config) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for key in KEYS.iter() {
        let section = key.path.split('.').next().unwrap_or_default();
        for name in keys::names(section, config) {
            let part = |part: &str| if part == "*" { name.clone() } else { part.to_string() };
            all.push((variable(key, &name), key.path.split('.').map(part).collect()));
        }
    }
    all
}
