//! The status for hosts, as `status --json` prints it.

use super::code::Refusal;
use crate::background::{self, Presence};
use crate::config::Config;
use crate::stack::{StackState, StackStatus};
use serde_json::{Value, json};

/// The status of the stack in this process as JSON text.
pub(super) fn json() -> Result<String, Refusal> {
    let status = match background::presence()? {
        Some((config, presence)) => of(&config, &presence),
        None => {
            let mut status = shown(&StackStatus::stopped(&Config::default()));
            status["home"] = Value::Null; // nobody has named one yet
            status
        }
    };
    Ok(status.to_string())
}

fn of(config: &Config, presence: &Presence) -> Value {
    let in_state =
        |state| StackStatus { state, pid: Some(std::process::id()), ..StackStatus::stopped(config) };
    match presence {
        Presence::Running(stack) => shown(&stack.status()),
        Presence::StandingBy(holder) => {
            let mut status = shown(&in_state(StackState::Standby));
            status["holder"] = json!({ "pid": holder.pid });
            status
        }
        Presence::Starting => shown(&in_state(StackState::Standby)), // for the moment of taking the home
        Presence::Stopping => shown(&in_state(StackState::Stopping)),
        Presence::Stopped => shown(&StackStatus::stopped(config)),
    }
}

fn shown(status: &StackStatus) -> Value {
    // Plain data: what could fail is a map with keys that are no text, and there is none.
    let mut value = serde_json::to_value(status).unwrap_or_default();
    value["schema"] = json!(1);
    value
}
