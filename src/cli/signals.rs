//! Ctrl-C and SIGTERM: the first stops cleanly, the second at once.

use super::exit_code::ExitCode;
use anyhow::Context;
use crossbeam_channel::{Receiver, Sender};
use std::sync::OnceLock;
use std::time::Duration;
use thor_stack::os::console;
use thor_stack::supervise::{Clock, SystemClock};

/// Signals that come within this time are one order: `timeout` tells the process, and then its group.
const ONE_ORDER: Duration = Duration::from_millis(1);

/// Installs the handler. The channel gets one message at the first signal; a second signal ends the process. A terminal that
/// closes hangs up twice, by its shell and by the system: from the first signal on that is no order any more.
///
/// # Errors
/// The system refuses the handler, or one is installed already.
pub(crate) fn install() -> anyhow::Result<Receiver<()>> {
    let (first, stopping) = crossbeam_channel::bounded(1);
    install_on(first)?;
    Ok(stopping)
}

/// The same for a channel to which others send too.
///
/// # Errors
/// As of [`install`].
pub(crate) fn install_on(first: Sender<()>) -> anyhow::Result<()> {
    let on_close = first.clone();
    let closed = move || {
        on_close.try_send(()).ok(); // nobody waits any more, or is told already
    };
    let (clock, first_at) = (SystemClock::new(), OnceLock::new());
    let handler = move || {
        let now = clock.mono();
        let asked = *first_at.get_or_init(|| now);
        if now.since(asked) > ONE_ORDER {
            end_now();
        }
        console::ignore_hangups();
        // Nobody waits any more: the program is ending already.
        first.try_send(()).ok();
    };
    let hangups = console::Hangups::learn();
    ctrlc::set_handler(handler).context("installing the handler of Ctrl-C")?;
    hangups.keep();
    console::on_close(closed).context("installing the handler of a console that closes")
}

/// Ends the process with workers still running: the user asked twice.
#[allow(clippy::disallowed_methods)] // the one end that main cannot bring about, because it is still waiting
fn end_now() {
    std::process::exit(ExitCode::Interrupted.number().into());
}
