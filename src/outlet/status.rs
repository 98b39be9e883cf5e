//! What `status` and `check` show of the bus.

use crate::config::BusUrl;
use arc_swap::ArcSwap;
use jiff::Timestamp;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// The state of the bus at one moment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BusStatus {
    /// `local`, `redis`, or `host` where the host passed in an outlet of its own.
    pub kind: &'static str,
    /// The redacted address.
    pub url: String,
    /// Whether the last exchange succeeded; `local` is always connected, `host` until it fails.
    pub connected: bool,
    /// Why the last exchange failed, until one succeeds. Redacted.
    pub last_error: Option<String>,
    /// When an edition last went out.
    pub last_published_at: Option<Timestamp>,
    /// When the server last let a stack hear of it that is fed by the bus.
    pub last_received_at: Option<Timestamp>,
    /// How long the last edition took to go out, milliseconds, rounded up.
    pub last_publish_ms: Option<u64>,
    /// How many editions did not go out, or attempts to receive failed, since the stack started.
    pub failures: u64,
}

impl BusStatus {
    /// Whether the last exchange failed because nobody could be reached.
    #[must_use]
    pub fn is_down(&self) -> bool {
        !self.connected && self.last_error.is_some()
    }

    /// When the last exchange succeeded. A stack publishes or receives, never both.
    #[must_use]
    pub fn last_exchange_at(&self) -> Option<Timestamp> {
        self.last_published_at.max(self.last_received_at)
    }
}

/// The bus's state, shared by its publisher and its readers; nobody waits for anybody. Clones share it, and it
/// outlives the worker that publishes, which is rebuilt after a crash.
#[derive(Debug, Clone)]
pub struct BusWatch {
    status: Arc<ArcSwap<BusStatus>>,
    outages: Arc<Mutex<Outages>>,
}

#[derive(Debug, Default)]
struct Outages {
    /// Those that are over and that nobody has taken.
    over: Vec<BusOutage>,
    /// Whether one goes on: it ends with the next edition, whoever answers before that, or with what is received next.
    goes_on: bool,
}

/// A time in which nothing went out, or nothing could come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusOutage {
    /// The last exchange before it; `None`: there was none.
    pub from: Option<Timestamp>,
    /// The first exchange after it.
    pub to: Timestamp,
}

/// How many outages are kept for a reader that does not come.
const KEPT: usize = 64;

impl BusWatch {
    /// The state before anything was sent to `url`.
    #[must_use]
    pub fn new(url: &BusUrl) -> BusWatch {
        let local = *url == BusUrl::Local;
        BusWatch::of(if local { "local" } else { "redis" }, url.redacted(), local)
    }

    /// The same for an outlet of the host's own, whose address is its affair.
    #[must_use]
    pub(crate) fn of_host() -> BusWatch {
        BusWatch::of("host", "host".to_owned(), true)
    }

    fn of(kind: &'static str, url: String, connected: bool) -> BusWatch {
        let status = BusStatus {
            kind,
            url,
            connected,
            last_error: None,
            last_published_at: None,
            last_received_at: None,
            last_publish_ms: None,
            failures: 0,
        };
        BusWatch { status: Arc::new(ArcSwap::from_pointee(status)), outages: Arc::default() }
    }

    /// The state now.
    #[must_use]
    pub fn get(&self) -> Arc<BusStatus> {
        self.status.load_full()
    }

    /// The outages that are over, once; the last 64 of them.
    #[must_use]
    pub fn take_outages(&self) -> Vec<BusOutage> {
        std::mem::take(&mut self.outages.lock().over)
    }

    pub(super) fn succeeded(&self, at: Timestamp, took: Duration) {
        let before = self.status.rcu(|status| BusStatus {
            connected: true,
            last_error: None,
            last_published_at: Some(at),
            last_publish_ms: Some(u64::try_from(took.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX)),
            ..BusStatus::clone(status)
        });
        self.end_outage(&before, at);
    }

    /// The server was heard: it sent a message, or answered.
    pub(crate) fn received(&self, at: Timestamp) {
        let before = self.status.rcu(|status| BusStatus {
            connected: true,
            last_error: None,
            last_received_at: Some(at),
            ..BusStatus::clone(status)
        });
        self.end_outage(&before, at);
    }

    /// An outage that went on `before` ended with an exchange at this moment.
    fn end_outage(&self, before: &BusStatus, at: Timestamp) {
        let mut outages = self.outages.lock();
        if std::mem::take(&mut outages.goes_on) {
            if outages.over.len() == KEPT {
                outages.over.remove(0);
            }
            outages.over.push(BusOutage { from: before.last_exchange_at(), to: at });
        }
    }

    /// An edition did not go out, or nothing could be received. `connected` says whether the server answered all the same
    /// (another one holds the lock).
    pub(crate) fn failed(&self, message: &str, connected: bool) {
        self.outages.lock().goes_on |= !connected;
        self.status.rcu(|status| BusStatus {
            connected,
            last_error: Some(message.to_string()),
            failures: status.failures + 1,
            ..BusStatus::clone(status)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regression: a server that came back, and let another publish for a moment, left an outage that never ended.
    #[test]
    fn an_outage_ends_with_the_next_edition_whoever_answered_before() {
        let watch = BusWatch::of("redis", "redis".into(), false);
        let at = |second| Timestamp::from_second(second).unwrap();
        let edition = |second| watch.succeeded(at(second), Duration::from_millis(1));
        edition(10);
        watch.failed("refused", false);
        watch.failed("another one holds the lock", true);
        assert_eq!(watch.take_outages(), []);
        edition(30);
        assert_eq!(watch.take_outages(), [BusOutage { from: Some(at(10)), to: at(30) }]);
        watch.failed("another one holds the lock", true);
        edition(50);
        assert_eq!(watch.take_outages(), [], "somebody published all the time");
    }
}
