//! The folder of journals: one file a trading day, old ones deleted, never more than so many bytes.

use super::batch;
use super::file::{ENDING, JournalFile};
use crate::board::Update;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file ends at 22:00 UTC: after New York's close and, in summer and in winter, before the first open of the next
/// day, so that every open has its quotes in the file of its own day.
const DAY_STARTS_BEFORE_MIDNIGHT: SignedDuration = SignedDuration::from_hours(2);

/// How large one file may grow, compressed.
const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// How large all files together may grow before the oldest are deleted.
const MAX_TOTAL_BYTES: u64 = 8 * 1024 * 1024 * 1024;

/// How long one file may be.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The journals of one folder, written.
pub struct Journal {
    folder: PathBuf,
    keep: Duration,
    current: Option<JournalFile>,
    line: Vec<u8>,
}

impl Journal {
    /// Journals in `folder`, which need not exist, each kept for `keep`. Nothing is written before the first update.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, keep: Duration) -> Journal {
        Journal { folder: folder.into(), keep, current: None, line: Vec::new() }
    }

    /// Adds the line of `update`, into a new file where a day has begun or the last one is full. False: the update is of
    /// no save, and nothing is written.
    ///
    /// # Errors
    /// What the system says; the line may be lost, and the next update starts a new file, with every quote in it.
    pub fn write(&mut self, update: &Update) -> io::Result<bool> {
        let written = self.try_write(update);
        if written.is_err() {
            self.give_up();
        }
        written
    }

    /// Hands what was written to the system.
    ///
    /// # Errors
    /// As [`Journal::write`]; every line since the last time may be lost.
    pub fn flush(&mut self) -> io::Result<()> {
        let flushed = self.current.as_mut().map_or(Ok(()), JournalFile::flush);
        if flushed.is_err() {
            self.give_up();
        }
        flushed
    }

    fn give_up(&mut self) {
        if let Some(file) = self.current.take() {
            file.give_up();
        }
    }

    /// Ends the file, so that the next line, in a new one, has every quote: for who has missed an update.
    pub fn start_over(&mut self) {
        self.current = None;
    }

    /// The file that is being written.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.current.as_ref().map(JournalFile::path)
    }

    fn try_write(&mut self, update: &Update) -> io::Result<bool> {
        let ends = |file: &JournalFile| {
            trading_day(file.started_at()) != trading_day(update.at) || file.bytes() >= MAX_FILE_BYTES
        };
        if self.current.as_ref().is_some_and(ends) {
            self.current = None;
        }
        self.line.clear();
        if !batch::write(update, self.current.is_none(), &mut self.line)? {
            return Ok(false);
        }
        let file = match &mut self.current {
            Some(file) => file,
            none => {
                prune(&self.folder, self.keep, update.at, MAX_TOTAL_BYTES);
                none.insert(JournalFile::create(&self.folder, update.at)?)
            }
        };
        file.write(&self.line)?;
        Ok(true)
    }
}

fn trading_day(at: Timestamp) -> Date {
    let shifted = at.checked_add(DAY_STARTS_BEFORE_MIDNIGHT).unwrap_or(at);
    TimeZone::UTC.to_datetime(shifted).date()
}

/// Deletes files that are older than `keep` before the newest, and the oldest as long as there are more than `max_total` bytes. Failures
/// are said: a file that cannot be deleted keeps nothing else from being written.
fn prune(folder: &Path, keep: Duration, now: Timestamp, max_total: u64) {
    let mut files = match journals(folder) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => return log::warn!("listing journals in {}: {error}", folder.display()),
    };
    files.sort_by_key(|(at, ..)| *at);
    let mut total: u64 = files.iter().map(|(_, _, bytes)| bytes).sum();
    // No older than by the newest of them: a clock that is a month ahead for a moment must not delete a month.
    let now = files.last().map_or(now, |(newest, ..)| now.min(*newest));
    for (started_at, path, bytes) in files {
        let is_old = started_at.checked_add(DAY + keep_for(keep)).is_ok_and(|end| end < now);
        if !is_old && total <= max_total {
            return;
        }
        match fs::remove_file(&path) {
            Ok(()) if is_old => log::info!("journal {} deleted: {}", path.display(), why(is_old)),
            Ok(()) => log::warn!("journal {} deleted: {}", path.display(), why(is_old)),
            Err(error) => log::warn!("deleting journal {}: {error}", path.display()),
        }
        total = total.saturating_sub(bytes);
    }
}

fn why(is_old: bool) -> &'static str {
    if is_old { "older than journal.keep" } else { "the journals together are too large" }
}

fn keep_for(keep: Duration) -> SignedDuration {
    SignedDuration::try_from(keep).unwrap_or(SignedDuration::MAX)
}

/// The journals in `folder` by name: when they start, where they are, how large.
fn journals(folder: &Path) -> io::Result<Vec<(Timestamp, PathBuf, u64)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if let Some(at) = name.to_str().and_then(started_at) {
            files.push((at, entry.path(), entry.metadata()?.len()));
        }
    }
    Ok(files)
}

/// When the journal of this name starts; `None`: it is not one of ours.
fn started_at(name: &str) -> Option<Timestamp> {
    let stem = name.strip_suffix(ENDING)?;
    let (time, twin) = stem.split_at_checked("YYYYMMDDTHHMMSSZ".len())?;
    let is_twin =
        twin.is_empty() || twin.strip_prefix('-').is_some_and(|number| number.parse::<u8>().is_ok());
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok().filter(|_| is_twin)?;
    TimeZone::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn names(folder: &Path) -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn every_open_of_a_day_is_in_the_file_of_that_day() {
        let day = |text| trading_day(at(text)).to_string();
        assert_eq!(day("2025-11-18T21:59:59Z"), "2025-11-18");
        assert_eq!(day("2025-11-18T22:00:00Z"), "2025-11-19");
        assert_eq!(day("2025-11-19T00:00:00Z"), "2025-11-19", "Tokyo's open");
        assert_eq!(day("2025-11-19T21:00:00Z"), "2025-11-19", "New York's close");
    }

    #[test]
    fn old_journals_and_too_many_are_deleted_and_other_files_never() {
        let folder = tempfile::tempdir().unwrap();
        let all = [
            "20251018T220000Z.jsonl.zst",
            "20251019T220000Z-2.jsonl.zst",
            "20251119T210000Z.jsonl.zst",
            "20250101T000000Z.jsonl",
            "notes.txt",
        ];
        for name in all {
            fs::write(folder.path().join(name), [0; 100]).unwrap();
        }
        let keep = Duration::from_secs(30 * 86_400);
        prune(folder.path(), keep, at("2027-01-01T00:00:00Z"), 10_000);
        assert_eq!(
            names(folder.path()),
            all[1..].iter().map(ToString::to_string).collect(),
            "a clock far ahead"
        );
        prune(folder.path(), keep, at("2025-11-19T22:00:00Z"), 10_000);
        assert_eq!(names(folder.path()), all[1..].iter().map(ToString::to_string).collect());
        prune(folder.path(), keep, at("2025-11-19T22:00:00Z"), 150);
        assert_eq!(names(folder.path()), all[2..].iter().map(ToString::to_string).collect());
    }
}
