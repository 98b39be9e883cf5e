//! .xlsx and .xlsm the short way: from the verified bytes to the table without calamine, where the file is as Excel
//! writes it.
//!
//! The rule is certainty. What is read here is what calamine reads, cell for cell (`tests/feed/short_way.rs`); wherever
//! that is not known for certain, there is a [`Doubt`], nothing is kept of the attempt, and calamine reads the same
//! bytes from the beginning. Doubted are, among others: zip64, data descriptors, encryption, directories that do not
//! end the file; encodings other than UTF-8, DTDs, comments, prefixed elements, white space between cells; rows out of
//! order; cells of kinds or with numbers that Excel does not write; numeric references and Excel's own escapes in a
//! cell's text. Rich, phonetic and escaped shared strings, and what makes a format a date, are asked of calamine, once
//! a version of their part.
//!
//! Kept from one save to the next: the unpacked parts whose checksums the directory still states (they were verified
//! when they were read), the sheet's text, and what each row of it means. A row whose bytes are the same means the
//! same, so it costs one comparison.

mod cells;
mod formats;
mod known;
mod opening;
mod strings;
mod walk;
mod xml;
pub(crate) mod zip;

use super::bounds::MAX_PART_BYTES;
use super::error::Problem;
use super::fingerprint::Fingerprint;
use super::layout::{self, Layout, Parts};
use super::package::PartSum;
use super::table::Table;
use crate::config::CellRange;
use cells::CellReader;
use formats::Formats;
use known::KnownRows;
use std::collections::HashSet;
use strings::Strings;
use walk::Walk;
use zip::{Directory, Inflater};

/// Why the short way was not taken to its end: what is not known for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Doubt(pub(crate) &'static str);

/// Reads one workbook again and again; everything that it keeps saves time and nothing else.
#[derive(Default)]
pub(crate) struct SheetReader {
    inflater: Inflater,
    layout: Option<KnownLayout>,
    strings: Strings,
    formats: Formats,
    sheet: String,
    previous: String,
    rows: KnownRows,
}

/// Where the parts are, and what that was read from.
struct KnownLayout {
    layout: Layout,
    names: Vec<String>,
    sums: Vec<PartSum>,
}

impl SheetReader {
    /// Reads the table in `range` of `sheet` from a workbook file.
    ///
    /// # Errors
    /// [`Doubt`]: calamine has to read the file, or to say what is wrong with it.
    pub(crate) fn read(
        &mut self,
        file: &[u8],
        sheet: &str,
        range: CellRange,
    ) -> Result<(Table, Fingerprint), Doubt> {
        let read = self.read_certain(file, sheet, range);
        if read.is_err() {
            self.rows.forget();
        }
        read
    }

    fn read_certain(
        &mut self,
        file: &[u8],
        sheet: &str,
        range: CellRange,
    ) -> Result<(Table, Fingerprint), Doubt> {
        let directory = Directory::in_tail(file, file.len() as u64)?;
        self.find_parts(file, &directory, sheet)?;
        let Some(KnownLayout { layout, .. }) = &self.layout else { return Err(Doubt("no layout")) };
        let sizes = layout.names().filter_map(|part| Some(directory.sum(part)?.size));
        if sizes.fold(0, u64::saturating_add) > MAX_PART_BYTES {
            return Err(Doubt("parts that are too large together"));
        }
        let others = self.strings.update(file, &directory, layout.strings.as_deref(), &mut self.inflater)?
            | self.formats.update(file, &directory, layout.styles.as_deref(), &mut self.inflater)?;
        if others {
            self.rows.forget();
        }
        let fingerprint = Fingerprint::of_directory(&directory, layout.names());
        std::mem::swap(&mut self.sheet, &mut self.previous);
        let mut content = std::mem::take(&mut self.sheet).into_bytes();
        self.inflater.unpack(file, &directory, &layout.sheet, &mut content)?;
        self.sheet = String::from_utf8(content).map_err(|_| Doubt("a sheet that is not UTF-8"))?;
        let mut table = Table::with_capacity(sheet, range, self.rows.len());
        let cells = CellReader { strings: &self.strings, formats: &self.formats, range };
        let (known, previous) = (&mut self.rows, &*self.previous);
        Walk { cells, known, previous, table: &mut table }.run(&self.sheet)?;
        Ok((table, fingerprint))
    }

    /// Finds the parts anew, unless the directory states the names and relationships that are known.
    fn find_parts(&mut self, file: &[u8], directory: &Directory<'_>, sheet: &str) -> Result<(), Doubt> {
        if self.layout.as_ref().is_some_and(|known| known.is_of(directory)) {
            return Ok(());
        }
        self.layout = None;
        let names: Vec<String> = directory.entries().map(|entry| entry.name.to_string()).collect();
        if names.iter().collect::<HashSet<_>>().len() < names.len() {
            return Err(Doubt("two parts of one name"));
        }
        let mut parts = Unpacked { file, directory, inflater: &mut self.inflater, sums: Vec::new() };
        let layout = parts.layout(sheet).map_err(|_| Doubt("a workbook whose parts are not found"))?;
        let sums = parts.sums;
        self.layout = Some(KnownLayout { layout, names, sums });
        Ok(())
    }
}

impl KnownLayout {
    fn is_of(&self, directory: &Directory<'_>) -> bool {
        directory.entries().map(|entry| entry.name).eq(self.names.iter().map(String::as_str))
            && self.sums.iter().all(|sum| directory.confirms(sum))
    }
}

/// The parts of a file, and the sums of those that were read.
struct Unpacked<'a> {
    file: &'a [u8],
    directory: &'a Directory<'a>,
    inflater: &'a mut Inflater,
    sums: Vec<PartSum>,
}

impl Unpacked<'_> {
    fn layout(&mut self, sheet: &str) -> Result<Layout, Problem> {
        let workbook = layout::main_part(self)?;
        if layout::is_open_document(self) || workbook.ends_with(".bin") {
            return Err(Problem::NotAWorkbook("not an .xlsx".to_string()));
        }
        Layout::find(self, &workbook, sheet)
    }
}

impl Parts for Unpacked<'_> {
    fn find(&self, part: &str) -> Option<String> {
        let ignoring_case = || self.directory.entries().find(|entry| entry.name.eq_ignore_ascii_case(part));
        self.directory.entry(part).or_else(ignoring_case).map(|entry| entry.name.to_string())
    }

    fn text(&mut self, part: &str) -> Result<String, Problem> {
        let odd = |Doubt(what): Doubt| Problem::Damaged(what.to_string());
        let mut content = Vec::new();
        let sum = self.inflater.unpack(self.file, self.directory, part, &mut content).map_err(odd)?;
        self.sums.push(sum);
        String::from_utf8(content).map_err(|_| odd(Doubt("not UTF-8")))
    }
}
