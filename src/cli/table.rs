//! A plain table for people: text to the left, numbers to the right.

use super::terminal::printable;
use std::fmt;

/// A plain table: a header and rows of cells. Cells are made printable, so that no workbook text acts on the
/// terminal.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
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
        self.rows.push(cells.into_iter().map(|cell| printable(cell.as_ref()).into_owned()).collect());
    }

    fn width(&self, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        cells.chain([self.columns[at].title.len()]).max().unwrap_or(0)
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>, widths: &[usize], cells: &[&str]) -> fmt::Result {
        let mut line = String::new();
        for ((cell, column), width) in cells.iter().zip(&self.columns).zip(widths) {
            let cell = if column.right { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
            line.push_str(&cell);
            line.push_str("  ");
        }
        writeln!(f, "{}", line.trim_end())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<usize> = (0..self.columns.len()).map(|at| self.width(at)).collect();
        let titles: Vec<&str> = self.columns.iter().map(|column| column.title).collect();
        self.write_row(f, &widths, &titles)?;
        for row in &self.rows {
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            self.write_row(f, &widths, &cells)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

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
