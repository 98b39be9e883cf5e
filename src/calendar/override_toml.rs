//! Overrides as written in TOML: the `[[calendar.override]]` tables of `calendar.toml` in the home folder.

use super::{DayOverride, Overrides};
use crate::value::Market;
use jiff::civil::Date;
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Something in the file that cannot be used, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; `None`: the file as a whole.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl Overrides {
    /// Reads `[[calendar.override]]` tables, each with `market`, `date`, and `closed = true` or `open` and `close`
    /// (local times of the market, or `09:30 America/New_York`). Nothing else may stand in the text.
    ///
    /// # Errors
    /// Every [`Problem`], in the order of the lines.
    pub fn parse(text: &str) -> Result<Overrides, Vec<Problem>> {
        let mut reader = Reader { text, overrides: Overrides::default(), problems: Vec::new() };
        match DeTable::parse(text) {
            Ok(root) => reader.root(root.get_ref()),
            Err(error) => reader.problem(error.span().map_or(0, |span| span.start), error.message()),
        }
        reader.problems.sort_by_key(|problem| problem.line);
        if reader.problems.is_empty() { Ok(reader.overrides) } else { Err(reader.problems) }
    }
}

type Value<'i> = Spanned<DeValue<'i>>;

struct Reader<'i> {
    text: &'i str,
    overrides: Overrides,
    problems: Vec<Problem>,
}

/// The keys of one table, as typed.
#[derive(Default)]
struct Keys<'a> {
    market: Option<&'a Value<'a>>,
    date: Option<&'a Value<'a>>,
    closed: Option<&'a Value<'a>>,
    open: Option<&'a Value<'a>>,
    close: Option<&'a Value<'a>>,
}

impl Reader<'_> {
    fn root(&mut self, root: &DeTable<'_>) {
        for (key, value) in root {
            match (&**key.get_ref(), value.get_ref()) {
                ("calendar", DeValue::Table(calendar)) => self.calendar(calendar),
                (other, _) => self.unknown(key.span().start, other),
            }
        }
    }

    fn calendar(&mut self, calendar: &DeTable<'_>) {
        for (key, value) in calendar {
            match (&**key.get_ref(), value.get_ref()) {
                ("override", DeValue::Array(tables)) => tables.iter().for_each(|table| self.table(table)),
                (other, _) => self.unknown(key.span().start, other),
            }
        }
    }

    fn unknown(&mut self, at: usize, key: &str) {
        self.problem(
            at,
            &format!("unknown key {key:?}; only [[calendar.override]] tables stand in this file"),
        );
    }

    fn table(&mut self, value: &Value<'_>) {
        let at = value.span().start;
        let DeValue::Table(table) = value.get_ref() else {
            return self.problem(at, "an override is a table: [[calendar.override]]");
        };
        let known = self.problems.len();
        let keys = self.keys(table);
        let market = self.market(at, keys.market);
        let date = self.date(at, keys.date);
        let closed = self.closed(keys.closed);
        let (open, close) = (self.time(keys.open), self.time(keys.close));
        if self.problems.len() > known {
            return;
        }
        let day = DayOverride::new(closed, open.as_deref(), close.as_deref());
        let (Some(market), Some(date)) = (market, date) else { return };
        if let Err(error) = day.and_then(|day| self.overrides.insert(market, date, day)) {
            self.problem(at, &error.to_string());
        }
    }

    fn keys<'a>(&mut self, table: &'a DeTable<'a>) -> Keys<'a> {
        let mut keys = Keys::default();
        for (key, value) in table {
            match &**key.get_ref() {
                "market" => keys.market = Some(value),
                "date" => keys.date = Some(value),
                "closed" => keys.closed = Some(value),
                "open" => keys.open = Some(value),
                "close" => keys.close = Some(value),
                other => {
                    let message = format!("unknown key {other:?}; known: market, date, closed, open, close");
                    self.problem(key.span().start, &message);
                }
            }
        }
        keys
    }

    fn market(&mut self, table: usize, value: Option<&Value<'_>>) -> Option<Market> {
        let Some(value) = value else {
            self.problem(table, "an override needs a market");
            return None;
        };
        match value.get_ref().as_str().map(Market::find) {
            Some(Ok(market)) => return Some(market),
            Some(Err(error)) => self.problem(value.span().start, &error.to_string()),
            None => self.problem(value.span().start, "market is not a text"),
        }
        None
    }

    fn date(&mut self, table: usize, value: Option<&Value<'_>>) -> Option<Date> {
        let Some(value) = value else {
            self.problem(table, "an override needs a date");
            return None;
        };
        let text = plain(value.get_ref());
        // Ten characters: jiff would also take a whole date and time for its date.
        let date = text.as_deref().filter(|text| text.len() == 10).and_then(|text| text.parse().ok());
        if date.is_none() {
            self.problem(value.span().start, "date is not of the form 2025-01-09");
        }
        date
    }

    fn closed(&mut self, value: Option<&Value<'_>>) -> Option<bool> {
        let closed = value?.get_ref().as_bool();
        if closed.is_none() {
            self.problem(value?.span().start, "closed is neither true nor false");
        }
        closed
    }

    fn time(&mut self, value: Option<&Value<'_>>) -> Option<String> {
        let text = plain(value?.get_ref());
        if text.is_none() {
            self.problem(value?.span().start, "a time is written \"09:30\"");
        }
        text
    }

    fn problem(&mut self, at: usize, message: &str) {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        self.problems.push(Problem { line: Some(line), message: message.to_string() });
    }
}

