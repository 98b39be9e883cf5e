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

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            before.thread_set_mask().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::supervise::thread::spawn_named;
    use nix::sys::signal::{SigSet, Signal};

    #[test]
    fn a_thread_of_ours_takes_no_signal_and_its_starter_keeps_its_own() {
        let before = SigSet::thread_get_mask().unwrap();
        let (sender, mask) = crossbeam_channel::bounded(1);
        let body = move || sender.send(SigSet::thread_get_mask().unwrap()).unwrap();
        spawn_named("masked", 128 * 1024, body).unwrap().join().unwrap();
        let mask = mask.recv().unwrap();
        assert!([Signal::SIGINT, Signal::SIGTERM, Signal::SIGXFSZ].iter().all(|it| mask.contains(*it)));
        assert!(!mask.contains(Signal::SIGSEGV), "a stack overflow says so");
        assert_eq!(SigSet::thread_get_mask().unwrap(), before);
    }
}
