//! The order to stop: a flag to look at and a disconnect that wakes every waiting thread at once.

use crate::sync::{self, AtomicBool, Ordering, Receiver, Sender};
use std::convert::Infallible;
use std::sync::Arc;

/// The listening side, held by every thread that has to stop.
#[derive(Clone)]
pub(super) struct Stop {
    flag: Arc<AtomicBool>,
    disconnect: Receiver<Infallible>,
}

/// The side that gives the order; dropping it gives it too.
pub(super) struct StopSource {
    flag: Arc<AtomicBool>,
    _disconnect: Sender<Infallible>,
}

impl Stop {
    pub(super) fn channel() -> (StopSource, Stop) {
        let (sender, disconnect) = sync::bounded(0);
        let flag = Arc::new(AtomicBool::new(false));
        (StopSource { flag: Arc::clone(&flag), _disconnect: sender }, Stop { flag, disconnect })
    }

    /// Whether the order was given.
    pub(super) fn is_set(&self) -> bool {
        self.flag.load(Ordering::Acquire)
    }

    /// Never has a message; disconnects when the order is given.
    pub(super) fn disconnect(&self) -> &Receiver<Infallible> {
        &self.disconnect
    }
}

impl Drop for StopSource {
    // The flag first: whoever is woken by the disconnect finds it set.
    fn drop(&mut self) {
        self.flag.store(true, Ordering::Release);
    }
}
