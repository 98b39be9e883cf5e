//! Writes every verified save to the journal.

use crate::board::{Board, Subscription, Update};
use crate::config::Config;
use crate::journal::Journal;
use crate::supervise::{Context, Mono, Next, Worker, WorkerError};
use jiff::Timestamp;
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How much a crash of the process may lose: what is younger than this may not have reached the system.
const FLUSH_EVERY: Duration = Duration::from_secs(5);

/// How long after a failure (a full disk) the next file is tried.
const RETRY: Duration = Duration::from_secs(30);

/// One journal of one board. A disk that is full or gone costs lines of the journal and nothing else: they are counted,
/// said once per outage, and the next file starts with every quote. The outage is over when a line has reached the
/// system, not when it was taken: compressed lines wait in memory.
pub struct JournalWriter {
    updates: Subscription,
    /// What the board showed before this writer was there.
    before: Option<Arc<Update>>,
    journal: Journal,
    folder: String,
    unflushed: Unflushed,
    failing: Option<Failing>,
    missed: u64,
    lines: u64,
    lost: u64,
    last_error: Option<(String, Timestamp)>,
}

struct Failing {
    retry_at: Mono,
}

/// Lines that the system has not got yet.
#[derive(Default)]
struct Unflushed {
    lines: u64,
    since: Option<Mono>,
}

impl JournalWriter {
    /// A writer of what `board` says from now on, into the folder `journal` of the home; woken by each update.
    #[must_use]
    pub fn new(config: &Config, board: &Board, ctx: &Context) -> JournalWriter {
        let folder = config.journal_folder();
        JournalWriter {
            updates: board.subscribe(Some(ctx.waker())),
            before: latest(board),
            folder: folder.display().to_string(),
            journal: Journal::new(folder, config.journal.keep),
            unflushed: Unflushed::default(),
            failing: None,
            missed: 0,
            lines: 0,
            lost: 0,
            last_error: None,
        }
    }

    fn write_all(&mut self, ctx: &Context) {
        let before = self.before.take();
        let known = before.as_ref().map(|update| update.at);
        let later = self.updates.updates().try_iter().filter(|update| known.is_none_or(|at| at < update.at));
        let waiting: Vec<Arc<Update>> = before.into_iter().chain(later).collect();
        let missed = self.updates.lost();
        if missed > self.missed {
            self.lost += missed - self.missed;
            self.missed = missed;
            self.journal.start_over();
            log::warn!("{}: {missed} saves came faster than they could be written", ctx.name());
        }
        for update in waiting {
            if self.is_waiting(ctx) {
                self.lost += 1;
                continue;
            }
            self.write(ctx, &update);
        }
    }

    fn write(&mut self, ctx: &Context, update: &Update) {
        match self.journal.write(update) {
            Ok(false) => {}
            Ok(true) => {
                self.unflushed.lines += 1;
                self.unflushed.since.get_or_insert(ctx.clock().mono());
                if self.failing.is_some() {
                    self.flush(ctx); // that there is room again is known only then
                }
            }
            Err(error) => {
                self.lost += 1;
                self.failed(ctx, &error);
            }
        }
    }

    fn flush_if_due(&mut self, ctx: &Context) {
        if self.unflushed.since.is_some_and(|since| ctx.clock().mono().since(since) >= FLUSH_EVERY) {
            self.flush(ctx);
        }
    }

    fn flush(&mut self, ctx: &Context) {
        match self.journal.flush() {
            Ok(()) => {
                self.lines += std::mem::take(&mut self.unflushed).lines;
                self.recovered(ctx);
            }
            Err(error) => self.failed(ctx, &error),
        }
    }

    fn is_waiting(&self, ctx: &Context) -> bool {
        self.failing.as_ref().is_some_and(|failing| ctx.clock().mono() < failing.retry_at)
    }

    fn failed(&mut self, ctx: &Context, error: &io::Error) {
        if self.failing.is_none() {
            log::warn!(
                "{}: writing the journal in {}: {error}; saves are not recorded",
                ctx.name(),
                self.folder
            );
        }
        self.failing = Some(Failing { retry_at: ctx.clock().mono().plus(RETRY) });
        self.last_error = Some((error.to_string(), ctx.now()));
        self.lost += std::mem::take(&mut self.unflushed).lines;
    }

    fn recovered(&mut self, ctx: &Context) {
        if self.failing.take().is_some() {
            log::warn!("{}: the journal is written again; {} saves were lost", ctx.name(), self.lost);
        }
    }

    fn show(&self, ctx: &Context) {
        let error = self.last_error.as_ref().map(|(message, at)| json!({ "message": message, "at": at }));
        ctx.detail(json!({
            "folder": self.folder,
            "file": self.journal.path().and_then(|path| path.file_name()?.to_str()),
            "lines": self.lines + self.unflushed.lines,
            "lost": self.lost,
            "failing": self.failing.is_some(),
            "last_error": error,
        }));
    }
}

/// The board's latest save, for a writer that was not there when it came.
fn latest(board: &Board) -> Option<Arc<Update>> {
    let snapshot = board.snapshot();
    let at = snapshot.seen_at?;
    Some(Arc::new(Update { at, changed: Vec::new(), gone: Vec::new(), snapshot }))
}

impl Worker for JournalWriter {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        ctx.generation().check().map_err(|error| WorkerError::from_error(&error))?;
        self.write_all(ctx);
        self.flush_if_due(ctx);
        self.show(ctx);
        let until = |since: Mono| FLUSH_EVERY.saturating_sub(ctx.clock().mono().since(since));
        Ok(self.unflushed.since.map_or(Next::OnWake, |since| Next::After(until(since))))
    }
}
