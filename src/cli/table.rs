//! A plain table for people: text to the left, numbers to the right.

use super::terminal::{Paint, printable};
use std::fmt;

/// A plain table: a header and rows of cells. Cells are made printable, so that no workbook text acts on the
/// terminal.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

struct Cell {
    text: String,
    paint: Option<Paint>,
}

#[derive(Clone, Copy)]
struct Column {
    title: &'static str,
    right: bool,
}

impl Table {
    /// A table with these columns; a title that starts with `>` names a column of numbers.
    pub(crate) fn new(titles: &[&'static str]) -> Table {
        let column = |title: &&'static str| match title.strip_prefix('>') {
            Some(title) => Column { title, right: true },
            None => Column { title, right: false },
        };
        Table { columns: titles.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.painted(cells.into_iter().map(|cell| (cell, None)));
    }

    /// Adds a row whose cells may have colours, which are shown where the output wants any.
    pub(crate) fn painted<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = (T, Option<Paint>)>) {
        let cell = |(text, paint): (T, Option<Paint>)| Cell { text: printable(text.as_ref()).into(), paint };
        self.rows.push(cells.into_iter().map(cell).collect());
    }

    /// The table's lines, in colours or without.
    pub(crate) fn text(&self, colors: bool) -> String {
        let widths: Vec<usize> = (0..self.columns.len()).map(|at| self.width(at)).collect();
        let titles = self.columns.iter().map(|column| (column.title, None));
        let rows = self.rows.iter().map(|row| {
            let paint = |cell: &Cell| cell.paint.filter(|_| colors);
            self.line(&widths, row.iter().map(|cell| (cell.text.as_str(), paint(cell))))
        });
        std::iter::once(self.line(&widths, titles)).chain(rows).collect()
    }

    fn width(&self, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.text.chars().count());
        cells.chain([self.columns[at].title.len()]).max().unwrap_or(0)
    }

    fn line<'a>(&self, widths: &[usize], cells: impl Iterator<Item = (&'a str, Option<Paint>)>) -> String {
        let mut line = String::new();
        let mut blanks = 0; // between what is written and the next cell; those at the end are left out
        for (((text, paint), column), width) in cells.zip(&self.columns).zip(widths) {
            let padding = width - text.chars().count();
            let (before, after) = if column.right { (padding, 0) } else { (0, padding) };
            blanks += before;
            if !text.is_empty() {
                line.extend(std::iter::repeat_n(' ', blanks));
                line.push_str(&paint.map_or_else(|| text.into(), |paint| paint.on(text)));
                blanks = 0;
            }
            blanks += after + 2;
        }
        line.push('\n');
        line
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(false))
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use crate::cli::terminal::Paint;

    #[test]
    fn colours_move_no_column() {
        let mut table = Table::new(&["OUTCOME", ">HIT"]);
        table.painted([("WORKED", Some(Paint::Good)), ("7", None)]);
        table.row(["PENDING", ""]);
        assert_eq!(table.text(false), "OUTCOME  HIT\nWORKED     7\nPENDING\n");
        assert_eq!(table.text(true), "OUTCOME  HIT\n\u{1b}[32mWORKED\u{1b}[0m     7\nPENDING\n");
    }

    #[test]
    fn aligns_numbers_to_the_right_and_lets_no_cell_act() {
        let mut table = Table::new(&["SYMBOL", ">LAST", "AGE"]);
        table.row(["YM", "47476", "1s"]);
        table.row(["ZB", "117.78125", "\u{1b}[2J"]);
        assert_eq!(
            table.to_string(),
            "SYMBOL       LAST  AGE\nYM          47476  1s\nZB      117.78125  \\u{1b}[2J\n"
        );
    }
}
