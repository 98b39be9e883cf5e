//! The table of keys: parsing, `config`, unknown keys and the reference all come from it.

mod instruments;
mod markets;
mod program;

use super::key::Key;
use super::{Config, SUPERVISORS, suggest};
use std::sync::LazyLock;
use std::time::Duration;

/// Every key, in the order in which they are shown.
pub(super) static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    [
        program::home(),
        program::workbook(),
        program::bus(),
        program::supervisors(),
        markets::ledger(),
        markets::capture(),
        markets::grader(),
        markets::signals(),
        markets::monitors(),
        markets::markets(),
        markets::calendar(),
        instruments::instruments(),
        instruments::stats_and_targets(),
        markets::journal(),
        program::lease(),
        program::alarm(),
        program::guard(),
        program::log(),
    ]
    .into_iter()
    .flatten()
    .collect()
});

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// The key whose path is also its field's: `key!(bus.url, kind, doc)`.
macro_rules! key {
    ($section:ident.$field:ident, $kind:expr, $doc:expr) => {
        $crate::config::key::Key::new(
            concat!(stringify!($section), ".", stringify!($field)),
            $doc,
            $kind,
            |config, _| &mut config.$section.$field,
        )
    };
}

/// A key that each name of a section has, below what the function finds by name:
/// `each!(supervisors(supervisor).enabled, kind, doc)`.
macro_rules! each {
    ($section:ident($find:ident).$($field:ident).+, $kind:expr, $doc:expr) => {
        $crate::config::key::Key::new(
            concat!(stringify!($section), ".*", $(".", stringify!($field)),+),
            $doc,
            $kind,
            |config, name| &mut $find(config, name).$($field).+,
        )
    };
}

use {each, key};

/// The names that `*` stands for in keys of this section, in their order.
pub(super) fn names(section: &str, config: &Config) -> Vec<String> {
    match section {
        "supervisors" => SUPERVISORS.map(String::from).to_vec(),
        "instruments" => config.instruments.iter().map(|one| one.name.clone()).collect(),
        "markets" => config.markets.iter().map(|one| one.name.clone()).collect(),
        _ => vec![String::new()],
    }
}

/// The name as the section keeps it.
///
/// # Errors
/// What is wrong with a name that the section does not take.
pub(super) fn name(section: &str, typed: &str, config: &Config) -> Result<String, String> {
    match section {
        "supervisors" if !SUPERVISORS.contains(&typed) => {
            let meant = suggest::did_you_mean(typed, SUPERVISORS);
            Err(format!("no such supervisor{meant}"))
        }
        "instruments" => instruments::symbol(typed),
        "markets" if !config.markets.iter().any(|market| market.name == typed) => {
            let meant =
                suggest::did_you_mean(typed, config.markets.iter().map(|market| market.name.as_str()));
            Err(format!("no such market{meant}"))
        }
        _ => Ok(typed.to_string()),
    }
}
