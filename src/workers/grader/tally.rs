//! What the grader counts, says and shows.

use crate::ledger::{LedgerError, PendingRow, RowId};
use crate::rules::grading::Decision;
use crate::supervise::Context;
use crate::value::Outcome;
use jiff::civil::Date;
use serde_json::json;
use std::collections::BTreeMap;

/// Counters since the worker was built, and the last failure.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Updates of the board that came faster than they were graded.
    pub(super) lost: u64,
    pub(super) failures: u64,
    worked: u64,
    didnt_work: u64,
    neutral: u64,
    last_error: Option<String>,
    failing: bool,
}

impl Tally {
    /// Counts and says, a line for each session, what the ledger took: `decided` of `made` were pending until now.
    pub(super) fn decided(
        &mut self,
        name: &str,
        decided: usize,
        rows: &[PendingRow],
        made: &BTreeMap<RowId, Decision>,
    ) {
        let mut sessions: BTreeMap<(&str, Date, Outcome), Vec<&str>> = BTreeMap::new();
        for row in rows {
            let Some(decision) = made.get(&row.id) else { continue };
            *self.counter(decision.outcome) += 1;
            sessions.entry((&row.market, row.session_date, decision.outcome)).or_default().push(&row.future);
        }
        for ((market, date, outcome), futures) in sessions {
            log::info!("{name}: {market} {date}: {outcome} {}", futures.join(", "));
        }
        if decided < made.len() {
            log::info!("{name}: {} rows had been graded by another process", made.len() - decided);
        }
    }

    fn counter(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Worked => &mut self.worked,
            Outcome::DidntWork => &mut self.didnt_work,
            Outcome::Neutral | Outcome::Pending => &mut self.neutral,
        }
    }

    /// Counts the failure; says it when it is news.
    pub(super) fn failed(&mut self, name: &str, error: &LedgerError) {
        let message = error.to_string();
        if !self.failing || self.last_error.as_ref() != Some(&message) {
            log::error!("{name}: {message}; keeping the grades, and trying again");
        }
        self.failures += 1;
        self.failing = true;
        self.last_error = Some(message);
    }

    pub(super) fn went_well(&mut self, name: &str) {
        if std::mem::take(&mut self.failing) {
            log::info!("{name}: the ledger takes grades again");
        }
    }

    pub(super) fn show(&self, ctx: &Context, rows: &[PendingRow], not_stored: usize) {
        let mut pending: BTreeMap<&str, usize> = BTreeMap::new();
        for of_market in rows.chunk_by(|one, next| one.market == next.market) {
            *pending.entry(&of_market[0].market).or_default() += of_market.len();
        }
        ctx.detail(json!({
            "pending": rows.len(),
            "markets": pending,
            "not_stored": not_stored,
            "worked": self.worked,
            "didnt_work": self.didnt_work,
            "neutral": self.neutral,
            "updates_lost": self.lost,
            "failures": self.failures,
            "failing": self.failing,
            "last_error": self.last_error,
        }));
    }
}
