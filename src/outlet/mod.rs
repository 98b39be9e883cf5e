//! The outlet: where the board's quotes leave this process.

mod host;
pub mod none;
mod notices;
mod quote_bytes;
mod quote_json;
pub mod redis;
mod status;

pub(crate) use host::HostOutlet;
pub use notices::{NoNotices, Notices};
pub use quote_json::{PublishedQuote, QuoteKind, SOURCE, quote_json};
pub use status::{BusOutage, BusStatus, BusWatch};

use crate::board::{BoardQuote, BoardSnapshot};
use crate::config::{BusConfig, BusUrl};
use crate::lease::Lease;
use crate::supervise::{Generation, Revoked};
use crate::value::Symbol;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// One poll's worth of news for the outlet.
#[derive(Debug, Clone, Copy)]
pub struct Edition<'a> {
    /// The board after it.
    pub snapshot: &'a BoardSnapshot,
    /// The quotes that changed since the last edition.
    pub changed: &'a [Arc<BoardQuote>],
    /// The symbols that left the sheet since the last edition.
    pub gone: &'a [Symbol],
    /// Whether every quote is to be sent, changed or not (the periodic refresh, or `publish = "all"`).
    pub everything: bool,
    /// The poll's time.
    pub now: Timestamp,
}

/// What a publisher needs to know of its poller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublisherTerms {
    /// How often an edition comes (`workbook.interval`); lock and heartbeat outlive three of them.
    pub interval: Duration,
    /// From which age of the save on quotes are stale (`workbook.stale_after`).
    pub stale_after: Duration,
}

/// What an outlet sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Published {
    /// How many quotes.
    pub quotes: usize,
    /// How many symbols were announced as gone.
    pub gone: usize,
}

/// Where quotes leave the process. Owned by the one worker that publishes.
///
/// # The contract
/// - **After the board**: an edition is on the board before the outlet is tried; an outlet that fails costs the
///   workers of this process nothing.
/// - **All or nothing**: readers outside see all of an edition's quotes or none; messages go out only if the latest
///   values were stored.
/// - **Bounded**: one call returns within the outlet's bound (`bus.timeout`, plus `bus.connect_timeout` when it
///   connects anew), whatever the other side does. While it is waiting to reconnect it fails at once.
/// - **One publisher**: while another holds the lock nothing goes out and the call says who holds it; the next call
///   asks again, so a publisher that stands by takes over by going on to publish.
/// - **Nothing is owed for ever**: what a failed call did not send goes out with the next that succeeds; after a
///   reconnection that is the whole latest state, departures included.
/// - **An empty edition is a sign of life**: it renews what has a term (lock, heartbeat).
/// - **Fenced**: a revoked generation publishes nothing.
/// - **Discreet**: no password in any error, log line or status.
/// - Dropping it gives back what is held (the lock), within the bound.
pub trait Outlet: Send {
    /// Sends one edition.
    ///
    /// # Errors
    /// [`OutletError`]; whatever it was, the next call tries again.
    fn publish(&mut self, generation: &Generation, edition: &Edition<'_>) -> Result<Published, OutletError>;
}

/// The outlet that `config.url` names, reporting to `watch`. Does not connect.
///
/// # Errors
/// [`OutletError::Failed`] when the address is none, or needs a feature that is not built in.
pub fn open(
    config: &BusConfig,
    terms: PublisherTerms,
    watch: &BusWatch,
) -> Result<Box<dyn Outlet>, OutletError> {
    Ok(match config.url {
        BusUrl::Local => Box::new(none::NoOutlet),
        BusUrl::Redis(_) => Box::new(redis::RedisOutlet::new(config, terms, watch)?),
    })
}

/// The same, which publishes only while this host holds `lease`.
///
/// # Errors
/// As [`open`].
pub fn open_under(
    lease: &Arc<Lease>,
    config: &BusConfig,
    terms: PublisherTerms,
    watch: &BusWatch,
) -> Result<Box<dyn Outlet>, OutletError> {
    Ok(Box::new(redis::RedisOutlet::new(config, terms, watch)?.under(Arc::clone(lease))))
}

/// Why an edition did not go out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutletError {
    /// Another process holds the publisher's lock; it alone publishes until it ends.
    #[error("{holder} is publishing to {url}; stop it first, or let this one stand by")]
    Held {
        /// Host and process of the holder, as its token names them.
        holder: String,
        /// The redacted address.
        url: String,
    },
    /// The other side is absent, refused, stalled, or answered with an error. Redacted text.
    #[error("{0}")]
    Failed(String),
    /// The worker that publishes was replaced.
    #[error(transparent)]
    Revoked(#[from] Revoked),
}
