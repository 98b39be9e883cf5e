//! The log file, moved aside when it is full: `NAME`, `NAME.1` (the newest old one), `NAME.2`, ….

use crate::config::Rotation;
use crate::fault::edge;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

/// The log file. It is opened by the first line, and again by the next one after a failure.
pub struct LogFile {
    path: PathBuf,
    rotation: Option<Rotation>,
    open: Option<(File, u64)>,
}

impl LogFile {
    /// The file at `path`; nothing is opened yet.
    #[must_use]
    pub fn new(path: PathBuf, rotation: Option<Rotation>) -> LogFile {
        LogFile { path, rotation, open: None }
    }

    /// Appends a line, never split over two files.
    ///
    /// # Errors
    /// The folder cannot be created or the file not be written; the next line tries anew.
    pub fn write(&mut self, line: &str) -> io::Result<()> {
        edge!("log.write.before", std::convert::identity);
        let (mut file, mut size) = match self.open.take() {
            Some(open) => open,
            None => self.open()?,
        };
        let full = |rotation: &Rotation| size > 0 && size + line.len() as u64 > rotation.bytes;
        if let Some(rotation) = self.rotation.filter(full) {
            drop(file); // Windows renames no open file
            self.move_aside(rotation.keep)?;
            (file, size) = self.open()?;
        }
        file.write_all(line.as_bytes())?;
        self.open = Some((file, size + line.len() as u64));
        Ok(())
    }

    fn open(&self) -> io::Result<(File, u64)> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        let size = file.metadata()?.len();
        Ok((file, size))
    }

    fn move_aside(&self, keep: u32) -> io::Result<()> {
        for number in (0..keep).rev() {
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
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
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
}
