//! `[workbook]`: what is read, and how often.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// `[workbook]`: what is read, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkbookConfig {
    /// The workbook; `None`: none is configured and the poller is disabled.
    pub path: Option<PathBuf>,
    /// The sheet's name.
    pub sheet: String,
    /// The block to read, header row first.
    pub range: CellRange,
    /// How often to look.
    pub interval: Duration,
    /// Whether to look at once when the folder reports a change.
    pub watch: bool,
    /// How often to stat the file between polls, for folders that send no events; `None`: off.
    pub stat_interval: Option<Duration>,
    /// From which age of the save on quotes are stale.
    pub stale_after: Duration,
}

impl Default for WorkbookConfig {
    fn default() -> WorkbookConfig {
        WorkbookConfig {
            path: None,
            sheet: "LiveData".into(),
            range: CellRange { first_row: 0, first_column: 0, last_row: 12, last_column: 13 },
            interval: Duration::from_secs(3),
            watch: true,
            stat_interval: None,
            stale_after: Duration::from_secs(60),
        }
    }
}

/// A block of cells such as `A1:N13`; zero-based, ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellRange {
    /// First row, from 0.
    pub first_row: u32,
    /// First column, from 0.
    pub first_column: u32,
    /// Last row, included.
    pub last_row: u32,
    /// Last column, included.
    pub last_column: u32,
}

/// Excel's last row, as Excel numbers it.
const LAST_ROW: u32 = 1_048_576;
/// Excel's last column (`XFD`), counted from 1.
const LAST_COLUMN: u32 = 16_384;

/// Why a text is not a block of cells.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CellRangeError {
    /// Not two cells with a colon between them.
    #[error("not a block of cells such as A1:N13")]
    Shape,
    /// `A:N` or `1:13`: the end would be the sheet's.
    #[error("whole columns and rows are not read; name both corners, such as A1:N13")]
    Whole,
    /// A cell beyond Excel's last.
    #[error("{0} is beyond Excel's last cell, XFD{LAST_ROW}")]
    Beyond(String),
    /// The second corner is above or left of the first.
    #[error("the corners are reversed; name the upper left first, then the lower right")]
    Reversed,
    /// Less than a header row and one row below it.
    #[error("one row holds the header alone; name at least two")]
    OneRow,
}

/// Reads `A1:N13`, in either case, with or without `$`.
impl FromStr for CellRange {
    type Err = CellRangeError;

    fn from_str(text: &str) -> Result<CellRange, CellRangeError> {
        let (first, last) = text.trim().split_once(':').ok_or(CellRangeError::Shape)?;
        let ((first_column, first_row), (last_column, last_row)) = (cell(first)?, cell(last)?);
        if last_row < first_row || last_column < first_column {
            return Err(CellRangeError::Reversed);
        }
        if first_row == last_row {
            return Err(CellRangeError::OneRow);
        }
        Ok(CellRange { first_row, first_column, last_row, last_column })
    }
}

/// The zero-based column and row of `text`.
fn cell(text: &str) -> Result<(u32, u32), CellRangeError> {
    let bare = text.trim().replace('$', "").to_ascii_uppercase();
    let letters = bare.bytes().take_while(u8::is_ascii_uppercase).count();
    let (column, row) = bare.split_at(letters);
    if !row.bytes().all(|byte| byte.is_ascii_digit()) || bare.is_empty() {
        return Err(CellRangeError::Shape);
    }
    if column.is_empty() || row.is_empty() {
        return Err(CellRangeError::Whole);
    }
    let beyond = || CellRangeError::Beyond(bare.clone());
    let column = column
        .bytes()
        .try_fold(0_u32, |sum, byte| sum.checked_mul(26)?.checked_add(u32::from(byte - b'A') + 1))
        .filter(|column| *column <= LAST_COLUMN)
        .ok_or_else(beyond)?;
    let row: u32 = row.parse().ok().filter(|row| *row <= LAST_ROW).ok_or_else(beyond)?;
    if row == 0 { Err(CellRangeError::Shape) } else { Ok((column - 1, row - 1)) }
}

/// `A1:N13`.
impl fmt::Display for CellRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let corner = |column, row| format!("{}{}", letters(column), row + 1);
        f.pad(&format!(
            "{}:{}",
            corner(self.first_column, self.first_row),
            corner(self.last_column, self.last_row)
        ))
    }
}

/// The letters of a zero-based column.
fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        letters.push(char::from(b'A' + u8::try_from((left - 1) % 26).unwrap_or(0)));
        left = (left - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_excel_shows() {
        for (typed, printed) in [
            ("A1:N13", "A1:N13"),
            (" $a$1:$n$13 ", "A1:N13"),
            ("B2:AB30", "B2:AB30"),
            ("A1:XFD1048576", "A1:XFD1048576"),
            ("ZZ1:AAA2", "ZZ1:AAA2"),
            ("C5:C6", "C5:C6"),
        ] {
            assert_eq!(typed.parse::<CellRange>().unwrap().to_string(), printed, "{typed}");
        }
        assert_eq!(WorkbookConfig::default().range, "A1:N13".parse().unwrap());
    }

    #[test]
    fn says_what_is_wrong_with_the_rest() {
        use CellRangeError::{OneRow, Reversed, Shape, Whole};
        for (typed, error) in [
            ("", Shape),
            ("A1", Shape),
            ("A1:", Shape),
            ("A1:N13:Z20", Shape),
            ("A0:N13", Shape),
            ("1A:N13", Shape),
            ("A-1:N13", Shape),
            ("É1:N13", Shape),
            ("A:N", Whole),
            ("1:13", Whole),
            ("N13:A1", Reversed),
            ("N1:A13", Reversed),
            ("A1:N1", OneRow),
            ("A1:XFE2", CellRangeError::Beyond("XFE2".into())),
            ("A1:N1048577", CellRangeError::Beyond("N1048577".into())),
            ("A1:N99999999999", CellRangeError::Beyond("N99999999999".into())),
            ("A1:ZZZZZZZZZZ2", CellRangeError::Beyond("ZZZZZZZZZZ2".into())),
        ] {
            assert_eq!(typed.parse::<CellRange>(), Err(error), "{typed:?}");
        }
    }
}
