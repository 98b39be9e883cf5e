//! The publisher's sign of life, which runs out when it ends.

use super::token::this_process;
use crate::board::BoardSnapshot;
use crate::outlet::PublisherTerms;
use jiff::Timestamp;

/// The value of `thor:heartbeat` (domain.md section 4).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Heartbeat {
    /// When it was written.
    pub at: Timestamp,
    /// The last verified save, if there was one.
    pub saved_at: Option<Timestamp>,
    /// The publisher's host.
    pub host: String,
    /// The publisher's process.
    pub pid: u32,
    /// The publisher's version.
    pub version: String,
    /// How many quotes the board holds.
    pub quotes: usize,
    /// Whether the last save is older than `workbook.stale_after`, or there is none.
    pub stale: bool,
}

impl Heartbeat {
    pub(super) fn of(snapshot: &BoardSnapshot, terms: &PublisherTerms, now: Timestamp) -> Heartbeat {
        let process = this_process();
        let age = |saved_at: Timestamp| now.duration_since(saved_at);
        Heartbeat {
            at: now,
            saved_at: snapshot.saved_at,
            host: process.host.clone(),
            pid: process.pid,
            version: env!("CARGO_PKG_VERSION").into(),
            quotes: snapshot.quotes().len(),
            stale: snapshot.saved_at.is_none_or(|saved_at| {
                age(saved_at).as_millis() > terms.stale_after.as_millis().cast_signed()
            }),
        }
    }
}
