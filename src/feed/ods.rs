//! The content of an .ods, counted before its parser makes cells of it.
//!
//! A cell and a row say how often they are repeated, and a text how many spaces it has: calamine 0.38 makes all of them.

use super::error::Problem;
use super::grid::Grid;

/// Beyond these calamine makes no more cells of a row, and no more rows of a table.
const COLUMNS: u64 = 16_384;
const ROWS: u64 = 1_048_576;

/// Attributes whose values are kept as they are written.
const KEPT_AS_TEXT: [&str; 4] = ["formula", "string-value", "date-value", "time-value"];

/// Whether the sheets in `content`, the part of that name, can be held. What no spreadsheet program writes there is refused:
/// it could say to one reader what it hides from another.
pub(super) fn check(content: &[u8]) -> Result<(), Problem> {
    let text = std::str::from_utf8(content).ok().filter(|text| !text.contains('\0'));
    let text = text.ok_or_else(|| odd("it is no UTF-8"))?.trim_start_matches('\u{FEFF}').trim_start();
    let behind_its_head = text.strip_prefix("<?").and_then(|text| text.split_once("?>"));
    let body = behind_its_head.map_or(text, |(_, body)| body);
    if body.contains("<!") || body.contains("<?") {
        return Err(odd("it has comments or instructions"));
    }
    let mut count = Count::default();
    let mut rest = body;
    while let Some((text, behind)) = rest.split_once('<') {
        if count.is_in_cell {
            count.text(text)?;
        }
        let Some(end) = tag_end(behind) else { break };
        count.tag(&behind[..end])?;
        rest = &behind[end + 1..];
    }
    count.end_table()
}

/// A tag ends with the first `>` that is not in quotes; an end tag has none.
fn tag_end(tag: &str) -> Option<usize> {
    if tag.starts_with('/') {
        return tag.find('>');
    }
    let mut quote = None;
    tag.bytes().position(|byte| match quote {
        Some(open) => {
            quote = quote.filter(|_| byte != open);
            false
        }
        None if byte == b'"' || byte == b'\'' => {
            quote = Some(byte);
            false
        }
        None => byte == b'>',
    })
}

#[derive(Default)]
struct Count {
    grid: Grid,
    row: Row,
    is_in_cell: bool,
    /// Since the first row with content, and how many without it came last.
    rows: u64,
    empty_rows: u64,
    widest: u64,
}

/// The row that is being read.
#[derive(Default)]
struct Row {
    repeats: u64,
    cells: u64,
    /// Empty cells, which count if others follow.
    empty: u64,
    has_content: bool,
    /// How often the text of the cell that is being read stands there.
    cell_repeats: u64,
}

impl Count {
    fn tag(&mut self, tag: &str) -> Result<(), Problem> {
        let is_closed = tag.ends_with('/');
        let name = tag.split(|c: char| c.is_whitespace()).next().unwrap_or("");
        match name.strip_suffix('/').unwrap_or(name) {
            "table:table-cell" | "table:covered-table-cell" => self.cell(tag, is_closed),
            "/table:table-cell" | "/table:covered-table-cell" => {
                self.is_in_cell = false;
                Ok(())
            }
            "table:table" | "table:table-row" if self.is_in_cell => Err(odd("it has a table in a cell")),
            "table:table-row" => {
                self.row = Row { repeats: number(tag, "number-rows-repeated").min(ROWS), ..Row::default() };
                Ok(())
            }
            "/table:table-row" => self.end_row(),
            "/table:table" => self.end_table(),
            "text:s" if self.is_in_cell => self.repeat_text(number(tag, ":c")),
            _ => Ok(()),
        }
    }

    fn cell(&mut self, tag: &str, is_closed: bool) -> Result<(), Problem> {
        if self.is_in_cell {
            return Err(odd("it has a cell in a cell"));
        }
        let repeats = number(tag, "number-columns-repeated").min(COLUMNS);
        self.add_to_row(self.row.empty)?;
        // An attribute of another kind than its style, or anything inside, may be content.
        let has_content = !is_closed || ["office:", "calcext:", "formula"].iter().any(|it| tag.contains(it));
        self.row.empty = if has_content { 0 } else { repeats };
        self.is_in_cell = !is_closed;
        self.row.cell_repeats = repeats;
        if has_content {
            self.row.has_content = true;
            self.add_to_row(repeats)?;
            if KEPT_AS_TEXT.iter().any(|attribute| tag.contains(attribute)) {
                self.text(tag)?;
            }
        }
        Ok(())
    }

    fn add_to_row(&mut self, cells: u64) -> Result<(), Problem> {
        let cells = cells.min(COLUMNS.saturating_sub(self.row.cells));
        self.row.cells += cells;
        self.grid.add_cells(cells)
    }

    fn text(&mut self, text: &str) -> Result<(), Problem> {
        self.repeat_text(text.len() as u64)
    }

    /// Text of the cell that is being read, which stands in each of its repetitions.
    fn repeat_text(&mut self, bytes: u64) -> Result<(), Problem> {
        let times = self.row.cell_repeats.max(1).saturating_mul(self.row.repeats.max(1));
        self.grid.add_text(bytes.saturating_mul(times))
    }

    fn end_row(&mut self) -> Result<(), Problem> {
        let row = std::mem::take(&mut self.row);
        if row.has_content {
            self.rows = self.rows.saturating_add(self.empty_rows).saturating_add(row.repeats);
            self.empty_rows = 0;
            self.widest = self.widest.max(row.cells);
        } else if self.rows > 0 {
            self.empty_rows = self.empty_rows.saturating_add(row.repeats);
        }
        Ok(())
    }

    fn end_table(&mut self) -> Result<(), Problem> {
        let (rows, widest) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.widest));
        self.empty_rows = 0;
        self.grid.add_cells(rows.saturating_mul(widest))
    }
}

/// The largest number that an attribute of such a name has: readers differ in which of two counts. What is no number counts
/// as the largest there is; without the attribute it is 1.
fn number(tag: &str, name: &str) -> u64 {
    let values = tag.match_indices(name).filter_map(|(at, _)| {
        let value = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, _) = value[1..].split_once(quote)?;
        Some(value.trim().parse().unwrap_or(u64::MAX))
    });
    values.max().unwrap_or(1)
}

fn odd(what: &str) -> Problem {
    Problem::Damaged(format!("part content.xml: {what}"))
}
