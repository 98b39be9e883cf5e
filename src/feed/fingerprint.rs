//! What tells two saves of the same content apart from two contents, without unpacking or parsing anything.

use super::bounds::MAX_FILE_BYTES;
use super::package::{self, Package, PartSum};
use super::sheet::zip::Directory;

/// How many bytes a directory may grow between saves and still be found in the tail that is read.
const DIRECTORY_SLACK: u64 = 4096;

/// The checksums of the content that was verified last.
pub(crate) enum Fingerprint {
    /// Of the zip parts that the quotes come from.
    Parts { tail: u64, parts: Vec<PartSum> },
    /// Of the whole file, for formats without a directory.
    Whole { crc32: u32, size: u64 },
}

impl Fingerprint {
    /// The fingerprint of `parts` of a workbook.
    pub(crate) fn of_parts<'n>(
        package: &Package<'_>,
        parts: impl IntoIterator<Item = &'n str>,
    ) -> Fingerprint {
        Fingerprint::Parts {
            tail: package.directory_bytes() + DIRECTORY_SLACK,
            parts: parts.into_iter().filter_map(|part| package.sum(part)).collect(),
        }
    }

    /// The same, by the directory of the workbook.
    pub(crate) fn of_directory<'n>(
        directory: &Directory<'_>,
        parts: impl IntoIterator<Item = &'n str>,
    ) -> Fingerprint {
        Fingerprint::Parts {
            tail: directory.size() + DIRECTORY_SLACK,
            parts: parts.into_iter().filter_map(|part| directory.sum(part)).collect(),
        }
    }

    /// The fingerprint of a whole file.
    pub(crate) fn of_file(bytes: &[u8]) -> Fingerprint {
        Fingerprint::Whole { crc32: crc32fast::hash(bytes), size: bytes.len() as u64 }
    }

    /// How much of the file's end [`matches`](Fingerprint::matches) needs.
    pub(crate) fn tail_bytes(&self) -> u64 {
        match self {
            Fingerprint::Parts { tail, .. } => *tail,
            Fingerprint::Whole { .. } => MAX_FILE_BYTES,
        }
    }

    /// Whether a file of `file_size` bytes that ends in `tail` holds the same content.
    pub(crate) fn matches(&self, tail: &[u8], file_size: u64) -> bool {
        match self {
            Fingerprint::Parts { parts, .. } => match Directory::in_tail(tail, file_size) {
                Ok(directory) => parts.iter().all(|part| directory.confirms(part)),
                Err(_) => package::sums_from_tail(tail, file_size, parts).is_some_and(|sums| sums == *parts),
            },
            Fingerprint::Whole { crc32, size } => *size == file_size && crc32fast::hash(tail) == *crc32,
        }
    }
}
