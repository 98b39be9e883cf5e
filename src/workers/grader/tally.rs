//! What the grader counts, says and shows.

use crate::ledger::{PendingRow, RowId};
use crate::rules::grading::Decision;
use crate::supervise::Context;
use crate::value::Outcome;
use crate::workers::refusals::Refusals;
use jiff::civil::Date;
use serde_json::json;
use std::collections::BTreeMap;

/// Counters since the worker was built.
#[derive(Debug)]
pub(super) struct Tally {
    /// Updates of the board that came faster than they were graded.
    pub(super) lost: u64,
    pub(super) refusals: Refusals,
    worked: u64,
    didnt_work: u64,
    neutral: u64,
}

impl Tally {
    pub(super) fn new() -> Tally {
        Tally { lost: 0, refusals: Refusals::of("grades"), worked: 0, didnt_work: 0, neutral: 0 }
    }

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

    pub(super) fn show(&self, ctx: &Context, rows: &[PendingRow], not_stored: usize) {
        let mut pending: BTreeMap<&str, usize> = BTreeMap::new();
        for of_market in rows.chunk_by(|one, next| one.market == next.market) {
            *pending.entry(&of_market[0].market).or_default() += of_market.len();
        }
        let detail = json!({
            "pending": rows.len(),
            "markets": pending,
            "not_stored": not_stored,
            "worked": self.worked,
            "didnt_work": self.didnt_work,
            "neutral": self.neutral,
            "updates_lost": self.lost,
        });
        ctx.detail(self.refusals.added_to(detail));
    }
}
