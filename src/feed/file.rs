//! The workbook's file: opened without hindering anyone, read whole, closed at once.

use super::bounds::MAX_FILE_BYTES;
use super::error::Problem;
use super::stat::FileStat;
use crate::fault::edge;
use crate::os::file::open_shared;
use std::fs::Metadata;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// The stat of the file at `path`, which must be a file of a size that is read.
pub(crate) fn stat(path: &Path) -> Result<FileStat, Problem> {
    let metadata = std::fs::metadata(path).map_err(|error| explain(path, error))?;
    check_kind(&metadata)?;
    let stat = FileStat::of(&metadata);
    match stat.size() {
        0 => Err(Problem::Incomplete("it is empty".to_string())),
        size if size > MAX_FILE_BYTES => Err(Problem::FileTooLarge(size)),
        _ => Ok(stat),
    }
}

/// Reads the last `length` bytes of the file (all of it, if it is shorter) into `bytes`. Returns its stat.
///
/// # Errors
/// [`Problem::Incomplete`] if it was saved meanwhile; else what the system says.
pub(crate) fn read_tail(path: &Path, length: u64, bytes: &mut Vec<u8>) -> Result<FileStat, Problem> {
    edge!("feed.read.before", Problem::of_io);
    let before = stat(path)?;
    let mut file = open_shared(path).map_err(|error| explain(path, error))?;
    let wanted = before.size().min(length);
    bytes.clear();
    if wanted < before.size() {
        file.seek(SeekFrom::Start(before.size() - wanted)).map_err(Problem::of_io)?;
    }
    // One byte more than wanted shows a file that has grown.
    file.by_ref().take(wanted + 1).read_to_end(bytes).map_err(Problem::of_io)?;
    let after = FileStat::of(&file.metadata().map_err(Problem::of_io)?);
    drop(file);
    edge!("feed.read.after", Problem::of_io);
    if after != before || bytes.len() as u64 != wanted {
        return Err(Problem::Incomplete("it changed while it was read".to_string()));
    }
    Ok(before)
}

fn check_kind(metadata: &Metadata) -> Result<(), Problem> {
    if metadata.is_file() {
        Ok(())
    } else if metadata.is_dir() {
        Err(Problem::NotAFile("a folder"))
    } else {
        Err(Problem::NotAFile("a device or a pipe"))
    }
}

fn explain(path: &Path, error: std::io::Error) -> Problem {
    match (Problem::of_io(error), path.parent()) {
        (Problem::NotFound, Some(folder)) if !folder.as_os_str().is_empty() && !folder.exists() => {
            Problem::NoFolder(folder.to_path_buf())
        }
        (problem, _) => problem,
    }
}
