//! What `src/sync.rs` gives the supervisors, under the model's scheduler: the same names, every step a choice of who runs
//! next.

/// As crossbeam's: of several that are ready the first wins.
macro_rules! select_biased {
    ($(recv($receiver:expr) -> $outcome:pat => $body:expr),+ $(,)?) => {
        loop {
            let seen = $crate::sync::Changes::seen();
            $(
                #[allow(unreachable_code, clippy::diverging_sub_expression)]
                if let Some(outcome) = ($receiver).ready() {
                    let $outcome = outcome;
                    break $body;
                }
            )+
            $crate::sync::Changes::wait(seen);
        }
    };
}
pub(crate) use select_biased;

pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
pub(crate) use shuttle::thread::{Builder, JoinHandle};

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// A lock without poisoning, as parking_lot's.
#[derive(Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Mutex<T> {
        Mutex(shuttle::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> shuttle::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Told of every change of any channel: a select waits for it and looks again.
#[derive(Default)]
pub(crate) struct Changes {
    count: shuttle::sync::Mutex<u64>,
    changed: shuttle::sync::Condvar,
}

shuttle::lazy_static! {
    static ref CHANGES: Changes = Changes::default();
}

impl Changes {
    /// Does `step` where nobody else does one, and tells all if it changed something.
    fn step<R>(step: impl FnOnce() -> (bool, R)) -> R {
        let mut count = CHANGES.count.lock().unwrap_or_else(PoisonError::into_inner);
        let (has_changed, result) = step();
        if has_changed {
            *count += 1;
            CHANGES.changed.notify_all();
        }
        result
    }

    pub(crate) fn seen() -> u64 {
        *CHANGES.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wait(seen: u64) {
        let mut count = CHANGES.count.lock().unwrap_or_else(PoisonError::into_inner);
        while *count == seen {
            count = CHANGES.changed.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A channel; its own locks are never waited for, because a step ends before another begins.
struct Channel<T> {
    queue: std::sync::Mutex<VecDeque<T>>,
    bound: usize,
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

impl<T> Channel<T> {
    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Sender<T>(Arc<Channel<T>>);

pub(crate) struct Receiver<T>(Arc<Channel<T>>);

pub(crate) enum TrySendError<T> {
    Full(T),
    Disconnected(T),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecvError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TryRecvError {
    Empty,
    Disconnected,
}

impl TryRecvError {
    pub(crate) fn is_disconnected(self) -> bool {
        self == TryRecvError::Disconnected
    }
}

pub(crate) fn bounded<T>(bound: usize) -> (Sender<T>, Receiver<T>) {
    let (senders, receivers) = (AtomicUsize::new(1), AtomicUsize::new(1));
    let channel = Arc::new(Channel { queue: Default::default(), bound, senders, receivers });
    (Sender(Arc::clone(&channel)), Receiver(channel))
}

pub(crate) fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    bounded(usize::MAX)
}

/// Never has a message and never disconnects.
pub(crate) fn never<T>() -> Receiver<T> {
    let (sender, receiver) = bounded(1);
    std::mem::forget(sender);
    receiver
}

/// The real time of a shutdown's deadline, which no model lets come.
pub(crate) fn at(_: Instant) -> Receiver<Instant> {
    never()
}

impl<T> Sender<T> {
    pub(crate) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        Changes::step(|| {
            let mut queue = self.0.queue();
            if self.0.receivers.load(Ordering::SeqCst) == 0 {
                return (false, Err(TrySendError::Disconnected(value)));
            }
            if queue.len() >= self.0.bound {
                return (false, Err(TrySendError::Full(value)));
            }
            queue.push_back(value);
            (true, Ok(()))
        })
    }

    /// Of an unbounded channel, the only kind on which anybody sends without a try.
    pub(crate) fn send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.try_send(value)
    }

    pub(crate) fn same_channel(&self, other: &Sender<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Receiver<T> {
    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        Changes::step(|| match self.0.queue().pop_front() {
            Some(value) => (true, Ok(value)),
            None if self.0.senders.load(Ordering::SeqCst) == 0 => (false, Err(TryRecvError::Disconnected)),
            None => (false, Err(TryRecvError::Empty)),
        })
    }

    pub(crate) fn try_iter(&self) -> impl Iterator<Item = T> + '_ {
        std::iter::from_fn(|| self.try_recv().ok())
    }

    pub(crate) fn is_empty(&self) -> bool {
        Changes::step(|| (false, self.0.queue().is_empty()))
    }

    /// What a select's arm gets, if it is ready.
    pub(crate) fn ready(&self) -> Option<Result<T, RecvError>> {
        match self.try_recv() {
            Ok(value) => Some(Ok(value)),
            Err(TryRecvError::Disconnected) => Some(Err(RecvError)),
            Err(TryRecvError::Empty) => None,
        }
    }

    fn recv(&self) -> Result<T, RecvError> {
        select_biased! { recv(self) -> outcome => outcome }
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = Messages<T>;

    fn into_iter(self) -> Messages<T> {
        Messages(self)
    }
}

/// Every message until the last sender is gone.
pub(crate) struct Messages<T>(Receiver<T>);

impl<T> Iterator for Messages<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.recv().ok()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.0.senders.fetch_add(1, Ordering::SeqCst);
        Sender(Arc::clone(&self.0))
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Receiver<T> {
        self.0.receivers.fetch_add(1, Ordering::SeqCst);
        Receiver(Arc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if self.0.senders.fetch_sub(1, Ordering::SeqCst) == 1 && !std::thread::panicking() {
            Changes::step(|| (true, ()));
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.0.receivers.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}
