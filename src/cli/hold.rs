//! Taking the home for the stack of this process.

use super::stage::Stage;
use std::path::Path;
use thor_stack::instance::{self, Attempt, Holder, HolderInfo, InstanceLock, Role};
use thor_stack::supervise::{Clock, SystemClock};

/// Takes `home`, or says who has it. A parent that is about to start its stack again has it too, but for its child.
///
/// # Errors
/// It is held, or it cannot be made, written or locked.
pub(crate) fn take(home: &Path, stage: Option<Stage>) -> anyhow::Result<InstanceLock> {
    if stage != Some(Stage::Child)
        && let Some(parent) = instance::holder_as(Role::Parent, home)?
    {
        return Err(held(home, &instance::holder(home)?.unwrap_or(parent)));
    }
    match InstanceLock::try_acquire(home, &HolderInfo::current(SystemClock::new().now()))? {
        Attempt::Acquired(lock) => Ok(lock),
        Attempt::HeldBy(holder) => Err(held(home, &holder)),
    }
}

fn held(home: &Path, holder: &Holder) -> anyhow::Error {
    anyhow::anyhow!(
        "home {} is held by {holder}: stop it by `thor-stack stop`, or choose another home by --home",
        home.display()
    )
}
