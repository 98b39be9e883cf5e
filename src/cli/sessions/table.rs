//! Session rows as a table: what was traded, and what became of it.

use super::Rows;
use crate::cli::Output;
use crate::cli::table::Table;
use crate::cli::terminal::Paint;
use jiff::Timestamp;
use thor_stack::ledger::{MissedCapture, SessionFilter};
use thor_stack::value::{Outcome, Price, SessionRow, Signal};

/// Ten opens.
const LATEST: usize = 120;

/// Prints the latest rows, and the captures that were missed among them.
pub(super) fn print(rows: &Rows<'_>, out: &mut Output) -> anyhow::Result<()> {
    let limit = rows.last.map_or(LATEST, |last| last as usize);
    let mut latest = rows.latest(limit.saturating_add(1))?;
    let has_more = latest.len() > limit;
    if has_more {
        latest.remove(0);
    }
    let missed = missed_since(rows, latest.first().filter(|_| has_more).map(|stored| &stored.row))?;
    if latest.is_empty() && missed.is_empty() {
        return out.line(nothing(rows));
    }
    if !latest.is_empty() {
        out.table(&trades(latest.iter().map(|stored| &stored.row)))?;
    }
    for MissedCapture { market, session_date, reason, .. } in &missed {
        out.line(&format!("missed: {market} {session_date}: {reason}"))?;
    }
    if has_more && rows.last.is_none() {
        out.line(&format!(
            "\nthe latest {limit} rows; for more, --from DATE with --last N, --csv or --json"
        ))?;
    }
    Ok(())
}

fn nothing(rows: &Rows<'_>) -> &'static str {
    if rows.ledger.is_none() || rows.filter == SessionFilter::default() {
        "no sessions yet: `thor-stack run` captures a row set at each market's open, `thor-stack sessions import` \
         brings in history"
    } else {
        "no such sessions; `thor-stack sessions` shows the latest"
    }
}

fn missed_since(rows: &Rows<'_>, first: Option<&SessionRow>) -> anyhow::Result<Vec<MissedCapture>> {
    let shown = |missed: &MissedCapture| {
        let date = missed.session_date;
        let date = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
        first.is_none_or(|row| (row.id.year, row.id.month, row.id.date) <= date)
    };
    Ok(rows.missed()?.into_iter().filter(shown).collect())
}

/// The trades of `rows`.
pub(super) fn trades<'a>(rows: impl Iterator<Item = &'a SessionRow>) -> Table {
    let mut table = Table::new(&[
        ">NO",
        "DATE",
        "MARKET",
        "FUTURE",
        "SIGNAL",
        ">ENTRY",
        ">TARGET",
        ">STOP",
        "OUTCOME",
        ">HIT",
        "WHEN, WHY",
    ]);
    for row in rows {
        table.painted(cells(row));
    }
    table
}

fn cells(row: &SessionRow) -> [(String, Option<Paint>); 11] {
    let (id, trade) = (&row.id, &row.trade);
    let (target, stop) = match id.bhs {
        Some(Signal::Sell | Signal::StrongSell) => (trade.target_low, trade.target_high),
        _ => (trade.target_high, trade.target_low),
    };
    let plain = |text: String| (text, None);
    [
        plain(id.session_number.map(|number| number.to_string()).unwrap_or_default()),
        plain(format!("{:04}-{:02}-{:02}", id.year, id.month, id.date)),
        plain(id.country.clone()),
        plain(id.future.clone()),
        plain(id.bhs.map_or_else(dash, |signal| signal.as_str().into())),
        plain(shown(trade.entry_price)),
        plain(shown(target)),
        plain(shown(stop)),
        (id.wndw.to_string(), paint(id.wndw)),
        plain(shown(trade.target_hit_price)),
        plain(when_or_why(row)),
    ]
}

/// When an exit was touched; why there was no entry; whether data was missing, which `sessions show` tells in words.
fn when_or_why(row: &SessionRow) -> String {
    let time = |at: Timestamp| at.strftime("%H:%M:%SZ").to_string();
    let when_or_why = match (row.trade.target_hit_at, row.trade.no_entry_reason) {
        (Some(at), _) => time(at),
        (None, Some(reason)) => reason.to_string(),
        (None, None) => String::new(),
    };
    let gap = row.record.data_gap.as_ref().map(|_| "data gap".to_owned());
    [Some(when_or_why).filter(|it| !it.is_empty()), gap].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn paint(outcome: Outcome) -> Option<Paint> {
    match outcome {
        Outcome::Worked => Some(Paint::Good),
        Outcome::DidntWork => Some(Paint::Bad),
        Outcome::Pending => Some(Paint::Soon),
        Outcome::Neutral => Some(Paint::Faint),
    }
}

/// A price, or a dash.
pub(super) fn shown(price: Option<Price>) -> String {
    price.map_or_else(dash, |price| price.to_string())
}

fn dash() -> String {
    "-".into()
}