/// A text, or a date or time that was written without quotes.
fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.trim().to_string()),
        DeValue::Datetime(moment) => Some(moment.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_closures_and_hours() {
        let overrides = Overrides::parse(
            "[[calendar.override]]\nmarket = \"USA\"\ndate = 2025-01-09\nclosed = true\n\
             [[calendar.override]]\nmarket = \"bombay\"\ndate = \"2027-02-01\"\nopen = \"09:15\"\nclose = 15:30:00\n",
        );
        let mut expected = Overrides::default();
        let hours = DayOverride::Session("09:15-15:30".parse().unwrap());
        expected.insert(Market::USA, "2025-01-09".parse().unwrap(), DayOverride::Closed).unwrap();
        expected.insert(Market::INDIA, "2027-02-01".parse().unwrap(), hours).unwrap();
        assert_eq!(overrides, Ok(expected));
        assert_eq!(Overrides::parse(""), Ok(Overrides::default()));
    }

    #[test]
    fn names_every_problem_with_its_line() {
        let text = "[[calendar.override]]\nmarket = \"USB\"\ndate = 2025-13-09\n";
        assert_eq!(Overrides::parse(text).unwrap_err()[0].line, Some(3), "syntax comes first");
        let text = "\
holidays = 3
[[calendar.override]]
market = \"USB\"
date = \"tomorrow\"
closed = \"yes\"
[[calendar.override]]
market = \"USA\"
date = 2025-01-09
open = \"22:00\"
close = \"02:00\"
[[calendar.override]]
date = 2025-01-09
open = \"22:00\"
hours = 4
[[calendar.override]]
market = \"USA\"
date = 2025-01-10
closed = true
[[calendar.override]]
market = \"USA\"
date = 2025-01-10
closed = true
";
        let problems: Vec<String> =
            Overrides::parse(text).unwrap_err().iter().map(Problem::to_string).collect();
        assert_eq!(
            problems,
            [
                "line 1: unknown key \"holidays\"; only [[calendar.override]] tables stand in this file",
                "line 3: no market \"USB\"; did you mean \"USA\"?",
                "line 4: date is not of the form 2025-01-09",
                "line 5: closed is neither true nor false",
                "line 6: hours 22:00 to 02:00 cross midnight or are empty; a session must close later on the day of its open",
                "line 11: an override needs a market",
                "line 14: unknown key \"hours\"; known: market, date, closed, open, close",
                "line 19: USA 2025-01-10 is overridden twice; keep one",
            ]
        );
    }
}
