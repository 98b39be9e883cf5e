//! The reference of every key, rendered from the table of keys: for README, and as a sample file.

use super::key::Key;
use super::keys::{self, KEYS};
use super::{Config, aliases, environment};
use serde_json::Value;
use std::path::PathBuf;

/// Every key as a Markdown table: what it does, what to write, its default, its variables.
#[must_use]
pub fn reference() -> String {
    let mut table =
        String::from("| key | what it does | value | default | variable |\n|---|---|---|---|---|\n");
    for key in KEYS.iter() {
        let row = format!(
            "| `{}` | {} | {} | {} | {} |\n",
            shown_path(key),
            key.doc,
            key.what,
            default_text(key),
            variables(key)
        );
        table.push_str(&row);
    }
    table
}

/// A config file that says every default, commented out: what a user starts from.
#[must_use]
pub fn sample() -> String {
    let mut sample = String::from("# Every key with its default. Uncomment what differs.\n");
    let mut section = "";
    for key in KEYS.iter() {
        let (above, own) = section_and_rest(key);
        if above != section {
            section = above;
            sample.push_str(&format!("\n[{}]\n", above.replace('*', example_name(key))));
        }
        let value = default_value(key, example_name(key));
        let value = if value.is_null() { "\"\"".to_string() } else { value.to_string() };
        sample.push_str(&format!("# {}: {}\n# {own} = {value}\n", key.doc, key.what));
    }
    sample
}

/// `supervisors.*` and `backoff.first`, `bus` and `url`, nothing and `home`.
fn section_and_rest(key: &Key) -> (&'static str, &'static str) {
    let end = key.path.find(".*.").map(|at| at + 2).or_else(|| key.path.find('.'));
    end.map_or(("", key.path), |end| (&key.path[..end], &key.path[end + 1..]))
}

/// `*` as the reference writes it.
fn shown_path(key: &Key) -> String {
    let name = if key.path.starts_with("instruments") { "SYM" } else { "NAME" };
    key.path.replace('*', name)
}

/// A name that the key's section takes.
fn example_name(key: &Key) -> &'static str {
    match key.path.split('.').next() {
        Some("supervisors") => super::EXCEL_POLLER,
        Some("instruments") => "ZB",
        Some("markets") => "Japan",
        _ => "",
    }
}

/// The default of `key`; for a key of many names, that of this name.
fn default_value(key: &Key, name: &str) -> Value {
    (key.show)(&mut Config::at_home(PathBuf::new()), name)
}

/// The default, or that defaults differ by name.
fn default_text(key: &Key) -> String {
    let section = key.path.split('.').next().unwrap_or_default();
    let names = keys::names(section, &Config::at_home(PathBuf::new()));
    let mut values: Vec<Value> = names.iter().map(|name| default_value(key, name)).collect();
    values.dedup();
    match values.as_slice() {
        _ if key.path == "home" => "platform's".into(),
        [Value::Null] => "none".into(),
        [value] => format!("`{value}`"),
        _ => "by name".into(),
    }
}

/// The variables that set the key, our own first.
fn variables(key: &Key) -> String {
    let own = environment::variable(key, if key.path.starts_with("instruments") { "SYM" } else { "NAME" });
    let others = aliases::ALIASES.iter().filter(|alias| alias.key == key.path).map(|alias| alias.variable);
    let parts = aliases::REDIS_PARTS.iter().copied().filter(|_| key.path == aliases::BUS);
    let all = std::iter::once(own.as_str()).chain(others).chain(parts);
    all.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
