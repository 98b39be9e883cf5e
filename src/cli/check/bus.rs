//! Whether the bus answers, and who publishes on it.

use super::{Check, CheckState};
use thor_stack::config::{BusConfig, BusUrl, Config};
use thor_stack::outlet::OutletError;
use thor_stack::outlet::redis::Reader;

const NAME: &str = "bus";

/// One look at the server. Writes nothing there.
pub(super) fn checks(config: &Config) -> Vec<Check> {
    if config.bus.url == BusUrl::Local {
        return vec![Check::ok(NAME, "local: quotes stay in the process that polls")];
    }
    look(&config.bus).unwrap_or_else(|error| vec![Check::told(NAME, CheckState::Problem, &error.to_string())])
}

fn look(config: &BusConfig) -> Result<Vec<Check>, OutletError> {
    let mut reader = Reader::connect(config)?;
    let (latest, holder) = (reader.latest()?, reader.lock_holder()?);
    let publisher = match holder {
        Some(holder) if !holder.dead => format!("{} publishes", holder.name),
        _ => "nobody publishes now".to_string(),
    };
    let seen = format!("{}: {} quotes; {publisher}", config.url.redacted(), latest.quotes.len());
    let unreadable = latest.unreadable.into_iter().map(|(field, reason)| {
        Check::warning(NAME, format!("field {field} is no quote: {reason}"), "remove it, or what writes it")
    });
    Ok(std::iter::once(Check::ok(NAME, seen)).chain(unreadable).collect())
}
