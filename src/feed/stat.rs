//! What the file system says of a file: enough to tell that it was saved.

use super::bounds::TIMESTAMP_GRANULARITY;
use crate::os::file;
use jiff::Timestamp;
use std::fs::Metadata;
use std::time::SystemTime;

/// Identity, size and times of a file. Two equal ones, the time old enough, mean that nothing was saved between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileStat {
    identity: (u64, u64),
    size: u64,
    modified: SystemTime,
}

impl FileStat {
    pub(crate) fn of(metadata: &Metadata) -> FileStat {
        FileStat {
            identity: file::identity(metadata),
            size: metadata.len(),
            // A file system without modification times: every look then compares checksums.
            modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// When the file was saved, never later than `now`: a clock that was wrong at the save must not make quotes
    /// look fresh for ever.
    pub(crate) fn saved_at(&self, now: Timestamp) -> Timestamp {
        Timestamp::try_from(self.modified).map_or(now, |saved| saved.min(now))
    }

    /// Whether, seen at `now`, the modification time is so old that any later save must show in it.
    pub(crate) fn is_settled(&self, now: Timestamp) -> bool {
        self.modified != SystemTime::UNIX_EPOCH
            && Timestamp::try_from(self.modified).is_ok_and(|saved| {
                now.duration_since(saved).unsigned_abs() > TIMESTAMP_GRANULARITY && saved < now
            })
    }
}
