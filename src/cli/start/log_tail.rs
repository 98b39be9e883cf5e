//! The last lines of a log since a moment.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How many lines are shown.
const LINES: usize = 10;

/// How many bytes at the end are looked at.
const BYTES: u64 = 16 * 1024;

/// A log, and how long it was.
pub(super) struct LogTail {
    path: PathBuf,
    was: u64,
}

impl LogTail {
    /// What `path` gets from now on.
    pub(super) fn of(path: &Path) -> LogTail {
        LogTail { path: path.to_owned(), was: std::fs::metadata(path).map_or(0, |found| found.len()) }
    }

    /// Its last lines; none where nothing was written, or it is no file to read.
    pub(super) fn lines(&self) -> Vec<String> {
        let text = self.read().unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(LINES)).map(|line| (*line).to_owned()).collect()
    }

    fn read(&self) -> std::io::Result<String> {
        let mut file = File::open(&self.path)?;
        let found = file.metadata()?;
        if !found.is_file() {
            return Ok(String::new());
        }
        // A file that became shorter was moved aside meanwhile.
        let was = if found.len() < self.was { 0 } else { self.was };
        file.seek(SeekFrom::Start(was.max(found.len().saturating_sub(BYTES))))?;
        let mut bytes = Vec::new();
        file.take(BYTES).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
