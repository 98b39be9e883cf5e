//! The rows of a market's open.

use super::composite::{Member, Total};
use super::entry::{Attempt, Entry, enter};
use super::extremes::Extremes;
use super::grading::TOTAL_TRADES;
use super::signal::{SignalSource, signal, weight};
use super::{CaptureLimits, InstrumentRules, Observation, RuleBook, intraday, metrics};
use crate::value::{
    Composite, History, Identification, Instruments, NoEntryReason, Outcome, Record, SessionRow, Signal,
    TOTAL, Trade,
};
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use std::collections::HashMap;

/// Everything that a capture rests on.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// The control market.
    pub market: &'a str,
    /// Its local trading date.
    pub date: Date,
    /// When it opened.
    pub opened_at: Timestamp,
    /// When it is captured.
    pub now: Timestamp,
    /// The fresh quotes, in sheet order ([`super::readiness`]).
    pub quotes: &'a [Observation],
    /// Which symbol means which future.
    pub instruments: &'a Instruments,
    /// The rules of each future.
    pub rules: &'a RuleBook,
    /// `[capture]`.
    pub limits: &'a CaptureLimits,
    /// `signals.source`.
    pub source: SignalSource,
    /// The statistics of each future and TOTAL in this market.
    pub history: &'a HashMap<String, History>,
    /// The 52-week extremes of each future; where there are none, or partial ones, the sheet's columns stand.
    pub extremes: &'a HashMap<String, Extremes>,
}

/// One row an instrument, in the instruments' order, and TOTAL's at the end. All are pending: a row without an entry
/// is the grader's to make neutral. What the ledger assigns in its transaction is absent: `session_number`,
/// `capture_group`, `country_future`, `country_future_wndw_total`, `capture_delay_ms`.
#[must_use]
pub fn rows(opening: &Opening<'_>) -> Vec<SessionRow> {
    let captured = captured(opening);
    let members: Vec<Member> = captured.iter().filter_map(Captured::member).collect();
    let total = Total::of(&members, opening.limits.total_min_signals);
    let mut rows: Vec<SessionRow> = captured.iter().map(|it| it.row(opening)).collect();
    let traded = captured.iter().find(|it| it.future == TOTAL_TRADES).map(|it| it.observation);
    rows.push(total_row(opening, &total, traded, captured.len()));
    rows
}

/// An instrument of the capture.
struct Captured<'a> {
    future: &'a str,
    observation: &'a Observation,
    rules: &'a InstrumentRules,
    signal: Option<Signal>,
}

/// The instruments of the capture, each future once: under its own name if the sheet has that, else under the first of
/// its aliases. Symbols of no known future come last, in sheet order; none may take TOTAL's name.
fn captured<'a>(opening: &Opening<'a>) -> Vec<Captured<'a>> {
    let mut captured: Vec<Captured<'a>> = Vec::new();
    for observation in opening.quotes {
        let symbol = &observation.quote.symbol;
        let future = opening.instruments.future_of(symbol);
        let known = captured.iter().position(|it| it.future == future);
        if future == TOTAL || known.is_some_and(|_| symbol.as_str() != future) {
            continue;
        }
        let rules = opening.rules.get(future);
        let signal = signal(&observation.quote, rules, opening.source);
        let instrument = Captured { future, observation, rules, signal };
        match known {
            Some(at) => captured[at] = instrument,
            None => captured.push(instrument),
        }
    }
    captured.sort_by_key(|it| opening.instruments.rank(&it.observation.quote.symbol));
    captured
}

impl Captured<'_> {
    fn member(&self) -> Option<Member> {
        let signal = self.signal?;
        Some(Member {
            signal,
            stat: self.rules.stats.map(|stats| stats.value(signal)),
            contract_weight: self.rules.contract_weight,
            bear: self.rules.bear,
        })
    }

    fn row(&self, opening: &Opening<'_>) -> SessionRow {
        let entry = enter(&attempt(opening, self.signal, Some(self.observation), self.rules));
        let weight = self.signal.map(|signal| weight(signal, self.rules.bear));
        let id = identification(opening, self.future, self.signal, weight);
        row(opening, id, self.future, Some(self.observation), trade(entry))
    }
}

/// TOTAL trades YM: its own signal, with YM's quote and rules. So the prices of its row are YM's.
fn total_row(
    opening: &Opening<'_>,
    total: &Total,
    traded: Option<&Observation>,
    instruments: usize,
) -> SessionRow {
    let rules = opening.rules.get(TOTAL_TRADES);
    let entry = enter(&attempt(opening, total.signal, traded, rules)).map_err(|reason| match reason {
        NoEntryReason::NoSignal => NoEntryReason::TooFewSignals,
        other => other,
    });
    let id = identification(opening, TOTAL, total.signal, Some(total.weight));
    let composite = Composite {
        weighted_average: total.weighted_average,
        instrument_count: i64::try_from(instruments).ok(),
    };
    SessionRow { composite, ..row(opening, id, TOTAL_TRADES, traded, trade(entry)) }
}

fn attempt<'a>(
    opening: &Opening<'a>,
    signal: Option<Signal>,
    observation: Option<&'a Observation>,
    rules: &'a InstrumentRules,
) -> Attempt<'a> {
    let Opening { opened_at, now, limits, .. } = *opening;
    Attempt { signal, observation, rules, opened_at, now, limits }
}

fn trade(entry: Result<Entry, NoEntryReason>) -> Trade {
    match entry {
        Ok(entry) => Trade {
            entry_price: Some(entry.price),
            target_high: Some(entry.exits.high),
            target_low: Some(entry.exits.low),
            ..Trade::default()
        },
        Err(reason) => Trade { no_entry_reason: Some(reason), ..Trade::default() },
    }
}

fn identification(
    opening: &Opening<'_>,
    future: &str,
    bhs: Option<Signal>,
    weight: Option<i64>,
) -> Identification {
    Identification {
        session_number: None,
        capture_group: None,
        year: opening.date.year().into(),
        month: opening.date.month().into(),
        date: opening.date.day().into(),
        day: weekday(opening.date.weekday()).into(),
        captured_at: opening.now,
        country: opening.market.into(),
        future: future.into(),
        country_future: None,
        country_future_wndw_total: None,
        weight,
        bhs,
        wndw: Outcome::Pending,
    }
}

/// The row of `id` with the prices of `priced_as`.
fn row(
    opening: &Opening<'_>,
    id: Identification,
    priced_as: &str,
    observation: Option<&Observation>,
    trade: Trade,
) -> SessionRow {
    let quote = observation.map(|observation| &*observation.quote);
    let last = quote.and_then(|quote| quote.last);
    let known = opening.extremes.get(priced_as).map(Extremes::full_range).unwrap_or_default();
    let low = known.0.or_else(|| quote.and_then(|quote| quote.low_52w));
    let high = known.1.or_else(|| quote.and_then(|quote| quote.high_52w));
    SessionRow {
        book: quote.map(metrics::book).unwrap_or_default(),
        trade,
        market: intraday::opened(last),
        day24: quote.map(metrics::day24).unwrap_or_default(),
        weeks52: metrics::weeks52(last, low, high),
        composite: Composite::default(),
        history: opening.history.get(&id.future).cloned().unwrap_or_default(),
        record: Record::default(),
        id,
    }
}

fn weekday(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}
