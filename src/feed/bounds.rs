//! The bounds within which a workbook is read.

use std::time::Duration;

/// The largest file that is read: a hundred times the largest quote workbook seen, and still read within a second.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// The largest unpacked part that is read; a sheet of 10,000 quotes unpacks to 10 MB.
pub const MAX_PART_BYTES: u64 = 256 * 1024 * 1024;

/// The most cells that the sheets of an .xls or .ods may span together: 16,384 rows of 256 columns. They are made whole,
/// at some 50 bytes each.
pub const MAX_GRID_CELLS: u64 = 4 * 1024 * 1024;

/// The most text that those cells may have together, each repetition counted, bytes.
pub const MAX_GRID_TEXT: u64 = 256 * 1024 * 1024;

/// A file up to this size is read whole when it was saved, a larger one first by its directory: opening it a second
/// time costs more than reading so much.
pub(crate) const READ_AT_ONCE: u64 = 64 * 1024;

/// How often a look is repeated while a save is in progress.
pub(crate) const RETRIES: usize = 5;

/// The pause between two such looks.
pub(crate) const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// Every how many looks the workbook is read whatever stat and checksums say: at the default interval of 3 s, a
/// change that both miss (a CRC-32 collision, a share with frozen times) is seen within ten minutes.
pub(crate) const UNCONDITIONAL_EVERY: u64 = 200;

/// For how long after its modification time an unchanged stat proves nothing: FAT keeps times to 2 s, so a second
/// save within them can leave size and time as they were.
pub(crate) const TIMESTAMP_GRANULARITY: Duration = Duration::from_secs(2);
