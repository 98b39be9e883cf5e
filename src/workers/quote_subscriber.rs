//! Fills the board from Redis in a process that does not poll the workbook itself.

use crate::board::Board;
use crate::config::BusConfig;
use crate::outlet::BusWatch;
use crate::outlet::redis::{Closer, Subscriber};
use crate::supervise::{Context, Next, Worker, WorkerError};
use parking_lot::Mutex;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// How long one cycle waits for messages; then the worker looks whether it is wanted elsewhere.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The heartbeat is not looked at more often than the shortest poll interval.
const SHORTEST_LOOK: Duration = Duration::from_millis(100);

/// One bounded receive a cycle. A Redis that is down is waited for, counted and shown; it is no crash.
pub struct QuoteSubscriber {
    bus: BusConfig,
    board: Arc<Board>,
    watch: BusWatch,
    subscriber: Subscriber,
    received: u64,
    failures: u64,
    last_error: Option<String>,
    failing: bool,
}

/// Ends the subscriber's wait for messages from another thread, also of one that is built later.
pub struct SubscriptionEnd {
    process: u32,
    state: Mutex<(bool, Option<Closer>)>,
}

impl Default for SubscriptionEnd {
    fn default() -> SubscriptionEnd {
        SubscriptionEnd { process: std::process::id(), state: Mutex::default() }
    }
}

impl SubscriptionEnd {
    /// Ends the wait under way and every later one. In a forked child nothing: the socket is its parent's, too.
    pub fn end(&self) {
        if self.process != std::process::id() {
            return;
        }
        let mut state = self.state.lock();
        state.0 = true;
        if let Some(closer) = state.1.take() {
            closer.close();
        }
    }

    fn hold(&self, closer: Closer) {
        let mut state = self.state.lock();
        if state.0 {
            closer.close();
        }
        state.1 = Some(closer);
    }
}

impl QuoteSubscriber {
    /// A subscriber that has not connected yet, whose waits `end` ends, which reports to `watch`, and which learns of the
    /// publisher's saves well within `max_quote_age`.
    ///
    /// # Errors
    /// When the address of the bus is none, or needs a feature that is not built in.
    pub fn new(
        bus: BusConfig,
        max_quote_age: Duration,
        board: Arc<Board>,
        watch: &BusWatch,
        end: &SubscriptionEnd,
    ) -> Result<QuoteSubscriber, WorkerError> {
        let subscriber = Subscriber::new(&bus).map_err(|error| WorkerError::from_error(&error))?;
        let subscriber = subscriber.looking_every((max_quote_age / 3).max(SHORTEST_LOOK));
        end.hold(subscriber.closer());
        Ok(QuoteSubscriber {
            bus,
            board,
            watch: watch.clone(),
            subscriber,
            received: 0,
            failures: 0,
            last_error: None,
            failing: false,
        })
    }

    fn note_failure(&mut self, name: &str, message: String) {
        if !self.failing || self.last_error.as_ref() != Some(&message) {
            log::warn!("{name}: {message}; keeping the last good quotes");
        }
        self.failing = true;
        self.failures += 1;
        self.last_error = Some(message);
    }

    fn show(&self, ctx: &Context) {
        let snapshot = self.board.snapshot();
        let (ignored, last_ignored) = self.subscriber.ignored();
        ctx.detail(json!({
            "quotes": snapshot.quotes().len(),
            "saved_at": snapshot.saved_at,
            "received": self.received,
            "ignored": ignored,
            "last_ignored": last_ignored,
            "failures": self.failures,
            "last_error": self.last_error,
        }));
    }
}

impl Worker for QuoteSubscriber {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        ctx.phase("waiting for quotes");
        let next = match self.subscriber.receive(LONGEST_WAIT) {
            Ok(received) => {
                // A wait in which nothing came says nothing of a server that may have vanished.
                if received.heard {
                    self.watch.received(ctx.now());
                }
                if std::mem::take(&mut self.failing) {
                    log::info!("{}: receiving from {} again", ctx.name(), self.bus.url.redacted());
                }
                self.received += received.quotes.len() as u64;
                if !(received.quotes.is_empty() && received.gone.is_empty()) {
                    ctx.phase("writing the board");
                    let merged =
                        self.board.merge(ctx.generation(), &received.quotes, &received.gone, ctx.now());
                    merged.map_err(|error| WorkerError::from_error(&error))?;
                }
                if let Some(save) = &received.save {
                    let confirmed = self.board.confirm_foreign(ctx.generation(), save, ctx.now());
                    confirmed.map_err(|error| WorkerError::from_error(&error))?;
                }
                Next::After(Duration::ZERO)
            }
            Err(error) => {
                self.watch.failed(&error.to_string(), false); // whatever still answers, no quotes come in
                self.note_failure(ctx.name(), error.to_string());
                Next::After(self.subscriber.retry_after().max(SHORTEST_LOOK))
            }
        };
        self.board
            .mark_stale(ctx.generation(), ctx.now())
            .map_err(|error| WorkerError::from_error(&error))?;
        self.show(ctx);
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forked_child_leaves_the_subscription_of_its_parent() {
        let of_parent = SubscriptionEnd { process: 0, ..SubscriptionEnd::default() };
        of_parent.end();
        assert!(!of_parent.state.lock().0);
        let own = SubscriptionEnd::default();
        own.end();
        assert!(own.state.lock().0);
    }
}
