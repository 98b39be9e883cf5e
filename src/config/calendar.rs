//! `[[calendar.override]]`: closures and hours that were announced after the calendar was made.

use super::kind::{Kind, name_of};
use super::raw::{Entry, Node};
use super::{MarketConfig, suggest};
use crate::value::{LocalHours, Market};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::path::Path;

/// One day of one market that differs from its calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarOverride {
    /// The market.
    pub market: String,
    /// The market's local date.
    pub date: Date,
    /// Its hours on that day; `None`: it is closed.
    pub hours: Option<LocalHours>,
}

/// Local hours of a market: `09:30-16:00`, maybe with the zone that they are told in.
pub(super) fn hours() -> Kind<LocalHours> {
    let read = |node: &Node, _: &Path| {
        let (Node::Text(text) | Node::Bare(text)) = node else {
            return Err(format!("a {}, not local hours such as \"09:30-16:00\"", name_of(node)));
        };
        text.parse::<LocalHours>().map_err(|error| error.to_string())
    };
    Kind::new("local hours (\"09:30-16:00\")", read, |hours: &LocalHours| hours.to_string().into())
}

/// The list of overrides, each of its own day.
pub(super) fn overrides() -> Kind<Vec<CalendarOverride>> {
    let read = |node: &Node, _: &Path| {
        let Node::Array(items) = node else {
            return Err(format!("a {}, not a list of tables; write [[calendar.override]]", name_of(node)));
        };
        let mut all: Vec<CalendarOverride> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let one = read_one(item).map_err(|error| format!("entry {}: {error}", at + 1))?;
            if all.iter().any(|known| (&known.market, known.date) == (&one.market, one.date)) {
                return Err(format!(
                    "entry {}: {} has an entry for {} already",
                    at + 1,
                    one.market,
                    one.date
                ));
            }
            all.push(one);
        }
        Ok(all)
    };
    let what = "list of {market, date, closed = true}, or {market, date, open, close}";
    Kind::new(what, read, |all: &Vec<CalendarOverride>| all.iter().map(as_json).collect())
}

fn as_json(one: &CalendarOverride) -> Value {
    let (market, date) = (&one.market, one.date.to_string());
    match &one.hours {
        None => json!({ "market": market, "date": date, "closed": true }),
        Some(hours) => {
            let (open, close) = hours.spelled();
            json!({ "market": market, "date": date, "open": open, "close": close })
        }
    }
}

const FIELDS: [&str; 5] = ["market", "date", "closed", "open", "close"];

fn read_one(item: &Node) -> Result<CalendarOverride, String> {
    let Node::Table(fields) = item else { return Err(format!("a {}, not a table", name_of(item))) };
    if let Some(unknown) = fields.iter().find(|field| !FIELDS.contains(&field.key.as_str())) {
        let meant = suggest::did_you_mean(&unknown.key, FIELDS);
        return Err(format!("unknown key {}{meant}", unknown.key));
    }
    let market = market(required(fields, "market")?)?;
    let typed = required(fields, "date")?;
    let date: Date = typed.parse().map_err(|_| format!("{typed:?} is not a date such as \"2026-12-31\""))?;
    let closed = match field(fields, "closed") {
        None => false,
        Some(Node::Bool(closed)) => *closed,
        Some(other) => return Err(format!("closed is a {}, neither true nor false", name_of(other))),
    };
    let has_hours = field(fields, "open").is_some() || field(fields, "close").is_some();
    match (closed, has_hours) {
        (true, true) => Err("closed and open at the same time; write one of the two".into()),
        (true, false) => Ok(CalendarOverride { market, date, hours: None }),
        (false, false) => Err("neither closed = true nor open and close".into()),
        (false, true) => {
            let hours = LocalHours::new(required(fields, "open")?, required(fields, "close")?)
                .map_err(|error| error.to_string())?;
            Ok(CalendarOverride { market, date, hours: Some(hours) })
        }
    }
}

fn market(typed: &str) -> Result<String, String> {
    if let Ok(market) = Market::find(typed) {
        return Ok(market.name().to_string());
    }
    let markets = MarketConfig::defaults();
    let names = || markets.iter().map(|market| market.name.as_str());
    Err(format!("no market {typed:?}{}", suggest::did_you_mean(typed, names())))
}

fn field<'a>(fields: &'a [Entry], key: &str) -> Option<&'a Node> {
    fields.iter().find(|field| field.key == key).map(|field| &field.node)
}

/// A date or time may be typed with or without quotes.
fn required<'a>(fields: &'a [Entry], key: &str) -> Result<&'a str, String> {
    match field(fields, key) {
        Some(Node::Text(text) | Node::Date(text)) => Ok(text),
        Some(other) => Err(format!("{key} is a {}, not a text in quotes", name_of(other))),
        None => Err(format!("no {key}")),
    }
}
