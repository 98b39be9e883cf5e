//! Waiting for a home that another holds.

use super::{Attempt, HolderInfo, InstanceLock, LockError};
use crate::supervise::Clock;
use crossbeam_channel::Receiver;
use std::path::Path;
use std::time::Duration;

/// Takes `home` when its holder is gone, trying again every `retry`: so long at most does a take-over last. `None`:
/// `stop` got a message or was disconnected first.
///
/// # Errors
/// [`LockError`] as of [`InstanceLock::try_acquire`].
pub fn wait_for<T>(
    home: &Path,
    retry: Duration,
    clock: &dyn Clock,
    stop: &Receiver<T>,
) -> Result<Option<InstanceLock>, LockError> {
    loop {
        if let Attempt::Acquired(lock) = InstanceLock::try_acquire(home, &HolderInfo::current(clock.now()))? {
            return Ok(Some(lock));
        }
        crossbeam_channel::select_biased! {
            recv(stop) -> _ => return Ok(None),
            recv(clock.timer(clock.mono().plus(retry))) -> _ => {}
        }
    }
}
