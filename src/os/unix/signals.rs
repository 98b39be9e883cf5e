//! Signals, which belong to the host: its own threads take them.

use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// Those that a thread raises itself, by a fault: blocked, they would end the process without a word.
const FAULTS: [Signal; 6] =
    [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGABRT, Signal::SIGTRAP];

/// Signals are held from this thread, and from those that it starts, until this is dropped.
pub(crate) struct Held(Option<SigSet>);

/// Holds signals while a thread is started, which inherits that and keeps it. A signal that came to a worker would not
/// wake the host's thread that waits for it, and SIGXFSZ (a file beyond `ulimit -f`) would end the process where the
/// worker can report an error.
pub(crate) fn hold() -> Held {
    let mut all = SigSet::all();
    FAULTS.into_iter().for_each(|fault| all.remove(fault));
    Held(all.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok()) // refused only to a wrong `how`
}

/// Lets all signals through to this thread until this is dropped: a program that is started from it inherits that, and
/// must be ended by SIGTERM as any other is.
pub(crate) fn let_through() -> Held {
    Held(SigSet::empty().thread_swap_mask(SigmaskHow::SIG_SETMASK).ok())
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            before.thread_set_mask().ok();
        }
    }
}
