//! A recorded workbook: a copy of a save, named by when the stack saw it.

use crate::config::WorkbookConfig;
use crate::feed::{FeedError, Look, WorkbookReader};
use crate::value::Sheet;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::path::Path;

/// The endings of workbooks that the feed reads.
const ENDINGS: [&str; 5] = ["xlsx", "xlsm", "xlsb", "xls", "ods"];

/// Whether `path` is named as a workbook.
pub(super) fn is_workbook(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// When the recorded workbook at `path` was seen: its name starts with `YYYYMMDDTHHMMSSZ`, UTC.
pub(super) fn seen_at(path: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_str()?;
    let (time, _) = name.split_at_checked("YYYYMMDDTHHMMSSZ".len())?;
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

/// What the workbook at `path` says, saved at `at`.
///
/// # Errors
/// [`FeedError`]: it cannot be read.
pub(super) fn read(path: &Path, config: &WorkbookConfig, at: Timestamp) -> Result<Option<Sheet>, FeedError> {
    let mut reader = WorkbookReader::new(path, &config.sheet, config.range);
    match reader.look(at, &mut |_| false)? {
        Look::Changed(sheet) => Ok(Some(Sheet { saved_at: at, ..sheet })),
        Look::Unchanged | Look::Confirmed { .. } => Ok(None), // not at a first look
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_when_it_was_seen() {
        let seen = |name: &str| seen_at(Path::new(name)).map(|at| at.to_string());
        assert_eq!(seen("day/20251119T143000Z.xlsx").unwrap(), "2025-11-19T14:30:00Z");
        assert_eq!(seen("20251119T143000Z RTD_TOS.xlsm").unwrap(), "2025-11-19T14:30:00Z");
        for name in ["RTD_TOS.xlsx", "20251119T143000.xlsx", "20251319T143000Z.xlsx", ""] {
            assert_eq!(seen(name), None, "{name}");
        }
    }
}
