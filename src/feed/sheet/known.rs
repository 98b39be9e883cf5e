//! The rows of the sheet that was read last: those whose bytes have not changed still mean the same.

use crate::feed::header::Header;
use crate::feed::row::Meaning;
use crate::value::Quote;

/// Rows with what they mean, in the order of the sheet. Good for as long as header, shared strings and formats are.
#[derive(Default)]
pub(super) struct KnownRows {
    header: Option<Header>,
    old: Vec<KnownRow>,
    next: usize,
    new: Vec<KnownRow>,
}

/// A row with cells in the range, as it stood in the sheet's text.
pub(super) struct KnownRow {
    /// The number that it would have if it did not say: it may not.
    pub(super) due: u32,
    pub(super) number: u32,
    start: usize,
    end: usize,
    pub(super) meaning: Meaning,
}

impl KnownRows {
    pub(super) fn forget(&mut self) {
        *self = KnownRows::default();
    }

    /// How many there were.
    pub(super) fn len(&self) -> usize {
        self.old.len()
    }

    /// A new sheet begins; what was new is old.
    pub(super) fn begin(&mut self) {
        std::mem::swap(&mut self.old, &mut self.new);
        self.new.clear();
        self.next = 0;
    }

    /// Rows are known under `header` alone.
    pub(super) fn under(&mut self, header: &Header) {
        if self.header.as_ref() != Some(header) {
            self.old.clear();
            self.header = Some(header.clone());
        }
    }

    /// Goes to the first row that is due at `due` or later.
    pub(super) fn seek(&mut self, due: u32) {
        while self.old.get(self.next).is_some_and(|row| row.due < due) {
            self.next += 1;
        }
    }

    /// The row that is due at `due`, if `text` begins with what it was in `previous`; with the length of that.
    pub(super) fn same(&mut self, due: u32, text: &[u8], previous: &[u8]) -> Option<(KnownRow, usize)> {
        self.seek(due);
        let row = self.old.get_mut(self.next).filter(|row| row.due == due)?;
        let written = previous.get(row.start..row.end)?;
        if !text.starts_with(written) {
            return None;
        }
        self.next += 1;
        let meaning = std::mem::replace(&mut row.meaning, Meaning::Empty);
        Some((KnownRow { meaning, ..*row }, written.len()))
    }

    /// The quote of the row that is due at `due`: most likely the same symbol and type.
    pub(super) fn like(&self, due: u32) -> Option<&Quote> {
        let row = self.old.get(self.next).filter(|row| row.due == due)?;
        match &row.meaning {
            Meaning::Quote(row) => row.quote.as_deref(),
            _ => None,
        }
    }

    pub(super) fn keep(&mut self, row: KnownRow) {
        self.new.push(row);
    }
}

impl KnownRow {
    pub(super) fn new(due: u32, number: u32, meaning: Meaning) -> KnownRow {
        KnownRow { due, number, start: 0, end: 0, meaning }
    }

    /// The same row, standing there.
    pub(super) fn at(self, start: usize, end: usize) -> KnownRow {
        KnownRow { start, end, ..self }
    }
}
