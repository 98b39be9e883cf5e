//! Cells and ranges as Excel names them.

use crate::config::CellRange;

/// The letters of the column that lies `offset` after `first` (both from 0): 27 is `AB`.
pub(crate) fn column(first: u32, offset: usize) -> String {
    let mut rest = first as usize + offset + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// A range such as `A1:N13`.
pub(crate) fn range(range: CellRange) -> String {
    let corner = |row: u32, at: u32| format!("{}{}", column(at, 0), row + 1);
    format!("{}:{}", corner(range.first_row, range.first_column), corner(range.last_row, range.last_column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_columns_as_excel_does() {
        for (offset, letters) in [(0, "A"), (13, "N"), (25, "Z"), (26, "AA"), (27, "AB"), (16_383, "XFD")] {
            assert_eq!(column(0, offset), letters);
        }
        let block = CellRange { first_row: 0, first_column: 0, last_row: 12, last_column: 13 };
        assert_eq!(range(block), "A1:N13");
    }
}
