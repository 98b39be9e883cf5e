//! Events on their way to whoever listens.

use super::Failure;
use super::event::{Event, EventKind};
use crate::sync::{self, AtomicU64, Ordering, Receiver, Sender, TrySendError};
use arc_swap::ArcSwap;
use std::sync::Arc;

/// How many events wait for a listener before further ones are lost and counted: five supervisors that fail once a
/// second, for three minutes.
const WAITING_EVENTS: usize = 1_024;

/// Hands every event to every listener. The sender never waits and takes no lock: a slow listener loses events, a
/// restart loses nothing.
pub(super) struct Bus {
    listeners: ArcSwap<Option<Vec<Sender<Event>>>>, // none once it is closed
    lost: AtomicU64,
}

impl Default for Bus {
    fn default() -> Bus {
        Bus { listeners: ArcSwap::from_pointee(Some(Vec::new())), lost: AtomicU64::new(0) }
    }
}

impl Bus {
    /// Every event from now on, until the bus is closed; none if it is.
    pub(super) fn listen(&self) -> Receiver<Event> {
        let (sender, receiver) = sync::bounded(WAITING_EVENTS);
        self.listeners.rcu(|listeners| {
            let mut listeners = Option::clone(listeners);
            listeners.iter_mut().for_each(|listeners| listeners.push(sender.clone()));
            listeners
        });
        receiver
    }

    /// Tells every listener what happened to the supervisor called `name`.
    pub(super) fn emit(&self, name: &str, kind: EventKind) {
        self.send(&Event { name: name.to_owned(), kind, failure: None });
    }

    /// The same of a failure, with all that is known of it.
    pub(super) fn emit_failure(&self, name: &str, kind: EventKind, failure: &Arc<Failure>) {
        self.send(&Event { name: name.to_owned(), kind, failure: Some(Arc::clone(failure)) });
    }

    fn send(&self, event: &Event) {
        let mut gone = Vec::new();
        for listener in self.listeners.load().iter().flatten() {
            match listener.try_send(event.clone()) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => self.count_lost(),
                Err(TrySendError::Disconnected(_)) => gone.push(listener.clone()),
            }
        }
        if !gone.is_empty() {
            self.forget(&gone);
        }
    }

    /// A channel tells that its receiver is gone only on sending.
    fn forget(&self, gone: &[Sender<Event>]) {
        let stays = |listener: &&Sender<Event>| !gone.iter().any(|gone| gone.same_channel(listener));
        self.listeners.rcu(|listeners| {
            listeners.as_ref().as_ref().map(|all| all.iter().filter(stays).cloned().collect::<Vec<_>>())
        });
    }

    /// Counts an event that a listener did not take in.
    pub(super) fn count_lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// How many events were lost on listeners that were too slow.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Ends every listener's channel after what it holds.
    pub(super) fn close(&self) {
        self.listeners.store(Arc::new(None));
    }
}
