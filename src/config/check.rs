//! What no single value shows: keys that contradict each other.

use super::apply::Applied;
use super::{Config, Origin, Problem};
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
    for (key, message) in found {
        let origin = applied.origins.get(&key).cloned().unwrap_or(Origin::Default);
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
