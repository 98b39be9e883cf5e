//! How long the machine has slept: not told, and not needed, because the monotonic clock runs on meanwhile. And how long ago
//! it was started.

use std::time::Duration;
use windows_sys::Win32::System::SystemInformation::GetTickCount64;

/// Zero: who was asleep sees it by a timer that comes late.
pub(crate) fn asleep() -> Duration {
    Duration::ZERO
}

/// How long ago the machine was started.
#[allow(unsafe_code)] // the system's own call
pub(crate) fn since_boot() -> Duration {
    // SAFETY: it takes nothing, and reads a counter.
    Duration::from_millis(unsafe { GetTickCount64() })
}
