//! How far the day of a demo is: a line an open, and on a terminal one that is rewritten.

use jiff::Timestamp;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};
use thor_stack::ledger::SessionFilter;
use thor_stack::replay::Progress;
use thor_stack::value::{Outcome, TOTAL, TradingSession};

/// How often the line is rewritten.
const REWRITE: Duration = Duration::from_millis(100);

/// How long after an open its line is due: a capture waits for quotes up to `capture.wait_for_all`.
const SETTLED: Duration = Duration::from_secs(30);

/// What is shown of a day.
pub(super) struct DayProgress {
    /// By open, the next last.
    coming: Vec<TradingSession>,
    ends: (Timestamp, Timestamp),
    opens: usize,
    is_terminal: bool,
    rewritten: Option<Instant>,
}

impl DayProgress {
    /// The progress of a day with these sessions, by open.
    pub(super) fn new(mut sessions: Vec<TradingSession>, ends: (Timestamp, Timestamp)) -> DayProgress {
        sessions.reverse();
        let (opens, is_terminal) = (sessions.len(), io::stderr().is_terminal());
        DayProgress { coming: sessions, ends, opens, is_terminal, rewritten: None }
    }

    /// Shows what is new at `progress`, at `now`.
    pub(super) fn show(&mut self, progress: &Progress<'_>, now: Instant) {
        let settled = |session: &mut TradingSession| {
            session.open.checked_add(SETTLED).is_ok_and(|settled| settled <= progress.next)
        };
        while let Some(session) = self.coming.pop_if(settled) {
            self.line(&opened(&session, progress));
        }
        if self.is_terminal && self.rewritten.is_none_or(|last| now.duration_since(last) >= REWRITE) {
            self.rewritten = Some(now);
            let status = self.status(progress);
            write(&format!("\r\x1b[2K{status}"));
        }
    }

    /// Clears the rewritten line.
    pub(super) fn end(&self) {
        if self.is_terminal {
            write("\r\x1b[2K");
        }
    }

    fn line(&self, text: &str) {
        let clear = if self.is_terminal { "\r\x1b[2K" } else { "" };
        write(&format!("{clear}{text}\n"));
    }

    fn status(&self, progress: &Progress<'_>) -> String {
        let (first, last) = self.ends;
        let seconds = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs().max(1);
        let percent = (100 * seconds(first, progress.next) / seconds(first, last)).min(100);
        let pending = progress.floor.ledger.pending(None).map_or(0, |rows| rows.len());
        format!(
            "{}  {percent:>3}%  {} of {} opens, {pending} rows pending, {} saves taken",
            progress.next.strftime("%F %TZ"),
            self.opens - self.coming.len(),
            self.opens,
            progress.run.saves,
        )
    }
}

/// What an open left in the ledger.
fn opened(session: &TradingSession, progress: &Progress<'_>) -> String {
    let (market, date) = (session.market, session.date);
    let filter = SessionFilter {
        market: Some(market.name().into()),
        from: Some(date),
        to: Some(date),
        ..SessionFilter::default()
    };
    let at = session.open.strftime("%F %H:%MZ");
    match progress.floor.ledger.sessions(&filter, None, 1_000) {
        Ok(rows) if rows.is_empty() => format!("{at}  {} opened: no capture yet", market.shown_as()),
        Ok(rows) => {
            let trades = rows.iter().filter(|stored| stored.row.trade.entry_price.is_some()).count();
            let decided = |outcome: Outcome| !matches!(outcome, Outcome::Pending);
            let total = rows.iter().find(|stored| stored.row.id.future == TOTAL);
            let total =
                total.and_then(|stored| stored.row.id.bhs).map_or("no signal", |signal| signal.as_str());
            let graded = rows.iter().filter(|stored| decided(stored.row.id.wndw)).count();
            format!(
                "{at}  {} opened: {} rows captured, {trades} trades, {graded} graded at once, TOTAL {total}",
                market.shown_as(),
                rows.len(),
            )
        }
        Err(error) => format!("{at}  {} opened: {error}", market.shown_as()),
    }
}

/// Who closed standard error sees no progress, and needs none.
fn write(text: &str) {
    let mut stderr = io::stderr().lock();
    stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()).ok();
}
