//! Taking the home for the stack of this process.

use super::stage::Stage;
use std::path::Path;
use thor_stack::instance::{Attempt, HolderInfo, InstanceLock, Role};
use thor_stack::supervise::{Clock, SystemClock};

/// Takes `home`, or says who has it. A parent has kept it for its child.
///
/// # Errors
/// It is held, or it cannot be made, written or locked.
pub(crate) fn take(home: &Path, stage: Option<Stage>) -> anyhow::Result<InstanceLock> {
    let info = HolderInfo::current(SystemClock::new().now());
    let attempt = match stage {
        Some(Stage::Child) => InstanceLock::try_acquire_as(Role::Stack, home, &info),
        _ => InstanceLock::try_acquire(home, &info),
    };
    match attempt? {
        Attempt::Acquired(lock) => Ok(lock),
        Attempt::HeldBy(holder) => anyhow::bail!(
            "home {} is held by {holder}: stop it by `thor-stack stop`, or choose another home by --home",
            home.display()
        ),
    }
}
