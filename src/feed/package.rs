//! The zip container of a workbook: its directory, and its parts with their checksums verified.

use super::bounds::MAX_PART_BYTES;
use super::error::Problem;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use zip::ZipArchive;
use zip::read::ZipReadOptions;
use zip::result::ZipError;

/// What is unpacked at a time.
const COPY_BUFFER: usize = 64 * 1024;

/// What the directory says of a part, without unpacking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartSum {
    pub(crate) name: String,
    pub(crate) crc32: u32,
    pub(crate) size: u64,
}

/// A whole workbook file, its directory read.
pub(crate) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    bytes: &'a [u8],
}

impl<'a> Package<'a> {
    /// The container in `bytes`, which begin like a zip.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Package<'a>, Problem> {
        let archive = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| Problem::Incomplete(format!("its directory is unreadable: {error}")))?;
        if archive.has_duplicate_names() {
            return Err(Problem::Damaged("two of its parts have the same name".to_string()));
        }
        Ok(Package { archive, bytes })
    }

    /// How many bytes of the file's end hold the directory.
    pub(crate) fn directory_bytes(&self) -> u64 {
        self.bytes.len() as u64 - self.archive.central_directory_start()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.archive.file_names().filter_map(|name| name.ok().map(|name| name.into_owned())).collect()
    }

    /// The name under which `part` is stored: part names do not depend on case.
    pub(crate) fn find(&self, part: &str) -> Option<String> {
        if self.archive.index_for_name(part).is_some() {
            return Some(part.to_string());
        }
        self.names().into_iter().find(|name| name.eq_ignore_ascii_case(part))
    }

    pub(crate) fn sum(&self, part: &str) -> Option<PartSum> {
        sum(&self.archive, part)
    }

    /// Whether `parts` can be unpacked together, as far as the directory tells: none unpacks to more than it says.
    pub(crate) fn fits<'n>(&self, parts: impl IntoIterator<Item = &'n str>) -> Result<(), Problem> {
        let mut together = 0_u64;
        for PartSum { name, size, .. } in parts.into_iter().filter_map(|part| self.sum(part)) {
            if size > MAX_PART_BYTES {
                return Err(Problem::PartTooLarge { part: name, size });
            }
            together = together.saturating_add(size);
        }
        if together > MAX_PART_BYTES { Err(Problem::PartsTooLarge(together)) } else { Ok(()) }
    }

    /// Unpacks `part` whole; its size is bounded and its checksum holds.
    pub(crate) fn read(&mut self, part: &str) -> Result<Vec<u8>, Problem> {
        let mut content = Vec::new();
        self.copy(part, &mut content)?;
        Ok(content)
    }

    /// Unpacks `part` into `writer`. Whatever was written before an error must be thrown away: the checksum is known
    /// to hold only at the end.
    pub(crate) fn copy(&mut self, part: &str, writer: &mut impl Write) -> Result<(), Problem> {
        let damaged = |error: &dyn std::fmt::Display| Problem::Damaged(format!("part {part}: {error}"));
        let index = self.archive.index_for_name(part).ok_or_else(|| damaged(&"missing"))?;
        // The local header must agree: a damaged directory could otherwise lend a part another's name.
        let options = ZipReadOptions::new().enforce_header_consistency(true);
        let mut file =
            self.archive.by_index_with_options(index, options).map_err(|error| explain(part, &error))?;
        let size = file.size();
        if size > MAX_PART_BYTES {
            return Err(Problem::PartTooLarge { part: part.to_string(), size });
        }
        // Reading one byte further reaches the end, where the checksum is compared.
        let mut bounded = BufReader::with_capacity(COPY_BUFFER, (&mut file).take(size + 1));
        let copied = io::copy(&mut bounded, writer).map_err(|error| damaged(&error))?;
        if copied != size {
            return Err(damaged(&"its size is not what the directory says"));
        }
        Ok(())
    }
}

/// The sums of `parts` from the directory at the end of a file of `file_size` bytes, whose last bytes are `tail`.
/// `None` if the directory cannot be read from them or lacks one of the parts.
pub(crate) fn sums_from_tail(tail: &[u8], file_size: u64, parts: &[PartSum]) -> Option<Vec<PartSum>> {
    let start = file_size.checked_sub(tail.len() as u64)?;
    let archive = ZipArchive::new(Tail { bytes: Cursor::new(tail), start }).ok()?;
    parts.iter().map(|part| sum(&archive, &part.name)).collect()
}

fn sum<R: Read + Seek>(archive: &ZipArchive<R>, part: &str) -> Option<PartSum> {
    let index = archive.index_for_name(part)?;
    let entry = archive.by_index_data(index).ok()?;
    Some(PartSum { name: part.to_string(), crc32: entry.crc32(), size: entry.size() })
}

fn explain(part: &str, error: &ZipError) -> Problem {
    match error {
        ZipError::UnsupportedArchive(text) if *text == ZipError::PASSWORD_REQUIRED => {
            Problem::PasswordProtected
        }
        error => Problem::Damaged(format!("part {part}: {error}")),
    }
}

/// The end of a file, in the place that it has in the file. What lies before it cannot be read.
struct Tail<'a> {
    bytes: Cursor<&'a [u8]>,
    start: u64,
}

impl Read for Tail<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(buffer)
    }
}

impl Seek for Tail<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(position) => SeekFrom::Start(
                position.checked_sub(self.start).ok_or(io::Error::from(io::ErrorKind::InvalidInput))?,
            ),
            relative => relative,
        };
        Ok(self.bytes.seek(to)? + self.start)
    }
}
