//! Reads one journal: plain or zstd, whole or cut, in order or nearly so.

use super::batch::{self, Batch};
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

/// The first bytes of a zstd frame (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// How many lines may be out of order before the earliest of them counts as lost: half an hour of two saves a second.
const WINDOW: usize = 4_096;

/// More than a save of ten thousand rows; longer ones are no journal's.
const MAX_LINE_BYTES: u64 = 64 * 1024 * 1024;

/// How many problems of a file are kept with their line; the others are counted.
const KEPT_PROBLEMS: usize = 20;

/// Why a journal cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("reading journal {}", path.display())]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub source: io::Error,
}

/// What could not be used of a journal; the rest was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is wrong there.
    pub reason: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if self.line > 0 {
            write!(f, ", line {}", self.line)?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// The batches of one journal, by time.
pub struct JournalReader {
    path: PathBuf,
    source: Option<Box<dyn BufRead + Send>>,
    line: Vec<u8>,
    number: u64,
    /// By time, then by line.
    window: BinaryHeap<Reverse<(Timestamp, u64)>>,
    batches: BTreeMap<u64, Batch>,
    last: Option<Timestamp>,
    damage: Vec<Damage>,
    problems: u64,
}

impl JournalReader {
    /// Opens the journal at `path`.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be opened. Damage inside is told by [`JournalReader::damage`].
    pub fn open(path: &Path) -> Result<JournalReader, JournalError> {
        let source = source(path).map_err(|source| JournalError { path: path.into(), source })?;
        Ok(JournalReader {
            path: path.into(),
            source: Some(source),
            line: Vec::new(),
            number: 0,
            window: BinaryHeap::new(),
            batches: BTreeMap::new(),
            last: None,
            damage: Vec::new(),
            problems: 0,
        })
    }

    /// When the next batch was seen; `None` at the end.
    pub fn next_at(&mut self) -> Option<Timestamp> {
        self.fill();
        self.window.peek().map(|Reverse((at, _))| *at)
    }

    /// The problems so far, the first ones with their lines, and how many there were altogether.
    #[must_use]
    pub fn damage(&self) -> (&[Damage], u64) {
        (&self.damage, self.problems)
    }

    /// Reads ahead as far as the window reaches.
    fn fill(&mut self) {
        while self.window.len() < WINDOW {
            let Some(batch) = self.read_batch() else { return };
            if self.last.is_some_and(|last| batch.at < last) {
                self.complain(format!("is earlier than {WINDOW} lines before it; left out"));
                continue;
            }
            self.window.push(Reverse((batch.at, self.number)));
            self.batches.insert(self.number, batch);
        }
    }

    /// The next line that can be read.
    fn read_batch(&mut self) -> Option<Batch> {
        while let Some(ended) = self.read_line() {
            match batch::read(&self.line, self.number == 1) {
                Ok(batch) => return Some(batch),
                Err(_) if self.line.iter().all(u8::is_ascii_whitespace) => {}
                Err(error) if ended => self.complain(format!("is whole, and no line of a journal: {error}")),
                Err(_) => self.complain("is cut; what is whole before it is used".into()),
            }
        }
        None
    }

    /// Reads a line into `self.line`, and says whether it ended as lines do; `None`: there is none.
    fn read_line(&mut self) -> Option<bool> {
        let source = self.source.as_mut()?;
        self.line.clear();
        self.number += 1;
        let read = source.take(MAX_LINE_BYTES).read_until(b'\n', &mut self.line);
        let ended = self.line.last() == Some(&b'\n');
        match read {
            Ok(0) => self.source = None,
            Ok(_) if ended => return Some(true),
            Ok(bytes) if bytes as u64 == MAX_LINE_BYTES => {
                self.complain(format!("is longer than {MAX_LINE_BYTES} bytes; reading ends here"));
                self.source = None;
            }
            Ok(_) => {
                self.source = None;
                return Some(false); // whole all the same, or cut: its JSON says
            }
            Err(error) => {
                let error = if error.kind() == io::ErrorKind::UnexpectedEof {
                    "the file ends in the middle: cut, or still being written".to_string()
                } else {
                    error.to_string()
                };
                self.complain(format!("{error}; what is whole before it is used"));
                self.source = None;
            }
        }
        None
    }

    fn complain(&mut self, reason: String) {
        self.problems += 1;
        if self.damage.len() < KEPT_PROBLEMS {
            self.damage.push(Damage { path: self.path.clone(), line: self.number, reason });
        }
    }
}

impl Iterator for JournalReader {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        self.fill();
        let Reverse((at, number)) = self.window.pop()?;
        self.last = Some(at);
        self.batches.remove(&number)
    }
}

fn source(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let mut file = File::open(path)?;
    let mut magic = Vec::new();
    (&mut file).take(ZSTD_MAGIC.len() as u64).read_to_end(&mut magic)?;
    let is_zstd = magic == ZSTD_MAGIC;
    let whole = Cursor::new(magic).chain(file);
    if is_zstd {
        Ok(Box::new(BufReader::with_capacity(1 << 17, zstd::Decoder::new(whole)?)))
    } else {
        Ok(Box::new(BufReader::with_capacity(1 << 17, whole)))
    }
}
