//! Keys of the futures.

use super::each;
use crate::config::decimal::{count, decimal, positive};
use crate::config::key::Key;
use crate::config::kind::{boolean, list, one_of};
use crate::config::{Config, InstrumentConfig, TargetMode};
use crate::rules::book::BookRule;
use crate::value::Symbol;

pub(super) fn instruments() -> Vec<Key> {
    let symbols = list("list of feed symbols", symbol, String::clone);
    let book = one_of(&[("required", BookRule::Required), ("optional", BookRule::Optional)]);
    vec![
        each!(instruments(instrument).aliases, symbols, "Feed symbols that mean this future"),
        each!(instruments(instrument).precision, count(0..=10), "Decimals to which targets are rounded"),
        each!(instruments(instrument).book, book, "Whether last stands in for a side that is absent"),
        each!(instruments(instrument).contract_weight, decimal(), "Its weight in TOTAL's sum"),
        each!(instruments(instrument).bear, boolean(), "Count its signal's weight inverted"),
        each!(instruments(instrument).tick, positive().optional(), "The least move, in points"),
        each!(instruments(instrument).point_value, positive().optional(), "Dollars a point of one contract"),
    ]
}

pub(super) fn stats_and_targets() -> Vec<Key> {
    let stat = || decimal().optional();
    let mode = one_of(&[
        ("points", TargetMode::Points),
        ("percent", TargetMode::Percent),
        ("disabled", TargetMode::Disabled),
    ]);
    vec![
        each!(instruments(instrument).stats.strong_buy, stat(), "Net change above which it is a strong buy"),
        each!(instruments(instrument).stats.buy, stat(), "Net change above which it is a buy"),
        each!(instruments(instrument).stats.hold, stat(), "Stat value of a hold"),
        each!(instruments(instrument).stats.sell, stat(), "Net change from which on it is a hold"),
        each!(instruments(instrument).stats.strong_sell, stat(), "Net change above which it is a sell"),
        each!(instruments(instrument).targets.mode, mode, "What the distances mean"),
        each!(instruments(instrument).targets.high, positive().optional(), "Target or stop above the entry"),
        each!(instruments(instrument).targets.low, positive().optional(), "Target or stop below the entry"),
    ]
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
