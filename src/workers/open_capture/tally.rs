//! What the capture counts, says and shows.

use super::CaptureReport;
use crate::ledger::{LedgerError, MissedCapture};
use crate::value::{Market, Symbol, TradingSession};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Counters since the worker was built, and the last of each kind.
#[derive(Debug, Default)]
pub(super) struct Tally {
    captured: u64,
    missed: u64,
    elsewhere: u64,
    failures: u64,
    last_capture: Option<Value>,
    last_missed: Option<Value>,
    errors: BTreeMap<Market, String>,
}

impl Tally {
    /// How many opens were captured.
    pub(super) fn captured(&self) -> u64 {
        self.captured
    }

    /// Notes what came of an attempt; says what is news. A session that `first` waits has not been told of.
    pub(super) fn tried(&mut self, name: &str, report: &CaptureReport, first: bool) {
        match report {
            CaptureReport::Captured { session, session_number, capture_delay_ms, rows } => {
                let TradingSession { market, date, .. } = session;
                log::info!(
                    "{name}: captured {market} {date} as session {session_number}: {rows} rows, {capture_delay_ms} ms \
                     after the open"
                );
                self.captured += 1;
                self.last_capture = Some(json!({
                    "market": market.name(),
                    "session_date": date,
                    "session_number": session_number,
                    "rows": rows,
                    "capture_delay_ms": capture_delay_ms,
                }));
            }
            CaptureReport::Waiting { session, until, stale } if first => {
                let (market, stale) = (session.market, joined(stale));
                log::info!("{name}: {market} is open; waiting for {stale} until {until}");
            }
            CaptureReport::TooFew { session, fresh, needed } if first => log::warn!(
                "{name}: {} is open, but {fresh} quotes are fresh and it takes {needed}; trying with every save until \
                 {}",
                session.market,
                session.close
            ),
            CaptureReport::CapturedElsewhere { session, by } => self.elsewhere(name, *session, by),
            CaptureReport::Unclaimed { session, reason } if first => {
                log::error!("{name}: {} is open and not captured: {reason}", session.market);
            }
            CaptureReport::AlreadyCaptured { session, session_number } => {
                log::debug!("{name}: {} {} is session {session_number}", session.market, session.date);
            }
            _ => {}
        }
    }

    pub(super) fn missed(&mut self, name: &str, missed: &MissedCapture) {
        let MissedCapture { market, session_date, reason, .. } = missed;
        log::warn!("{name}: missed the open of {market} on {session_date}: {reason}");
        self.missed += 1;
        self.last_missed = Some(json!({ "market": market, "session_date": session_date, "reason": reason }));
    }

    /// Another host has the open in its ledger.
    pub(super) fn elsewhere(&mut self, name: &str, session: TradingSession, by: &str) {
        log::info!("{name}: {} {} was captured by {by}", session.market, session.date);
        self.elsewhere += 1;
    }

    pub(super) fn tended(&mut self, market: Market) {
        self.errors.remove(&market);
    }

    /// Counts the failure; says it when it is news.
    pub(super) fn failed(&mut self, name: &str, market: Market, error: &LedgerError) {
        let message = error.to_string();
        if self.errors.get(&market) != Some(&message) {
            log::error!("{name}: {market}: {message}");
        }
        self.failures += 1;
        self.errors.insert(market, message);
    }

    pub(super) fn detail(
        &self,
        watched: &[Market],
        waiting: &[&str],
        unknown: &[&str],
        next: Option<TradingSession>,
    ) -> Value {
        let errors: serde_json::Map<String, Value> =
            self.errors.iter().map(|(market, error)| (market.name().into(), json!(error))).collect();
        json!({
            "markets": watched,
            "waiting": waiting,
            "calendar_unknown": unknown,
            "next_open": next.map(|next| json!({ "market": next.market, "at": next.open })),
            "captured": self.captured,
            "last_capture": self.last_capture,
            "missed": self.missed,
            "captured_elsewhere": self.elsewhere,
            "last_missed": self.last_missed,
            "failures": self.failures,
            "errors": errors,
        })
    }
}

fn joined(symbols: &[Symbol]) -> String {
    symbols.iter().map(Symbol::as_str).collect::<Vec<_>>().join(", ")
}
