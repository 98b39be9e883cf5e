//! Which cell formats make a date of a number.

use super::{Doubt, Inflater, zip::Directory};
use crate::feed::package::PartSum;
use crate::feed::xlsx::{self, Verified};
use calamine::Data;
use std::fmt::Write;

/// The cell formats of the workbook that was read last. What a format code means, calamine says; once a code list.
#[derive(Default)]
pub(super) struct Formats {
    sum: Option<PartSum>,
    dates: Vec<bool>,
}

impl Formats {
    /// Takes over the formats in `part`, or none. Says whether they are others than before.
    pub(super) fn update(
        &mut self,
        file: &[u8],
        directory: &Directory<'_>,
        part: Option<&str>,
        inflater: &mut Inflater,
    ) -> Result<bool, Doubt> {
        match (&self.sum, part) {
            (None, None) => return Ok(false),
            (Some(sum), Some(part)) if sum.name == part && directory.confirms(sum) => return Ok(false),
            _ => {}
        }
        *self = Formats::default();
        if let Some(part) = part {
            let mut content = Vec::new();
            let sum = inflater.unpack(file, directory, part, &mut content)?;
            let styles = String::from_utf8(content).map_err(|_| Doubt("styles that are not UTF-8"))?;
            self.dates = dates(styles)?;
            self.sum = Some(sum);
        }
        Ok(true)
    }

    /// Whether a number in a cell of this style is a date, a time or a duration.
    pub(super) fn is_date(&self, style: usize) -> bool {
        self.dates.get(style).copied().unwrap_or(false)
    }
}

/// Excel has at most 65,490 cell formats; they are counted several times.
const MOST_FORMATS: usize = 4 * 65_490;

/// Has calamine read a 1 in each of the formats.
fn dates(styles: String) -> Result<Vec<bool>, Doubt> {
    const REFUSED: Doubt = Doubt("styles that are not understood");
    let count = styles.matches("xf").count();
    if count > MOST_FORMATS {
        return Err(Doubt("too many formats"));
    }
    let mut sheet = String::from("<worksheet><sheetData><row r=\"1\">");
    // Formats of other lists are counted too; a style beyond the list is no date.
    for style in 0..count {
        write!(sheet, "<c s=\"{style}\"><v>1</v></c>").map_err(|_| REFUSED)?;
    }
    sheet.push_str("</row></sheetData></worksheet>");
    let cells = xlsx::cells_of(&sheet, &Verified { strings: None, styles: Some(styles) }).ok_or(REFUSED)?;
    Ok(cells.iter().map(|cell| matches!(cell, Data::DateTime(_))).collect())
}
