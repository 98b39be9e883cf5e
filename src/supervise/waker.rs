//! A hint that there is something to do now.

use crate::sync::{self, Receiver, Sender};

/// Wakes one supervisor: its worker's next cycle comes at once. Cheap to clone; many wake-ups before the cycle
/// starts are one.
#[derive(Clone, Debug)]
pub struct Waker(Sender<()>);

impl Waker {
    /// A waker, and the channel on which its supervisor waits.
    #[must_use]
    pub fn channel() -> (Waker, Receiver<()>) {
        let (sender, receiver) = sync::bounded(1);
        (Waker(sender), receiver)
    }

    /// Asks for a cycle now. Never waits; a supervisor that is gone is not missed.
    pub fn wake(&self) {
        // A full channel holds a wake-up already.
        self.0.try_send(()).ok();
    }
}
