//! Updates on their way to the workers of this process.

use super::{BoardQuote, BoardSnapshot};
use crate::supervise::Waker;
use crate::value::Symbol;
use crossbeam_channel::{Receiver, Sender, TrySendError};
use jiff::Timestamp;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// How many updates wait for a subscriber before the oldest is dropped: an hour of saves at one a second.
pub(super) const WAITING_UPDATES: usize = 3_600;

/// What one write did to the board.
#[derive(Debug, Clone)]
pub struct Update {
    /// When the stack saw it.
    pub at: Timestamp,
    /// The quotes that are new or whose fields or stale flag changed, in sheet order.
    pub changed: Vec<Arc<BoardQuote>>,
    /// The symbols that left the board.
    pub gone: Vec<Symbol>,
    /// The board after it.
    pub snapshot: Arc<BoardSnapshot>,
}

/// A worker's place at the board: every update since it subscribed, in order.
///
/// A subscriber that is [`WAITING_UPDATES`] behind loses the oldest, and [`Subscription::lost`] counts them; a writer
/// never waits. Dropping it ends the subscription.
pub struct Subscription {
    receiver: Receiver<Arc<Update>>,
    lost: Arc<AtomicU64>,
}

impl Subscription {
    /// The channel of updates, for `select!` and for reading.
    #[must_use]
    pub fn updates(&self) -> &Receiver<Arc<Update>> {
        &self.receiver
    }

    /// How many updates were dropped because this subscriber was too far behind.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

#[derive(Default)]
pub(super) struct Fanout {
    subscribers: Mutex<Vec<Subscriber>>,
}

struct Subscriber {
    sender: Sender<Arc<Update>>,
    oldest: Receiver<Arc<Update>>, // to make room; weak would do, if crossbeam had it
    lost: Weak<AtomicU64>,         // gone with the subscription
    waker: Option<Waker>,
}

impl Fanout {
    /// A place at which `room` updates can wait.
    pub(super) fn subscribe(&self, waker: Option<Waker>, room: usize) -> Subscription {
        let (sender, receiver) = crossbeam_channel::bounded(room);
        let lost = Arc::new(AtomicU64::new(0));
        let subscriber = Subscriber { sender, oldest: receiver.clone(), lost: Arc::downgrade(&lost), waker };
        self.subscribers.lock().push(subscriber);
        Subscription { receiver, lost }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.subscribers.lock().len()
    }

    pub(super) fn send(&self, update: &Arc<Update>) {
        self.subscribers.lock().retain(|subscriber| subscriber.send(update));
    }
}

impl Subscriber {
    /// False when the subscription has been dropped.
    fn send(&self, update: &Arc<Update>) -> bool {
        let Some(lost) = self.lost.upgrade() else { return false };
        let mut update = Arc::clone(update);
        while let Err(TrySendError::Full(back)) = self.sender.try_send(update) {
            update = back;
            if self.oldest.try_recv().is_ok() {
                lost.fetch_add(1, Ordering::Relaxed);
            }
        }
        if let Some(waker) = &self.waker {
            waker.wake();
        }
        true
    }
}
