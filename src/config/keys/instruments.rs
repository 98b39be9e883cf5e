//! Keys of the futures.

use super::each;
use crate::config::key::Key;
use crate::config::kind::list;
use crate::config::{Config, InstrumentConfig};
use crate::value::Symbol;

pub(super) fn instruments() -> Vec<Key> {
    let symbols = list("list of feed symbols", symbol, String::clone);
    vec![each!(instruments(instrument).aliases, symbols, "Feed symbols that mean this future")]
}

/// The feed symbol that `text` means.
pub(super) fn symbol(text: &str) -> Result<String, String> {
    Symbol::new(text).map(|symbol| symbol.as_str().to_string()).map_err(|error| format!("{text:?}: {error}"))
}

fn instrument<'a>(config: &'a mut Config, name: &str) -> &'a mut InstrumentConfig {
    let known = config.instruments.iter().position(|one| one.name == name);
    let at = known.unwrap_or_else(|| {
        config.instruments.push(InstrumentConfig::default_of(name));
        config.instruments.len() - 1
    });
    &mut config.instruments[at]
}
