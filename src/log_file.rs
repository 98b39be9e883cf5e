//! The log file, moved aside when it is full: `NAME`, `NAME.1` (the newest old one), `NAME.2`, ….
//!
//! Several processes may write one file (a host's stack and those that stand by): a line is one append, and who finds
//! that another has moved the file aside goes on in the new one.

use crate::config::Rotation;
use crate::fault::edge;
use crate::os::file::{RENAMES_WHAT_IS_OPEN, hold_alone, is_held_by_another, is_same, make_private_folder};
use crossbeam_channel::after;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a line is tried again while another process moves the file aside, which takes some milliseconds.
const ATTEMPTS: u32 = 50;

/// The pause between two attempts, and between two looks at a last line.
const PAUSE: Duration = Duration::from_millis(2);

/// The log file. It is opened by the first line, and again by the next one after a failure.
pub struct LogFile {
    path: PathBuf,
    rotation: Option<Rotation>,
    open: Option<File>,
    /// Whether it was said that the full file cannot be locked or moved aside.
    grows: bool,
}

impl LogFile {
    /// The file at `path`; nothing is opened yet.
    #[must_use]
    pub fn new(path: PathBuf, rotation: Option<Rotation>) -> LogFile {
        LogFile { path, rotation, open: None, grows: false }
    }

    /// Appends a line, never split over two files.
    ///
    /// # Errors
    /// The folder cannot be created or the file not be written; the next line tries anew.
    pub fn write(&mut self, line: &str) -> io::Result<()> {
        edge!("log.write.before", std::convert::identity);
        let mut file = match self.open.take() {
            Some(file) if is_at(&file, &self.path) => file,
            _ => self.open()?,
        };
        // Others write it too, so its size is asked for and not counted.
        let size = file.metadata()?.len();
        let full = |rotation: &Rotation| size > 0 && size + line.len() as u64 > rotation.bytes;
        if let Some(rotation) = self.rotation.filter(full) {
            match file.try_lock() {
                Ok(()) => file = self.rotate(file, rotation)?,
                Err(TryLockError::WouldBlock) => {} // another is at it
                Err(TryLockError::Error(error)) => self.note_growth(&mut file, &error),
            }
        }
        append(&mut file, line)?;
        self.open = Some(file);
        Ok(())
    }

