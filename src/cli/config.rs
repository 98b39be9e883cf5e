//! `config`: the effective values, and where each came from.

use super::table::Table;
use super::{Output, exit_code::ExitCode};
use serde_json::{Value, json};
use thor_stack::config::{Effective, Loaded, Origin, sample};

/// Show the effective values and where each came from.
///
/// Secrets are never shown.
///
/// A flag outranks a variable (THOR_STACK_SECTION_KEY), which outranks the file, which
/// outranks the default.
///
/// Examples:
///   thor-stack config
///   thor-stack config --sample > config.toml
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ConfigArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print a config file to start from instead: every key with its default
    #[arg(long, conflicts_with = "json")]
    sample: bool,
}

/// Prints the values.
///
/// # Errors
/// The output cannot be written.
pub(crate) fn run(args: &ConfigArgs, loaded: &Loaded, out: &mut Output) -> anyhow::Result<ExitCode> {
    if args.sample {
        out.text(&sample())?;
    } else if args.json {
        let values: Vec<Value> = loaded.effective().iter().map(as_json).collect();
        out.json(&json!({ "file": loaded.file, "values": values }))?;
    } else {
        let mut table = Table::new(&["KEY", "VALUE", "FROM"]);
        for Effective { key, value, origin } in loaded.effective() {
            table.row([key, as_text(&value), origin.to_string()]);
        }
        out.table(&table)?;
    }
    Ok(ExitCode::Done)
}

fn as_json(one: &Effective) -> Value {
    let source = (one.origin != Origin::Default).then(|| one.origin.to_string());
    json!({ "key": one.key, "value": one.value, "origin": one.origin.kind(), "source": source })
}

fn as_text(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(as_text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
