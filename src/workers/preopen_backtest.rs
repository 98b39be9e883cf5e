//! Counts, just before each open, how earlier rows of the market did.

use super::Floor;
use super::bulletin::Bulletin;
use crate::calendar::Calendar;
use crate::outlet::redis::keys;
use crate::supervise::{Context, Next, Worker, WorkerError};
use crate::value::{History, Market, TOTAL, TradingSession};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The window before an open in which its statistics are computed (domain.md section 9).
const FROM: SignedDuration = SignedDuration::from_secs(60);
const UNTIL: SignedDuration = SignedDuration::from_secs(1);

/// Once per open, between 60 s and 1 s before it: the statistics of every instrument and TOTAL, handed to the capture
/// first and published then. What is already handed over is not computed again, whoever of its incarnations did it.
///
/// A window that was missed is the capture's to make up for.
pub struct PreopenBacktest {
    floor: Floor,
    bulletin: Bulletin,
    computed: u64,
    last: Option<String>,
}

impl PreopenBacktest {
    /// A backtest that has not run yet.
    #[must_use]
    pub fn new(floor: Floor) -> PreopenBacktest {
        let bulletin = Bulletin::new(floor.notices.clone());
        PreopenBacktest { floor, bulletin, computed: 0, last: None }
    }

    /// The next open of each market whose opens are captured. What the calendar does not know has none.
    fn next_sessions(&self, calendar: &Calendar, now: Timestamp) -> Vec<TradingSession> {
        let captured = |market: &Market| {
            self.floor.market(*market).is_some_and(|it| it.enable_futures_capture && it.enable_open_capture)
        };
        let markets = self.floor.markets().map(|(market, _)| market).filter(captured);
        markets.filter_map(|market| calendar.next_session(market, now).ok()).collect()
    }

    fn is_done(&self, session: &TradingSession) -> bool {
        self.floor.preopen.get(session.market, session.date).is_some()
    }

    fn compute(
        &mut self,
        ctx: &Context,
        session: &TradingSession,
        now: Timestamp,
    ) -> Result<(), WorkerError> {
        let market = session.market;
        ctx.phase(format!("counting the rows of {market}"));
        let futures = self.futures();
        let names: Vec<&str> = futures.iter().map(String::as_str).collect();
        let tallies = self.floor.ledger.tallies(market.name(), &names, now);
        let tallies = tallies.map_err(|error| WorkerError::from_error(&error))?;
        let histories = tallies.iter().map(|tally| tally.counts().history());
        let statistics: HashMap<String, History> = futures.iter().cloned().zip(histories).collect();
        self.floor.preopen.put(market, session.date, statistics.clone());
        self.computed += 1;
        self.last = Some(format!("{market} {}", session.date));
        log::info!("{}: {} statistics before the open of {market}", ctx.name(), statistics.len());
        self.publish(ctx, session, now, &statistics)
    }

    /// Every instrument that the capture may have a row of, and TOTAL.
    fn futures(&self) -> Vec<String> {
        let snapshot = self.floor.board.snapshot();
        let instruments = &self.floor.instruments;
        let on_board = snapshot.quotes().iter().map(|known| instruments.future_of(&known.quote.symbol));
        let names: BTreeSet<&str> = instruments.futures().chain(on_board).chain([TOTAL]).collect();
        names.into_iter().map(String::from).collect()
    }

    fn publish(
        &mut self,
        ctx: &Context,
        session: &TradingSession,
        now: Timestamp,
        statistics: &HashMap<String, History>,
    ) -> Result<(), WorkerError> {
        ctx.phase("publishing statistics");
        let statistics: BTreeMap<&String, &History> = statistics.iter().collect();
        let value = json!({
            "market": session.market,
            "session_date": session.date,
            "open_at": session.open,
            "as_of": now,
            "statistics": statistics,
        });
        self.bulletin.put(ctx, &format!("{}{}", keys::PREOPEN, session.market), keys::PREOPEN_TERM, &value)
    }

    /// At the next window, where it comes before the next check; each check looks at the calendar anew.
    fn next(&self, calendar: &Calendar, sessions: &[TradingSession], now: Timestamp) -> Next {
        let window_after = |session: &TradingSession| {
            let over = self.is_done(session) || session.open.duration_since(now) < UNTIL;
            let session =
                if over { calendar.next_session(session.market, session.open).ok()? } else { *session };
            session.open.checked_sub(FROM).ok()
        };
        let interval = self.floor.config.preopen.interval;
        match sessions.iter().filter_map(window_after).min() {
            Some(window)
                if window.duration_since(now) <= SignedDuration::try_from(interval).unwrap_or(FROM) =>
            {
                Next::At(window)
            }
            _ => Next::After(interval),
        }
    }
}

impl Worker for PreopenBacktest {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        let now = ctx.now();
        let calendar = self.floor.calendar.at(now);
        let sessions = self.next_sessions(&calendar, now);
        for session in &sessions {
            let left = session.open.duration_since(now);
            if (UNTIL..=FROM).contains(&left) && !self.is_done(session) {
                self.compute(ctx, session, now)?;
            }
        }
        ctx.detail(json!({
            "computed": self.computed,
            "last": self.last,
            "next_open_at": sessions.iter().map(|session| session.open).min(),
            "notices": self.bulletin.detail(),
        }));
        Ok(self.next(&calendar, &sessions, now))
    }
}
