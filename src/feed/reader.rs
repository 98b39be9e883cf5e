//! The workbook reader: looks at the file, and reads it only when its content has changed.

use super::bounds::{MAX_FILE_BYTES, READ_AT_ONCE, RETRIES, RETRY_PAUSE, UNCONDITIONAL_EVERY};
use super::error::{FeedError, Problem};
use super::file;
use super::fingerprint::Fingerprint;
use super::format::{self, ShortWay};
use super::stat::FileStat;
use crate::config::{CellRange, WorkbookConfig};
use crate::fault::edge;
use crate::supervise::catch::catch;
use crate::value::Sheet;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Reads one workbook again and again, and remembers what it verified last. A poller owns one.
pub struct WorkbookReader {
    path: PathBuf,
    sheet: String,
    range: CellRange,
    verified: Option<Verified>,
    looks: u64,
    bytes: Vec<u8>,
    short: ShortWay,
}

/// What one look found.
#[derive(Debug)]
pub enum Look {
    /// The same file as before, not saved since.
    Unchanged,
    /// The file was saved again with the content that was read before: every quote of it is as fresh as this save.
    Confirmed {
        /// When it was saved, never later than the look.
        saved_at: Timestamp,
    },
    /// The content was read and verified. It may still equal the sheet before, row by row.
    Changed(Sheet),
}

/// What the file's stat and its end say.
enum Recognised {
    Look(Look),
    /// The content is another, and all of it has been read.
    Whole(FileStat),
    /// It has to be read.
    Other,
}

/// The last save whose content was verified.
struct Verified {
    stat: FileStat,
    /// As it was when that stat was first seen: a file that says it was saved in the future would otherwise be a new
    /// save at each reading.
    saved_at: Timestamp,
    settled: bool,
    fingerprint: Fingerprint,
}

impl WorkbookReader {
    /// A reader of the block `range` of `sheet` in the workbook at `path`; it has read nothing yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, sheet: impl Into<String>, range: CellRange) -> WorkbookReader {
        WorkbookReader {
            path: path.into(),
            sheet: sheet.into(),
            range,
            verified: None,
            looks: 0,
            bytes: Vec::new(),
            short: ShortWay::default(),
        }
    }

    /// A reader of the configured workbook; `None` if none is configured.
    #[must_use]
    pub fn from_config(config: &WorkbookConfig) -> Option<WorkbookReader> {
        let path = config.path.as_ref()?;
        Some(WorkbookReader::new(path, &config.sheet, config.range))
    }

    /// The same reader, but calamine reads every workbook: slower, for comparison.
    #[must_use]
    pub fn by_calamine(mut self) -> WorkbookReader {
        self.short.closed = true;
        self
    }

    /// Why calamine had to read the workbook that was read last; `None` when it had not.
    #[must_use]
    pub fn doubt(&self) -> Option<&'static str> {
        self.short.doubt()
    }

    /// The workbook's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at the file once, at `now`. While a save is in progress it looks again, up to five times, 20 ms apart:
    /// `pause` waits that long and returns `false` if the stack is stopping, which ends the look.
    ///
    /// # Errors
    /// [`FeedError`]; what was verified before stays so, and the next look starts afresh. Transient errors
    /// ([`FeedError::is_transient`]) are part of saving.
    pub fn look(
        &mut self,
        now: Timestamp,
        pause: &mut dyn FnMut(Duration) -> bool,
    ) -> Result<Look, FeedError> {
        self.looks += 1;
        let mut retries = 0;
        loop {
            match self.look_once(now) {
                Err(problem) if problem.may_pass() && retries < RETRIES && pause(RETRY_PAUSE) => retries += 1,
                result => return result.map_err(|problem| FeedError::new(self.path.clone(), problem)),
            }
        }
    }

    fn look_once(&mut self, now: Timestamp) -> Result<Look, Problem> {
        if !self.looks.is_multiple_of(UNCONDITIONAL_EVERY) {
            match self.recognise(now)? {
                Recognised::Look(look) => return Ok(look),
                Recognised::Whole(stat) => return self.parse(stat, now),
                Recognised::Other => {}
            }
        } else {
            self.short.forget();
        }
        let stat = file::read_tail(&self.path, MAX_FILE_BYTES, &mut self.bytes)?;
        self.parse(stat, now)
    }

    /// `Unchanged` or `Confirmed` if that can be told without unpacking anything.
    fn recognise(&mut self, now: Timestamp) -> Result<Recognised, Problem> {
        let Some(verified) = &mut self.verified else { return Ok(Recognised::Other) };
        let stat = file::stat(&self.path)?;
        if stat == verified.stat && verified.settled {
            return Ok(Recognised::Look(Look::Unchanged));
        }
        let wanted = verified.fingerprint.tail_bytes().max(READ_AT_ONCE);
        let stat = file::read_tail(&self.path, wanted, &mut self.bytes)?;
        let whole = self.bytes.len() as u64 == stat.size();
        if !verified.fingerprint.matches(&self.bytes, stat.size()) {
            return Ok(if whole { Recognised::Whole(stat) } else { Recognised::Other });
        }
        let saved_again = stat != verified.stat;
        verified.stat = stat;
        verified.settled = stat.is_settled(now);
        if !saved_again {
            return Ok(Recognised::Look(Look::Unchanged));
        }
        verified.saved_at = stat.saved_at(now);
        Ok(Recognised::Look(Look::Confirmed { saved_at: verified.saved_at }))
    }

    /// Parses the whole file, which has been read and has this stat.
    fn parse(&mut self, stat: FileStat, now: Timestamp) -> Result<Look, Problem> {
        edge!("feed.parse.before", Problem::of_io);
        // What the parsers do not expect (a column of fifteen letters) is a panic in them: no more than a bad workbook.
        let mut short = std::mem::take(&mut self.short);
        let parsed = catch(|| format::read(&self.bytes, &self.sheet, self.range, &mut short));
        if parsed.is_ok() {
            self.short = short;
        }
        let (table, fingerprint) =
            parsed.map_err(|panic| Problem::Damaged(format!("its parser gave up ({panic})")))??;
        edge!("feed.parse.after", Problem::of_io);
        let known = self.verified.as_ref().filter(|verified| verified.stat == stat);
        let saved_at = known.map_or_else(|| stat.saved_at(now), |verified| verified.saved_at);
        self.verified = Some(Verified { stat, saved_at, settled: stat.is_settled(now), fingerprint });
        Ok(Look::Changed(table.into_sheet(saved_at)))
    }
}
