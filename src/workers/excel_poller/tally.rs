//! What the poller counts, says and shows.

use crate::board::BoardSnapshot;
use crate::config::{BusConfig, WorkbookConfig};
use crate::feed::{FeedError, Problem};
use crate::outlet::{OutletError, Published};
use crate::supervise::{Context, Mono};
use crate::value::RejectedCell;
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;

/// How soon to look again while a save is in progress (after the reader's own short retries).
const SAVE_RETRY: Duration = Duration::from_millis(250);

/// How soon to publish again after a failure: the longest wait of the outlet's own back-off (feed.md, Redis 4).
const PUBLISH_RETRY: Duration = Duration::from_secs(1);

/// Counters since the worker was built, and the last message of each kind of failure.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) rejected: Vec<RejectedCell>,
    last_read_at: Option<Timestamp>,
    reads: u64,
    saves_in_progress: u64,
    read_failures: u64,
    last_read_error: Option<String>,
    reading: Health,
    editions: u64,
    published: u64,
    publish_failures: u64,
    last_publish_error: Option<String>,
    publishing: Health,
}

/// How the last attempt ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Health {
    #[default]
    Good,
    /// Since when. A save takes milliseconds: one that lasts [`LONGEST_SAVE`] is a failure.
    SaveInProgress(Mono),
    Failing,
}

/// How long a save may keep the workbook unreadable before that is a failure to be told of.
const LONGEST_SAVE: Duration = Duration::from_secs(5);

impl Tally {
    pub(super) fn read(&mut self, ctx: &Context) {
        self.reads += 1;
        self.last_read_at = Some(ctx.now());
        if std::mem::take(&mut self.reading) == Health::Failing {
            log::info!("{}: the workbook can be read again", ctx.name());
        }
    }

    /// Counts the failure; says it when it is news. `kept`: whether there are quotes from before.
    pub(super) fn read_failed(&mut self, ctx: &Context, error: &FeedError, kept: bool) {
        let message = error.to_string();
        let same = self.last_read_error.as_ref() == Some(&message);
        let now = ctx.clock().mono();
        let health = match self.reading {
            _ if !error.is_transient() => Health::Failing,
            // No save in progress, but most likely another name than the user meant.
            _ if !kept && matches!(error.problem, Problem::NotFound) => Health::Failing,
            Health::Good => Health::SaveInProgress(now),
            Health::SaveInProgress(since) if now.since(since) < LONGEST_SAVE => Health::SaveInProgress(since),
            Health::SaveInProgress(_) | Health::Failing => Health::Failing,
        };
        let level = if health == Health::Failing { log::Level::Warn } else { log::Level::Debug };
        if !same || (health == Health::Failing && self.reading != Health::Failing) {
            let meanwhile =
                if kept { "keeping the last good quotes" } else { "no quotes until it can be read" };
            log::log!(level, "{}: {message}; {meanwhile}", ctx.name());
        }
        if health == Health::Failing {
            self.read_failures += 1;
        } else {
            self.saves_in_progress += 1;
        }
        self.reading = health;
        self.last_read_error = Some(message);
    }

    /// Whether the last edition did not go out.
    pub(super) fn owes_the_outlet(&self) -> bool {
        self.publishing == Health::Failing
    }

    /// How soon the next cycle is wanted, where waiting for the next poll would cost quotes.
    pub(super) fn hurry(&self) -> Option<Duration> {
        match (self.reading, self.publishing) {
            (Health::SaveInProgress(_), _) => Some(SAVE_RETRY),
            (_, Health::Failing) => Some(PUBLISH_RETRY),
            _ => None,
        }
    }

    pub(super) fn published(&mut self, name: &str, published: Published, bus: &BusConfig) {
        if std::mem::take(&mut self.publishing) == Health::Failing {
            let since = if self.editions == 0 { "now" } else { "again" };
            log::info!("{name}: publishing to {} {since}", bus.url.redacted());
        }
        let Published { quotes, gone } = published;
        log::trace!("{name}: published {quotes} quotes and {gone} departures");
        self.editions += 1;
        self.published += quotes as u64;
    }

    /// Counts the failure; says it when it is news.
    pub(super) fn publish_failed(&mut self, name: &str, error: &OutletError) {
        let message = error.to_string();
        if self.publishing == Health::Good || self.last_publish_error.as_ref() != Some(&message) {
            log::warn!("{name}: {message}; the board in this process goes on");
        }
        self.publishing = Health::Failing;
        self.publish_failures += 1;
        self.last_publish_error = Some(message);
    }

    pub(super) fn detail(
        &self,
        workbook: &WorkbookConfig,
        snapshot: &BoardSnapshot,
        stale: bool,
        watching: bool,
    ) -> serde_json::Value {
        json!({
            "path": workbook.path,
            "saved_at": snapshot.saved_at,
            "last_read_at": self.last_read_at,
            "quotes": snapshot.quotes().len(),
            "not_loaded": snapshot.not_loaded.len(),
            "rejected": self.rejected.len(),
            "stale": stale,
            "reads": self.reads,
            "saves_in_progress": self.saves_in_progress,
            "read_failures": self.read_failures,
            "last_read_error": self.last_read_error,
            "published": self.published,
            "publish_failures": self.publish_failures,
            "last_publish_error": self.last_publish_error,
            "watching": watching,
        })
    }
}