    fn open(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            make_private_folder(folder)?;
        }
        // Windows locks no file that was opened for appending alone.
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&self.path)?;
        if file.metadata()?.len() > 0 && ends_torn(&mut file).unwrap_or(false) {
            file.write_all(b"\n")?;
        }
        Ok(file)
    }

    /// The next file, after `full` was moved aside: by this process, which has it locked, or by another before that.
    fn rotate(&mut self, mut full: File, rotation: Rotation) -> io::Result<File> {
        if is_at(&full, &self.path) {
            match self.move_aside(rotation.keep) {
                Ok(()) => self.grows = false,
                // On Windows a reader, or another process that moves files, keeps it for a while.
                Err(error) if is_held_by_another(&error) => {}
                // No file is renamed in a folder of somebody else's. It grows on until it can be.
                Err(error) => self.note_growth(&mut full, &error),
            }
            // The lock has lasted until the file was out of the way.
            drop(full);
        }
        self.open()
    }

    /// Says once, in the file itself, why it is longer than wanted.
    fn note_growth(&mut self, full: &mut File, error: &io::Error) {
        if !std::mem::replace(&mut self.grows, true) {
            writeln!(full, "this file is full and cannot be moved aside: {error}; it grows on").ok();
        }
    }

    /// Where a reader can keep a file from being renamed (Windows), the full one goes first: if it must stay, so do the
    /// old ones; and another process could fill the next one meanwhile, so the move has a file of its own that one process
    /// has. Elsewhere it goes last: as long as it is in its place, its lock keeps others from moving anything.
    fn move_aside(&self, keep: u32) -> io::Result<()> {
        if RENAMES_WHAT_IS_OPEN {
            return self.shift(0..keep);
        }
        let _alone = hold_alone(&self.with_ending(".moving"))?;
        let full = self.with_ending(".full");
        fs::rename(&self.path, &full)?;
        self.shift(1..keep)?;
        fs::rename(full, self.numbered(1))
    }

    /// Gives each of these files the next number, the oldest first.
    fn shift(&self, numbers: std::ops::Range<u32>) -> io::Result<()> {
        for number in numbers.rev() {
            match fs::rename(self.numbered(number), self.numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        if number == 0 {
            return self.path.clone();
        }
        self.with_ending(&format!(".{number}"))
    }

    fn with_ending(&self, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(ending);
        name.into()
    }
}

/// Whether the last line was cut short, by a disk that was full or a machine that lost its power. Linux shows an append
/// that crosses a page in two steps, so a line that another process is just writing looks cut short too: that one is
/// longer a moment later.
fn ends_torn(file: &mut File) -> io::Result<bool> {
    let Some(length) = torn_at(file)? else { return Ok(false) };
    after(PAUSE).recv().ok(); // fires once
    Ok(torn_at(file)? == Some(length))
}

/// The length of a file whose last line does not end.
fn torn_at(file: &mut File) -> io::Result<Option<u64>> {
    let mut last = [0];
    let at = file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok((last != *b"\n").then_some(at + 1))
}

/// Whether `file` is still what its path names, and was not moved aside.
fn is_at(file: &File, path: &Path) -> bool {
    is_same(file, path).unwrap_or(false)
}

/// Appends to a file that another process may have locked to move it aside, which on Windows keeps others from writing
/// for that moment.
fn append(file: &mut File, line: &str) -> io::Result<()> {
    for _ in 1..ATTEMPTS {
        match file.write_all(line.as_bytes()) {
            Err(error) if is_held_by_another(&error) => {
                after(PAUSE).recv().ok(); // fires once
            }
            answer => return answer,
        }
    }
    file.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_files_and_splits_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/stack.log");
        let mut file = LogFile::new(path.clone(), Some(Rotation { bytes: 10, keep: 2 }));
        for line in ["one\n", "two\n", "three\n", "four\n", "a line longer than a file\n", "six\n"] {
            file.write(line).unwrap();
        }
        let read = |path: &str| fs::read_to_string(folder.path().join("logs").join(path)).ok();
        assert_eq!(read("stack.log").as_deref(), Some("six\n"));
        assert_eq!(read("stack.log.1").as_deref(), Some("a line longer than a file\n"));
        assert_eq!(read("stack.log.2").as_deref(), Some("four\n"));
        assert_eq!(read("stack.log.3"), None);
        let mut again = LogFile::new(path, Some(Rotation { bytes: 10, keep: 2 }));
        again.write("seven\n").unwrap();
        assert_eq!(read("stack.log").as_deref(), Some("six\nseven\n"), "a restart appends");
    }

    /// Regression: who had the file open when another moved it aside went on in the old one, until that was deleted.
    #[test]
    fn what_another_process_moved_aside_is_left_for_the_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stack.log");
        let file = || LogFile::new(path.clone(), Some(Rotation { bytes: 10, keep: 1 }));
        let (mut ours, mut theirs) = (file(), file());
        ours.write("ours\n").unwrap();
        theirs.write("theirs\n").unwrap();
        ours.write("ours 2\n").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("stack.log.1")).unwrap(), "theirs\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "ours 2\n");
        if cfg!(windows) {
            return; // nobody removes a file there that others have open
        }
        fs::remove_file(&path).unwrap();
        theirs.write("a new\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a new\n");
    }

    #[test]
    fn a_failure_is_reported_and_the_next_line_tries_anew() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("logs");
        fs::write(&blocked, "a file where the folder should be").unwrap();
        let mut file = LogFile::new(blocked.join("stack.log"), None);
        assert!(file.write("lost\n").is_err());
        fs::remove_file(&blocked).unwrap();
        file.write("kept\n").unwrap();
        assert_eq!(fs::read_to_string(blocked.join("stack.log")).unwrap(), "kept\n");
    }

    /// Regression: the first line after a full disk stood on the rest of the last one before it.
    #[test]
    fn a_line_after_one_that_was_cut_short_is_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stack.log");
        fs::write(&path, "whole\ncut sho").unwrap();
        for line in ["two lines were lost here\n", "next\n"] {
            LogFile::new(path.clone(), None).write(line).unwrap();
        }
        let expected = "whole\ncut sho\ntwo lines were lost here\nnext\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    }

    /// Regression: where it could not be moved aside, each line after the file was full was lost. (On Windows the full one is
    /// out of the way first.)
    #[cfg(unix)]
    #[test]
    fn a_full_file_that_cannot_be_moved_aside_grows_and_says_why_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stack.log");
        let mut file = LogFile::new(path.clone(), Some(Rotation { bytes: 10, keep: 1 }));
        fs::create_dir_all(folder.path().join("stack.log.1/in the way")).unwrap();
        for line in ["first\n", "second\n", "third\n"] {
            file.write(line).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!([lines[0], lines[2], lines[3]], ["first", "second", "third"]);
        assert!(lines[1].starts_with("this file is full and cannot be moved aside: "), "{text}");
        fs::remove_dir_all(folder.path().join("stack.log.1")).unwrap();
        file.write("fourth\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "fourth\n");
    }

    /// `Get-Content -Wait` and many editors keep a file from being renamed.
    #[cfg(windows)]
    #[test]
    fn a_reader_that_keeps_the_file_loses_no_line() {
        use std::os::windows::fs::OpenOptionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stack.log");
        let mut file = LogFile::new(path.clone(), Some(Rotation { bytes: 10, keep: 2 }));
        file.write("first\n").unwrap();
        let reader = OpenOptions::new().read(true).share_mode(0x1 | 0x2).open(&path).unwrap();
        file.write("second\n").unwrap();
        file.write("third\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "first\nsecond\nthird\n");
        drop(reader);
        file.write("fourth\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "fourth\n");
        assert_eq!(fs::read_to_string(folder.path().join("stack.log.1")).unwrap(), "first\nsecond\nthird\n");
    }
}
