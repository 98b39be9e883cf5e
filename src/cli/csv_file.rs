//! CSV as spreadsheets read and write it: quoted as in RFC 4180, with no text that they would run as a formula.

use anyhow::Context as _;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

/// `text` with an apostrophe before what a spreadsheet would take for a formula.
pub(crate) fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with(ACTS) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that was [`guarded`]; any other stays as it is.
pub(crate) fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(ACTS)).unwrap_or(text)
}

/// What begins a formula, and the guard itself, so that no text is taken for a guarded one.
const ACTS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// No file of a person is larger; an export of a hundred years of opens is.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// So many bad lines are told one by one.
const TOLD: usize = 100;

/// A CSV file in memory: what its first row names, and the rows below it.
pub(crate) struct CsvFile {
    /// The names of the columns, trimmed.
    pub(crate) columns: Vec<String>,
    /// The rows.
    pub(crate) records: Vec<Record>,
    /// The lines that are no rows.
    pub(crate) bad: BadLines,
}

/// A row, and the line that it begins on, from 1.
pub(crate) struct Record {
    pub(crate) line: u64,
    cells: csv::StringRecord,
}

impl Record {
    /// The trimmed cell of the column `at`.
    pub(crate) fn cell(&self, at: usize) -> &str {
        self.cells.get(at).unwrap_or_default().trim()
    }
}

impl CsvFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// It cannot be read, is too large, or has no header row.
    pub(crate) fn read(path: &Path) -> anyhow::Result<CsvFile> {
        let text = bytes(path).with_context(|| format!("reading {}", path.display()))?;
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
        let columns = header(&mut reader).with_context(|| format!("reading {}", path.display()))?;
        let (mut records, mut bad) = (Vec::new(), BadLines::default());
        for record in reader.into_records() {
            match record {
                Ok(cells) => {
                    let line = cells.position().map_or(0, csv::Position::line);
                    if cells.len() == columns.len() {
                        records.push(Record { line, cells });
                    } else if cells.iter().any(|cell| !cell.trim().is_empty()) {
                        let (found, wanted) = (cells.len(), columns.len());
                        bad.add(line, format!("{found} cells, but the header has {wanted}"));
                    }
                }
                Err(error) => {
                    bad.add(error.position().map_or(0, csv::Position::line), "not UTF-8 text");
                }
            }
        }
        Ok(CsvFile { columns, records, bad })
    }

    /// Where a column stands that is called by one of `names`, whatever the case.
    pub(crate) fn column(&self, names: &[&str]) -> Option<usize> {
        let is = |column: &String| names.iter().any(|name| name.eq_ignore_ascii_case(column));
        self.columns.iter().position(is)
    }
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    anyhow::ensure!(bytes.len() as u64 <= MAX_BYTES, "larger than {MAX_BYTES} bytes; split it");
    Ok(bytes)
}

fn header(reader: &mut csv::Reader<&[u8]>) -> anyhow::Result<Vec<String>> {
    let header = reader.headers().context("the header is not UTF-8 text; save the file as \"CSV UTF-8\"")?;
    let columns: Vec<String> = header.iter().map(|name| name.trim().to_string()).collect();
    anyhow::ensure!(
        columns.iter().any(|name| !name.is_empty()),
        "the file is empty; its first line names the columns"
    );
    anyhow::ensure!(
        columns.len() > 1 || !columns[0].contains(';'),
        "the cells are parted by semicolons; save the file with commas"
    );
    for (at, column) in columns.iter().enumerate().filter(|(_, column)| !column.is_empty()) {
        let again = columns[..at].iter().any(|other| other.eq_ignore_ascii_case(column));
        anyhow::ensure!(!again, "column {column} stands twice in the header; keep one");
    }
    Ok(columns)
}

/// What is wrong with a file, by line.
#[derive(Default)]
pub(crate) struct BadLines(Vec<(u64, String)>);

impl BadLines {
    /// Something is wrong with a line.
    pub(crate) fn add(&mut self, line: u64, reason: impl Into<String>) {
        self.0.push((line, reason.into()));
    }

    /// # Errors
    /// Every bad line of `path`, under what was `not_done` because of them.
    pub(crate) fn refuse(mut self, path: &Path, not_done: &str) -> anyhow::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort_by_key(|(line, _)| *line);
        let mut text = format!("{}: {not_done}; correct it and try again", path.display());
        text.push_str(&self.told());
        anyhow::bail!(text)
    }

    /// A line of text for each.
    pub(crate) fn told(&self) -> String {
        let mut text = String::new();
        for (line, reason) in self.0.iter().take(TOLD) {
            write!(text, "\n  line {line}: {reason}").unwrap_or_default();
        }
        if self.0.len() > TOLD {
            write!(text, "\n  and {} more", self.0.len() - TOLD).unwrap_or_default();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_run_as_a_formula_and_every_text_comes_back() {
        for (text, written) in [
            ("USA", "USA"),
            ("=1+1", "'=1+1"),
            ("+cmd", "'+cmd"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("'=1", "''=1"),
            ("'tis", "''tis"),
            ("", ""),
        ] {
            assert_eq!(guarded(text), written);
            assert_eq!(unguarded(written), text);
        }
        assert_eq!(unguarded("'quoted by others"), "'quoted by others");
    }
}
