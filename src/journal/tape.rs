//! Whole sheets from the changes that a journal holds.

use super::Batch;
use crate::value::{Quote, Sheet, Symbol};
use std::collections::HashMap;
use std::sync::Arc;

/// The latest row of each symbol, in the order in which they came up.
#[derive(Default)]
pub struct Tape {
    rows: Vec<Arc<Quote>>,
    index: HashMap<Symbol, usize>,
    not_loaded: Vec<Symbol>,
}

impl Tape {
    /// The sheet after `batch`; `None` when it says what the one before said, at a later save.
    #[must_use]
    pub fn apply(&mut self, batch: &Batch) -> Option<Sheet> {
        let mut changed = batch.complete && self.forget_unnamed(batch);
        changed |= self.forget(&batch.gone);
        for quote in &batch.quotes {
            changed |= self.put(quote);
        }
        if self.not_loaded != batch.not_loaded {
            self.not_loaded.clone_from(&batch.not_loaded);
            changed = true;
        }
        changed.then(|| self.sheet(batch))
    }

    fn put(&mut self, quote: &Arc<Quote>) -> bool {
        match self.index.get(&quote.symbol) {
            Some(at) if self.rows[*at] == *quote => false,
            Some(at) => {
                self.rows[*at] = Arc::clone(quote);
                true
            }
            None => {
                self.index.insert(quote.symbol.clone(), self.rows.len());
                self.rows.push(Arc::clone(quote));
                true
            }
        }
    }

    /// A file's first line names every symbol, so those that it does not name left while nothing was written.
    fn forget_unnamed(&mut self, batch: &Batch) -> bool {
        let named = |row: &Arc<Quote>| {
            batch.quotes.iter().any(|quote| quote.symbol == row.symbol)
                || batch.not_loaded.contains(&row.symbol)
        };
        self.keep_rows(named)
    }

    fn forget(&mut self, gone: &[Symbol]) -> bool {
        !gone.is_empty() && self.keep_rows(|row| !gone.contains(&row.symbol))
    }

    fn keep_rows(&mut self, keep: impl Fn(&Arc<Quote>) -> bool) -> bool {
        let before = self.rows.len();
        self.rows.retain(keep);
        if self.rows.len() == before {
            return false;
        }
        self.index = self.rows.iter().enumerate().map(|(at, row)| (row.symbol.clone(), at)).collect();
        true
    }

    fn sheet(&self, batch: &Batch) -> Sheet {
        let is_loaded = |row: &&Arc<Quote>| row.is_loaded() && !self.not_loaded.contains(&row.symbol);
        let unloaded = self.rows.iter().filter(|row| !row.is_loaded()).map(|row| row.symbol.clone());
        let others: Vec<Symbol> = unloaded.filter(|symbol| !self.not_loaded.contains(symbol)).collect();
        Sheet {
            saved_at: batch.saved_at,
            quotes: self.rows.iter().filter(is_loaded).cloned().collect(),
            not_loaded: self.not_loaded.iter().cloned().chain(others).collect(),
            rejected: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::batch;

    fn line(text: &str, complete: bool) -> Batch {
        let text = format!(r#"{{"at":"2025-11-19T14:30:00Z",{text}}}"#);
        batch::read(text.as_bytes(), complete).unwrap()
    }

    fn shown(sheet: Option<Sheet>) -> Option<String> {
        let show = |quote: &Arc<Quote>| format!("{} {}", quote.symbol, quote.last.unwrap_or_default());
        let sheet = sheet?;
        let quotes: Vec<String> = sheet.quotes.iter().map(show).collect();
        let waiting: Vec<String> = sheet.not_loaded.iter().map(|symbol| format!("{symbol} -")).collect();
        Some([quotes, waiting].concat().join(", "))
    }

    #[test]
    fn symbols_that_a_line_does_not_name_are_confirmed_as_they_were() {
        let mut tape = Tape::default();
        let mut after = |text, complete| shown(tape.apply(&line(text, complete)));
        let first = r#""quotes":[{"symbol":"YM","last":"1"},{"symbol":"ES","last":"2"}]"#;
        assert_eq!(after(first, true).unwrap(), "YM 1, ES 2");
        assert_eq!(after(r#""quotes":[]"#, false), None);
        assert_eq!(after(r#""quotes":[{"symbol":"ES","last":"3"}]"#, false).unwrap(), "YM 1, ES 3");
        assert_eq!(after(r#""quotes":[{"symbol":"ES","last":"3"}]"#, false), None, "a repetition");
        assert_eq!(after(r#""gone":["YM"]"#, false).unwrap(), "ES 3");
        assert_eq!(after(r#""gone":["YM"]"#, false), None);
        let unloaded = r#""quotes":[{"symbol":"ES"},{"symbol":"NQ","last":"4"}]"#;
        assert_eq!(after(unloaded, false).unwrap(), "NQ 4, ES -");
        assert_eq!(after(r#""quotes":[{"symbol":"YM","last":"5"}]"#, true).unwrap(), "YM 5");
    }

    #[test]
    fn a_row_that_was_not_loaded_is_not_confirmed() {
        let mut tape = Tape::default();
        let mut after = |text| shown(tape.apply(&line(text, false)));
        after(r#""quotes":[{"symbol":"YM","last":"1"},{"symbol":"ES","last":"2"}]"#);
        assert_eq!(after(r#""quotes":[],"not_loaded":["ES"]"#).unwrap(), "YM 1, ES -");
        assert_eq!(after(r#""quotes":[],"not_loaded":["ES"]"#), None);
        assert_eq!(after(r#""quotes":[]"#).unwrap(), "YM 1, ES 2");
    }
}
