//! The end of a process in which too many workers hang.

use super::exit_code::OVERRUN;
use std::time::Duration;
use thor_stack::supervise::thread::spawn_named;

/// How long the orderly end of the process may take, which a thread that hangs with a lock can hold up.
const ORDERLY: Duration = Duration::from_secs(1);

/// Enough for waiting.
const STACK_SIZE: usize = 128 * 1024;

/// Ends the process after everything else was shut down: threads hang in it that nobody can end.
#[allow(clippy::disallowed_methods)] // returning from main would end in the same call, and nothing would guard it
pub(crate) fn end_now() -> ! {
    log::error!("ending the process (exit code {OVERRUN}): too many workers hang; it is to be started again");
    log::logger().flush();
    let hard = || {
        crossbeam_channel::never::<()>().recv_timeout(ORDERLY).ok();
        std::process::abort();
    };
    // Without that thread the orderly end has to do.
    spawn_named("hard-end", STACK_SIZE, hard).ok();
    std::process::exit(OVERRUN.into())
}
