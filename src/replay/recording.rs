//! Recorded saves from any number of journals and workbooks, by time.

use super::workbooks;
use super::{Save, Saves};
use crate::config::WorkbookConfig;
use crate::feed::FeedError;
use crate::journal::{Batch, Damage, JournalError, JournalReader, Tape};
use crate::value::{Sheet, Symbol};
use jiff::Timestamp;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Recorded saves from journals and workbooks, whatever order the files are named in.
///
/// Batches that are out of order are put in order; repetitions (a file named twice, journals that overlap) are counted
/// and change nothing; what is damaged is left out and said.
pub struct Recording {
    workbook: WorkbookConfig,
    /// The files, the latest start first.
    waiting: Vec<(Timestamp, PathBuf)>,
    /// Those that have been begun, and are not at their end.
    open: Vec<JournalReader>,
    tape: Tape,
    /// What was taken at the latest instant, to tell repetitions.
    latest: Vec<Arc<Batch>>,
    /// What a stack finds that is started in the middle, and when.
    found: Option<(Timestamp, Sheet)>,
    damage: Vec<Damage>,
    problems: u64,
    repeated: u64,
}

/// Why recordings cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// There is no such file or folder, or it cannot be read.
    #[error("reading {}", path.display())]
    Unreadable {
        /// What was named.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A journal that cannot be opened.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A workbook whose name does not say when it was saved.
    #[error("{}: a recorded workbook is named by its time, such as 20251119T143000Z.xlsx (UTC)", path.display())]
    NoTime {
        /// The workbook.
        path: PathBuf,
    },
    /// A file in which no line can be read.
    #[error("{}: no line of a journal in it{}", path.display(), first.as_ref().map(|damage| format!("; line {} {}", damage.line, damage.reason)).unwrap_or_default())]
    Empty {
        /// The file.
        path: PathBuf,
        /// Its first problem.
        first: Option<Damage>,
    },
    /// A start after the last save.
    #[error("the recording ends at {last}, before {from}; start earlier")]
    Over {
        /// The start.
        from: Timestamp,
        /// The last save.
        last: Timestamp,
    },
    /// A folder without recordings.
    #[error("{}: no recording in this folder (*.jsonl, *.jsonl.zst, or workbooks named by their time)", path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
    },
}

impl Recording {
    /// The recordings at `paths`: files, or folders of them. Workbooks are read as `workbook` says.
    ///
    /// # Errors
    /// [`RecordingError`]: a path that is no recording at all, or nothing to be used in any. Damage is told at the end,
    /// and so is a journal without a line: who writes it was killed before the first one was handed over.
    pub fn open(paths: &[PathBuf], workbook: &WorkbookConfig) -> Result<Recording, RecordingError> {
        let mut files = Vec::new();
        for path in paths {
            files.extend(files_at(path)?);
        }
        let (mut waiting, mut empty) = (Vec::new(), Vec::new());
        for path in files {
            match start(&path) {
                Ok(at) => waiting.push((at, path)),
                Err(RecordingError::Empty { path, first }) => empty.push((path, first)),
                Err(error) => return Err(error),
            }
        }
        if waiting.is_empty()
            && let Some((path, first)) = empty.pop()
        {
            return Err(RecordingError::Empty { path, first });
        }
        waiting.sort();
        waiting.reverse();
        let reason = "no line of a journal in it";
        let without_a_line = |(path, first): (PathBuf, Option<Damage>)| {
            first.unwrap_or(Damage { path, line: 0, reason: reason.to_string() })
        };
        let damage: Vec<Damage> = empty.into_iter().map(without_a_line).collect();
        Ok(Recording {
            workbook: workbook.clone(),
            waiting,
            open: Vec::new(),
            tape: Tape::default(),
            latest: Vec::new(),
            found: None,
            problems: damage.len() as u64,
            damage,
            repeated: 0,
        })
    }

