//! What runs in a home, as the commands of a stack's life find it.

use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use thor_stack::control::{Client, ClientError, Request};
use thor_stack::instance::{self, Role};

/// How often something that is waited for is looked at.
pub(crate) const STEP: Duration = Duration::from_millis(3);

/// How long a stack may take for an answer that it has ready.
pub(crate) const ANSWER: Duration = Duration::from_secs(5);

/// What runs in a home.
pub(crate) enum Look {
    /// Nobody.
    Free,
    /// A stack, or the parent of one, that does not answer yet or is not ready.
    Held,
    /// A stack that was told to stop and has not stopped yet.
    Stopping {
        /// Its process.
        pid: u32,
    },
    /// A stack that answers and whose threads have all started.
    Ready {
        /// Its process.
        pid: u32,
        /// The parent that starts it again, if one does.
        parent: Option<u32>,
    },
}

/// Looks who runs in `home`.
///
/// # Errors
/// The home cannot be looked at.
pub(crate) fn look(home: &Path) -> anyhow::Result<Look> {
    match Client::connect(home).and_then(|mut client| client.request(&Request::Ping, ANSWER)) {
        Ok(pong) if pong["ready"] == true => Ok(Look::Ready { pid: pid(&pong), parent: parent(&pong) }),
        Ok(pong) if pong["stopping"] == true => Ok(Look::Stopping { pid: pid(&pong) }),
        Ok(_) => Ok(Look::Held),
        Err(ClientError::Home(error)) => Err(error.into()),
        Err(_) if is_held(home)? => Ok(Look::Held),
        Err(_) => Ok(Look::Free),
    }
}

/// Whether a stack or a parent holds `home`.
fn is_held(home: &Path) -> anyhow::Result<bool> {
    // The parent first: it never starts a stack after it has gone.
    Ok(instance::holder_as(Role::Parent, home)?.is_some() || instance::holder(home)?.is_some())
}

/// The parent that an answer names.
pub(crate) fn parent(answer: &Value) -> Option<u32> {
    answer["parent"].as_u64().and_then(|pid| u32::try_from(pid).ok())
}

/// The process id that an answer holds.
pub(crate) fn pid(answer: &Value) -> u32 {
    answer["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).unwrap_or_default()
}
