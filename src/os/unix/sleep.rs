//! How long the machine has slept, and run, by the clock that runs on in suspend.

use std::time::Duration;

/// How long the machine has slept since it was started; zero on systems other than Linux, which do not tell.
#[cfg(target_os = "linux")]
pub(crate) fn asleep() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    let read = |clock| clock_gettime(clock).map(Duration::from).unwrap_or_default();
    let awake = read(ClockId::CLOCK_MONOTONIC);
    read(ClockId::CLOCK_BOOTTIME).saturating_sub(awake)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn asleep() -> Duration {
    Duration::ZERO
}

/// How long ago the machine was started; for ever on systems other than Linux, which are not asked.
#[cfg(target_os = "linux")]
pub(crate) fn since_boot() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(Duration::MAX, Duration::from)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn since_boot() -> Duration {
    Duration::MAX
}
