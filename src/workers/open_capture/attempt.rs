//! One attempt at a market's open.

use crate::board::BoardSnapshot;
use crate::lease::Claim;
use crate::ledger::{Capture, CaptureOutcome, KnownExtremes, LedgerError};
use crate::rules::capture::{Opening, rows};
use crate::rules::extremes::{Extremes, day_of};
use crate::rules::readiness::{Readiness, Waiting, readiness};
use crate::rules::{Observation, backtest};
use crate::supervise::{Generation, Revoked};
use crate::value::{History, Market, Symbol, TOTAL, TradingSession, Unpublished};
use crate::workers::floor::{Floor, observations};
use jiff::Timestamp;
use std::collections::HashMap;

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaptureReport {
    /// The rows are in the ledger.
    Captured {
        /// The session captured.
        session: TradingSession,
        /// The number it got.
        session_number: i64,
        /// From the open to the commit, milliseconds.
        capture_delay_ms: i64,
        /// How many rows, TOTAL's among them.
        rows: usize,
    },
    /// The open is in the ledger already.
    AlreadyCaptured {
        /// The session.
        session: TradingSession,
        /// The number it has.
        session_number: i64,
    },
    /// The open was recorded as missed, so it is not captured any more.
    RecordedAsMissed(TradingSession),
    /// Some quotes are not fresh yet; at `until` the capture goes on without them.
    Waiting {
        /// The session.
        session: TradingSession,
        /// The end of the waiting.
        until: Timestamp,
        /// The symbols waited for.
        stale: Vec<Symbol>,
    },
    /// Too few quotes are fresh.
    TooFew {
        /// The session.
        session: TradingSession,
        /// How many are.
        fresh: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Another host, with which this one shares the work, has captured the open.
    CapturedElsewhere {
        /// The session.
        session: TradingSession,
        /// Which host, and when.
        by: String,
    },
    /// Whether another host has captured the open cannot be told now.
    Unclaimed {
        /// The session.
        session: TradingSession,
        /// Why.
        reason: String,
    },
    /// The market has closed: nothing was captured, for this reason.
    Closed {
        /// The session.
        session: TradingSession,
        /// Why, for people.
        reason: String,
    },
    /// The market is not open; its next session, where that is known.
    NotOpen(Option<TradingSession>),
    /// `[markets.NAME]` switches recording off, by this key.
    SwitchedOff(&'static str),
}

/// Why an attempt could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// Whether the market is open is not known.
    #[error(transparent)]
    Unpublished(#[from] Unpublished),
    /// The ledger did not take it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Captures `market` as it is at `now`, by hand: the same rules and the same uniqueness as at the open. Whoever gets
/// [`CaptureReport::Waiting`] may try again with the next save, or at its end.
///
/// # Errors
/// [`CaptureError`]; nothing was captured then.
pub fn capture_now(
    floor: &Floor,
    market: Market,
    now: Timestamp,
    generation: &Generation,
) -> Result<CaptureReport, CaptureError> {
    match floor.market(market) {
        Some(settings) if !settings.enabled => return Ok(CaptureReport::SwitchedOff("enabled")),
        Some(settings) if !settings.enable_futures_capture => {
            return Ok(CaptureReport::SwitchedOff("enable_futures_capture"));
        }
        _ => {}
    }
    let calendar = floor.calendar.at(now);
    match calendar.session_at(market, now)? {
        Some(session) => {
            let report = attempt(floor, &floor.board.snapshot(), session, session.open, now, generation)?;
            if matches!(report, CaptureReport::Captured { .. }) {
                floor.rows_captured.ring();
            }
            Ok(report)
        }
        None => Ok(CaptureReport::NotOpen(calendar.next_session(market, now).ok())),
    }
}

/// Captures `session` if that can be done at `now`, from a board that was read before then; it has been tried since
/// `since`. The grader is the caller's to wake.
pub(super) fn attempt(
    floor: &Floor,
    snapshot: &BoardSnapshot,
    session: TradingSession,
    since: Timestamp,
    now: Timestamp,
    generation: &Generation,
) -> Result<CaptureReport, LedgerError> {
    if let Some(session_number) = floor.ledger.captured(session.market.name(), session.date)? {
        floor.claims.captured(session.market.name(), session.date);
        return Ok(CaptureReport::AlreadyCaptured { session, session_number });
    }
    let quotes = observations(&floor.instruments, snapshot);
    let waiting =
        Waiting { quotes: &quotes, not_loaded: &snapshot.not_loaded, since, closes_at: session.close };
    match readiness(&waiting, &floor.config.capture.limits(), now) {
        Readiness::Ready(quotes) => store(floor, session, &quotes, now, generation),
        Readiness::Wait { until, stale } => Ok(CaptureReport::Waiting { session, until, stale }),
        Readiness::TooFew { fresh, needed } => Ok(CaptureReport::TooFew { session, fresh, needed }),
        Readiness::Missed(reason) => Ok(CaptureReport::Closed { session, reason }),
    }
}

fn store(
    floor: &Floor,
    session: TradingSession,
    quotes: &[Observation],
    now: Timestamp,
    generation: &Generation,
) -> Result<CaptureReport, LedgerError> {
    let market = session.market.name();
    let opening = Opening {
        market,
        date: session.date,
        opened_at: session.open,
        now,
        quotes,
        instruments: &floor.instruments,
        rules: &floor.rules,
        limits: &floor.config.capture.limits(),
        source: floor.config.signals.source,
        history: &history(floor, session, quotes, now)?,
        extremes: &extremes(floor, quotes, now)?,
    };
    let capture = Capture {
        market: market.into(),
        session_date: session.date,
        open_at: session.open,
        rows: rows(&opening),
    };
    match floor.claims.claim(market, session.date) {
        Claim::Granted => {}
        Claim::Captured(by) => return Ok(CaptureReport::CapturedElsewhere { session, by }),
        Claim::Lost => return Err(LedgerError::Revoked(Revoked(generation.number()))),
        Claim::Unknown(reason) => return Ok(CaptureReport::Unclaimed { session, reason }),
    }
    Ok(match floor.ledger.capture(generation, &capture)? {
        CaptureOutcome::Captured { session_number, capture_delay_ms } => {
            floor.claims.captured(market, session.date);
            let rows = capture.rows.len();
            CaptureReport::Captured { session, session_number, capture_delay_ms, rows }
        }
        CaptureOutcome::AlreadyCaptured { session_number } => {
            CaptureReport::AlreadyCaptured { session, session_number }
        }
        CaptureOutcome::RecordedAsMissed => CaptureReport::RecordedAsMissed(session),
    })
}

/// The futures that `quotes` mean, once for each quote.
fn futures<'a>(
    floor: &'a Floor,
    quotes: &'a [Observation],
) -> impl Iterator<Item = (&'a str, &'a Observation)> {
    quotes.iter().map(|it| (floor.instruments.future_of(&it.quote.symbol), it))
}

/// The pre-open backtest's statistics, and those that it has not.
fn history(
    floor: &Floor,
    session: TradingSession,
    quotes: &[Observation],
    now: Timestamp,
) -> Result<HashMap<String, History>, LedgerError> {
    let computed = floor.preopen.get(session.market, session.date);
    let mut history = computed.map(|computed| HashMap::clone(&computed)).unwrap_or_default();
    let names = futures(floor, quotes).map(|(future, _)| future).chain([TOTAL]);
    let mut missing: Vec<&str> = names.filter(|name| !history.contains_key(*name)).collect();
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        let tallies = floor.ledger.tallies(session.market.name(), &missing, now)?;
        let counted: Vec<backtest::Counts> = tallies.iter().map(|tally| tally.counts()).collect();
        let found = missing.into_iter().map(String::from).zip(counted.iter().map(backtest::Counts::history));
        history.extend(found);
    }
    Ok(history)
}

/// The 52 weeks of each future, from the ledger's days, the user's seeds and the sheet.
fn extremes(
    floor: &Floor,
    quotes: &[Observation],
    now: Timestamp,
) -> Result<HashMap<String, Extremes>, LedgerError> {
    let today = day_of(now);
    let known = KnownExtremes::load(&*floor.ledger, today)?;
    let of_quote = |(future, observation): (&str, &Observation)| {
        let known = known.get(future)?;
        if known.coverage_from.is_none() && known.seed.is_none() {
            return None; // the sheet's columns stand
        }
        let sheet = (observation.quote.high_52w, observation.quote.low_52w);
        Some((future.to_string(), known.as_of(today, sheet)))
    };
    Ok(futures(floor, quotes).filter_map(of_quote).collect())
}
