//! One journal file in the making.

use crate::fault::edge;
use jiff::Timestamp;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use zstd::Encoder;

/// The ending of every file that the stack writes.
pub(super) const ENDING: &str = ".jsonl.zst";

/// How many files may start within one second.
const MAX_TWINS: usize = 100;

/// A compressed file that lines are added to until it is dropped, which ends it properly.
pub(super) struct JournalFile {
    path: PathBuf,
    encoder: Encoder<'static, Counted>,
    started_at: Timestamp,
    handed_over: bool,
    is_given_up: bool,
}

/// A file that knows how much was written to it.
struct Counted {
    file: File,
    bytes: u64,
}

impl JournalFile {
    /// A new file in `folder`, named by `at`, when its first line was seen.
    pub(super) fn create(folder: &Path, at: Timestamp) -> io::Result<JournalFile> {
        fs::create_dir_all(folder)?;
        let (path, file) = create_new(folder, &at.strftime("%Y%m%dT%H%M%SZ").to_string())?;
        let encoder = Encoder::new(Counted { file, bytes: 0 }, zstd::DEFAULT_COMPRESSION_LEVEL)?;
        Ok(JournalFile { path, encoder, started_at: at, handed_over: false, is_given_up: false })
    }

    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        edge!("journal.write.before", std::convert::identity);
        self.encoder.write_all(lines)
    }

    /// Hands everything so far to the system, so that a crash of this process loses none of it.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.encoder.flush()?;
        self.handed_over = true;
        Ok(())
    }

    /// Leaves the file as it is after a failure. One of which nothing was handed over has nothing to read in it, and
    /// goes: a disk that is full for a day must not fill with empty files.
    pub(super) fn give_up(mut self) {
        self.is_given_up = true;
        if self.handed_over {
            return;
        }
        if let Err(error) = fs::remove_file(&self.path) {
            log::warn!("deleting journal {}, of which nothing was written: {error}", self.path.display());
        }
    }

    /// Compressed bytes in the file so far.
    pub(super) fn bytes(&self) -> u64 {
        self.encoder.get_ref().bytes
    }

    pub(super) fn started_at(&self) -> Timestamp {
        self.started_at
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for JournalFile {
    fn drop(&mut self) {
        if self.is_given_up {
            return;
        }
        let ended = self.encoder.do_finish().and_then(|()| self.encoder.get_ref().file.sync_data());
        if let Err(error) = ended {
            log::warn!("ending journal {}: {error}; its last lines may be lost", self.path.display());
        }
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that was not there before; a second one of the same second gets a number.
fn create_new(folder: &Path, name: &str) -> io::Result<(PathBuf, File)> {
    let mut twin = 1;
    loop {
        let number = if twin == 1 { String::new() } else { format!("-{twin}") };
        let path = folder.join(format!("{name}{number}{ENDING}"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && twin < MAX_TWINS => twin += 1,
            Err(error) => return Err(error),
        }
    }
}
