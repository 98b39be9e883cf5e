//! A terminal takes colours and UTF-8 as they are written, and its end is a signal.

use nix::sys::signal::{SigHandler, Signal, signal};

/// Makes ready for colours; whether the terminal shows them.
pub fn prepare() -> bool {
    true
}

/// What was to become of the terminal's hangup when the program was started.
pub struct Hangups {
    are_ignored: bool,
}

impl Hangups {
    /// Learns it, before a handler is installed. No hangup is noticed until then.
    #[must_use]
    pub fn learn() -> Hangups {
        Hangups { are_ignored: matches!(set_to_ignore_hangups(), Some(SigHandler::SigIgn)) }
    }

    /// Goes on ignoring them where `nohup` or a shell's `trap '' HUP` said so, after a handler was installed.
    pub fn keep(self) {
        if self.are_ignored {
            set_to_ignore_hangups();
        }
    }
}

/// From now on a hangup of the terminal is no order: the program stops already.
pub fn ignore_hangups() {
    set_to_ignore_hangups();
}

/// Returns what was done about them before.
#[allow(unsafe_code, reason = "a signal's disposition; ignoring one runs no code of ours")]
fn set_to_ignore_hangups() -> Option<SigHandler> {
    // Safe: no handler is given. The program's alone: a library leaves signals to its host.
    unsafe { signal(Signal::SIGHUP, SigHandler::SigIgn) }.ok()
}

/// Calls `stop` when the user closes the terminal or logs off: by signals, which the program handles as such.
///
/// # Errors
/// None here.
pub fn on_close(_stop: impl Fn() + Send + Sync + 'static) -> std::io::Result<()> {
    Ok(())
}
