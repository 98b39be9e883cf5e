//! The status for hosts.

use crate::background::{self, Forked, Presence};
use crate::config::Config;
use crate::stack::StackHandle;
use crate::supervise::State;
use serde_json::{Value, json};

/// The status of the stack in this process as JSON text.
pub(super) fn json() -> Result<String, Forked> {
    let status = match background::presence()? {
        None => head("stopped"),
        Some((config, presence)) => of(&config, &presence),
    };
    Ok(status.to_string())
}

fn of(config: &Config, presence: &Presence) -> Value {
    let mut status = match presence {
        Presence::Starting => head("standby"), // for the moment of taking the home
        Presence::StandingBy(holder) => {
            let mut status = head("standby");
            status["holder"] = json!({ "pid": holder.pid });
            status
        }
        Presence::Running(stack) => running(stack),
        Presence::Stopping(_) => head("stopping"),
        Presence::Stopped => head("stopped"),
    };
    status["home"] = json!(config.home.to_string_lossy());
    status
}

fn head(state: &str) -> Value {
    json!({
        "schema": 1,
        "state": state,
        "pid": std::process::id(),
        "version": env!("CARGO_PKG_VERSION"),
        "supervisors": [],
    })
}

fn running(stack: &StackHandle) -> Value {
    let supervisors = stack.supervisors();
    let degraded = |state| matches!(state, State::BackingOff | State::Hung | State::Failed);
    let is_degraded = supervisors.iter().any(|supervisor| degraded(supervisor.state));
    let mut status = head(if is_degraded { "degraded" } else { "running" });
    status["supervisors"] = json!(supervisors);
    status
}
