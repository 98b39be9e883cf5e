//! What no single value shows: keys that contradict each other.

use super::apply::Applied;
use super::{BusUrl, Config, InstrumentConfig, Origin, Problem, Stats, TargetMode, Targets};
use std::collections::BTreeMap;

/// Adds the contradictions of the whole configuration to its problems.
pub(super) fn whole(applied: &mut Applied, no_platform_home: bool) {
    let mut found = Vec::new();
    if no_platform_home && !applied.origins.contains_key("home") {
        let message = "no home folder is known here; name one by --home or THOR_STACK_HOME";
        found.push(("home".to_string(), message.to_string()));
    }
    backoffs(&applied.config, &mut found);
    aliases(&applied.config, &mut found);
    stats(&applied.config, &mut found);
    targets(applied, &mut found);
    lease(&applied.config, &mut found);
    for (key, message) in found {
        // A table is blamed by the first of its keys that somebody set, a key that is missing by those beside it.
        let table = key.strip_suffix(".precision").unwrap_or(&key);
        let below = format!("{table}.");
        let mut blamed = applied.origins.iter().filter(|(set, _)| **set == key || set.starts_with(&below));
        let origin = blamed.next().map_or(Origin::Default, |(_, origin)| origin.clone());
        applied.problems.push(Problem { origin, key, message });
    }
}

fn backoffs(config: &Config, found: &mut Vec<(String, String)>) {
    for (name, supervisor) in &config.supervisors {
        if supervisor.backoff.first > supervisor.backoff.cap {
            let key = format!("supervisors.{name}.backoff.first");
            found.push((key, format!("longer than supervisors.{name}.backoff.cap")));
        }
    }
}

/// The five values part the net changes in one order only.
fn stats(config: &Config, found: &mut Vec<(String, String)>) {
    for instrument in &config.instruments {
        let Stats { strong_buy, buy, hold, sell, strong_sell } = instrument.stats;
        let all = [strong_buy, buy, hold, sell, strong_sell];
        let key = format!("instruments.{}.stats", super::key::quoted(&instrument.name));
        let given: Vec<_> = all.into_iter().flatten().collect();
        if !given.is_empty() && given.len() < all.len() {
            found.push((key, "give all five: strong_buy, buy, hold, sell, strong_sell".into()));
        } else if !given.is_sorted_by(|above, below| above >= below) {
            found.push((
                key,
                "strong_buy, buy, hold, sell and strong_sell must not rise in this order".into(),
            ));
        }
    }
}

/// Half of a target would leave every row without one, or with a distance that means something else, quietly.
fn targets(applied: &Applied, found: &mut Vec<(String, String)>) {
    for instrument in &applied.config.instruments {
        let name = format!("instruments.{}", super::key::quoted(&instrument.name));
        let is_set = |key: &str| applied.origins.contains_key(&format!("{name}.{key}"));
        let Targets { mode, high, low } = instrument.targets;
        let default = InstrumentConfig::default_of(&instrument.name).targets;
        let given = [is_set("targets.high"), is_set("targets.low")];
        let problem = if mode == TargetMode::Disabled {
            let said = is_set("targets.mode") || given == [false, false];
            (!said).then_some(("targets", "give mode = \"points\" or \"percent\" with high and low"))
        } else if high.is_none() || low.is_none() {
            Some(("targets", "give high and low, or mode = \"disabled\""))
        } else if mode != default.mode && given != [true, true] {
            Some(("targets", "give high and low too: the defaults are of another mode"))
        } else if default.mode == TargetMode::Disabled && !is_set("precision") {
            Some(("precision", "give the decimals to which its targets are rounded"))
        } else {
            None
        };
        found.extend(problem.map(|(key, message)| (format!("{name}.{key}"), message.into())));
    }
}

/// The lease is kept in Redis.
fn lease(config: &Config, found: &mut Vec<(String, String)>) {
    if config.lease.enabled && config.bus.url == BusUrl::Local {
        let message = "needs the Redis that the hosts share: set bus.url, which is \"local\"";
        found.push(("lease.enabled".into(), message.into()));
    }
    let reconnecting = config.bus.connect_timeout + config.bus.timeout;
    if config.lease.enabled && config.lease.ttl <= reconnecting {
        let message = format!(
            "not longer than bus.connect_timeout and bus.timeout together ({reconnecting:?}): a slow answer would cost \
             the lease"
        );
        found.push(("lease.ttl".into(), message));
    }
}

/// A feed symbol means one future.
fn aliases(config: &Config, found: &mut Vec<(String, String)>) {
    let mut meaning: BTreeMap<&str, &str> = BTreeMap::new();
    for instrument in &config.instruments {
        let key = format!("instruments.{}.aliases", super::key::quoted(&instrument.name));
        for alias in &instrument.aliases {
            if *alias != instrument.name && config.instruments.iter().any(|other| other.name == *alias) {
                found.push((key.clone(), format!("{alias} is an instrument of its own")));
            }
            if let Some(other) =
                meaning.insert(alias, &instrument.name).filter(|other| *other != instrument.name)
            {
                found.push((key.clone(), format!("{alias} means {other} already")));
            }
        }
    }
}
