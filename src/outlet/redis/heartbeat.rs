//! The publisher's sign of life, which runs out when it ends.

use super::token::this_process;
use crate::board::{BoardSnapshot, ForeignSave};
use crate::outlet::PublisherTerms;
use crate::value::Symbol;
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
    /// The symbols that stand on the sheet and were not loaded with that save: their quotes age, all others are as of it.
    pub not_loaded: Vec<Symbol>,
}

impl Heartbeat {
    /// The save that it tells of, which loaded all rows of the workbook but those that it names; `rows`: whose quotes are
    /// known.
    pub(super) fn save<'a>(&self, rows: impl Iterator<Item = &'a Symbol>) -> Option<ForeignSave> {
        let loaded = rows.filter(|symbol| !self.not_loaded.contains(symbol)).cloned().collect();
        Some(ForeignSave { saved_at: self.saved_at?, loaded, not_loaded: self.not_loaded.clone() })
    }

    pub(super) fn of(snapshot: &BoardSnapshot, terms: &PublisherTerms, now: Timestamp) -> Heartbeat {
        let process = this_process();
        Heartbeat {
            at: now,
            saved_at: snapshot.saved_at,
            host: process.host.clone(),
            pid: process.pid,
            version: env!("CARGO_PKG_VERSION").into(),
            quotes: snapshot.quotes().len(),
            stale: snapshot.is_stale(terms.stale_after, now),
            not_loaded: snapshot.not_loaded.to_vec(),
        }
    }
}