    /// Starts in the middle: what comes first then is the sheet as it was last saved by `from`, seen at `from`, as a
    /// stack finds it that is started at that moment.
    ///
    /// # Errors
    /// A file cannot be read, or the recording is over by `from` ([`RecordingError::Over`]).
    pub fn start_at(&mut self, from: Timestamp) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut last = None;
        while let Some(at) = self.next_at()?.filter(|at| *at <= from) {
            last = match self.take(at)? {
                Save::Changed(sheet) => Some((at, sheet.saved_at)),
                Save::Confirmed { saved_at } => Some((at, saved_at)),
                Save::Repeated => last,
            };
        }
        let Some((at, saved_at)) = last else { return Ok(()) };
        if at < from && self.next_at()?.is_none() {
            return Err(RecordingError::Over { from, last: at }.into());
        }
        self.found = self.tape.as_saved(saved_at).map(|sheet| (from, sheet));
        Ok(())
    }

    /// What could not be used so far, the first problems of each file, and how many there were altogether.
    #[must_use]
    pub fn damage(&self) -> (Vec<Damage>, u64) {
        let mut damage = self.damage.clone();
        damage.extend(self.open.iter().flat_map(|reader| reader.damage().0.iter().cloned()));
        (damage, self.problems + self.open.iter().map(|reader| reader.damage().1).sum::<u64>())
    }

    /// How many saves were there more than once.
    #[must_use]
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// The place of the reader whose next batch is the earliest, in the order in which they were opened.
    fn earliest(&mut self) -> Option<(Timestamp, usize)> {
        let heads =
            self.open.iter_mut().enumerate().filter_map(|(place, reader)| Some((reader.next_at()?, place)));
        heads.min()
    }

    /// Closes what is at its end, and keeps what it had to say.
    fn close_ended(&mut self) {
        for mut reader in std::mem::take(&mut self.open) {
            if reader.next_at().is_some() {
                self.open.push(reader);
            } else {
                let (damage, problems) = reader.damage();
                self.damage.extend_from_slice(damage);
                self.problems += problems;
            }
        }
    }

    /// Opens the journals that start at or before the earliest save there is; the time of that save.
    fn advance(&mut self) -> Result<Option<Timestamp>, RecordingError> {
        self.close_ended();
        loop {
            let earliest = self.earliest().map(|(at, _)| at);
            match self.waiting.last() {
                Some((start, path)) if earliest.is_none_or(|at| *start <= at) => {
                    if workbooks::is_workbook(path) {
                        return Ok(Some(*start));
                    }
                    let reader = JournalReader::open(path)?;
                    self.waiting.pop();
                    self.open.push(reader);
                }
                _ => return Ok(earliest),
            }
        }
    }

    fn take_batch(&mut self, batch: Batch) -> Save {
        if self.latest.first().is_some_and(|latest| latest.at != batch.at) {
            self.latest.clear();
        }
        if self.latest.iter().any(|latest| **latest == batch) {
            self.repeated += 1;
            return Save::Repeated;
        }
        let save = match self.tape.apply(&batch) {
            Some(sheet) => Save::Changed(sheet),
            None => Save::Confirmed { saved_at: batch.saved_at },
        };
        self.latest.push(Arc::new(batch));
        save
    }

    /// The save in a recorded workbook, as the batch that a journal would hold.
    fn take_workbook(&mut self, path: &Path, at: Timestamp) -> Result<Save, FeedError> {
        let Some(sheet) = workbooks::read(path, &self.workbook, at)? else { return Ok(Save::Repeated) };
        let not_loaded: Vec<Symbol> = sheet.not_loaded;
        let (quotes, gone) = (sheet.quotes, Vec::new());
        Ok(self.take_batch(Batch { at, saved_at: at, quotes, not_loaded, gone, complete: true }))
    }
}

impl Saves for Recording {
    fn next_at(&mut self) -> Result<Option<Timestamp>, Box<dyn Error + Send + Sync>> {
        match &self.found {
            Some((from, _)) => Ok(Some(*from)),
            None => Ok(self.advance()?),
        }
    }

    fn take(&mut self, now: Timestamp) -> Result<Save, Box<dyn Error + Send + Sync>> {
        if let Some((_, sheet)) = self.found.take() {
            return Ok(Save::Changed(sheet));
        }
        let earliest = self.earliest();
        if let Some((at, path)) = self.waiting.pop_if(|(start, path)| {
            workbooks::is_workbook(path) && earliest.is_none_or(|(at, _)| *start <= at)
        }) {
            return self.take_workbook(&path, at).or_else(|error| {
                self.problems += 1;
                self.damage.push(Damage { path, line: 0, reason: error.to_string() });
                Ok(Save::Repeated)
            });
        }
        let batch = earliest.and_then(|(_, place)| self.open.get_mut(place)?.next());
        Ok(batch.map_or(Save::Confirmed { saved_at: now }, |batch| self.take_batch(batch)))
    }
}

/// The recordings that `path` means, in a folder those that are named as such.
fn files_at(path: &Path) -> Result<Vec<PathBuf>, RecordingError> {
    let unreadable = |source| RecordingError::Unreadable { path: path.into(), source };
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.into()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if is_recording(&file) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(RecordingError::EmptyFolder { path: path.into() });
    }
    Ok(files)
}

fn is_recording(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let is_journal = name.ends_with(".jsonl") || name.ends_with(".jsonl.zst");
    is_journal || (workbooks::is_workbook(path) && workbooks::seen_at(path).is_some())
}

/// When the recording at `path` starts.
fn start(path: &Path) -> Result<Timestamp, RecordingError> {
    if workbooks::is_workbook(path) {
        return workbooks::seen_at(path).ok_or_else(|| RecordingError::NoTime { path: path.into() });
    }
    let mut reader = JournalReader::open(path)?;
    reader
        .next_at()
        .ok_or_else(|| RecordingError::Empty { path: path.into(), first: reader.damage().0.first().cloned() })
}
