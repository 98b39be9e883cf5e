//! Captures each market at its open, once, and records the opens that were missed.

mod attempt;
mod tally;

pub use attempt::{CaptureError, CaptureReport, capture_now};

use super::floor::Floor;
use super::steadiness::Steadiness;
use crate::board::{BoardSnapshot, Subscription};
use crate::calendar::Calendar;
use crate::ledger::{LedgerError, MissedCapture, MissedOutcome};
use crate::supervise::{Context, Next, Worker, WorkerError};
use crate::value::{Market, TradingSession};
use attempt::attempt;
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;
use tally::Tally;

/// How soon an open that could not be claimed is claimed again.
const CLAIM_AGAIN: SignedDuration = SignedDuration::from_millis(500);

/// How soon a ledger that another writer holds is asked again; the call before has waited for it already.
const LOCKED_AGAIN: Duration = Duration::from_millis(250);

/// How far back opens are looked for that were missed while nothing ran. Whoever was away for longer knows.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(31 * 24);

/// One look a cycle at every watched market: at its open, at every save while its capture waits for quotes, and every
/// `capture.interval`, as the override file may bring an open nearer.
///
/// What it knows is only what spares it a question: the ledger decides whether an open was captured or missed, so a
/// process that was killed at any point goes on where the ledger stands. An open that came and went while nothing ran
/// is recorded as missed at the next start: those of the last 31 days, since the ledger was first watched.
pub struct MarketOpenCapture {
    floor: Floor,
    watch: Option<Watch>,
    markets: BTreeMap<Market, Known>,
    saves: Option<Subscription>,
    warned_on: Option<Date>,
    steadiness: Steadiness,
    tally: Tally,
}

/// Since when opens are watched.
#[derive(Clone, Copy)]
struct Watch {
    /// By this worker.
    started: Timestamp,
    /// By any, as far as this one looks back.
    since: Timestamp,
}

/// What is known of a market.
#[derive(Default)]
struct Known {
    /// The date whose open needs no more questions.
    settled: Option<Date>,
    /// Sessions that closed up to here have been looked after.
    closed_through: Option<Timestamp>,
    /// The session whose capture waits for quotes, and until when.
    waiting: Option<(TradingSession, Timestamp)>,
    /// Why its open cannot be claimed, while it cannot.
    unclaimed: Option<String>,
}

impl MarketOpenCapture {
    /// A capture on this floor.
    #[must_use]
    pub fn new(floor: Floor) -> MarketOpenCapture {
        let (markets, steadiness, tally) = Default::default();
        MarketOpenCapture { floor, watch: None, markets, saves: None, warned_on: None, steadiness, tally }
    }

    fn watched(&self) -> Vec<Market> {
        let is_captured = |settings: &crate::config::MarketConfig| {
            settings.enable_futures_capture && settings.enable_open_capture
        };
        self.floor.markets().filter(|(_, settings)| is_captured(settings)).map(|(market, _)| market).collect()
    }

    fn watch(&mut self, ctx: &Context, now: Timestamp) -> Result<Watch, LedgerError> {
        if let Some(watch) = &mut self.watch {
            // A clock that was ahead at the start and was set right must not make an open wait for that time.
            watch.started = watch.started.min(now);
            return Ok(*watch);
        }
        let first = self.floor.ledger.watched_since(ctx.generation(), now)?;
        let since = first.max(now.checked_sub(LOOK_BACK).unwrap_or(Timestamp::MIN));
        Ok(*self.watch.insert(Watch { started: now, since }))
    }

    /// Looks after what closed, then after what is open.
    fn tend(
        &mut self,
        ctx: &Context,
        calendar: &Calendar,
        market: Market,
        watch: Watch,
    ) -> Result<(), LedgerError> {
        // The board first: a row that is captured now holds no quote that was seen later.
        let (snapshot, now) = (self.floor.board.snapshot(), ctx.now());
        if self.steadiness.is_given() {
            self.look_back(ctx, calendar, market, watch.since, now)?;
        }
        match calendar.session_at(market, now) {
            Ok(Some(session))
                if self.known(market).settled != Some(session.date)
                    && self.floor.answers_for(session.open) =>
            {
                self.try_capture(ctx, &snapshot, session, session.open.max(watch.started), now)
            }
            // An override may have closed a session whose capture waited: then it was none.
            Ok(_) | Err(_) => {
                self.known(market).waiting = None;
                Ok(())
            }
        }
    }

    /// Records the sessions as missed that closed without a capture.
    fn look_back(
        &mut self,
        ctx: &Context,
        calendar: &Calendar,
        market: Market,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let from = self.known(market).closed_through.unwrap_or(since);
        let date = |instant| calendar.date_at(market, instant);
        // A day more on both sides: hours told in another zone may put a session on its date's neighbour.
        let first = date(from).yesterday().unwrap_or(Date::MIN);
        let last = date(now).tomorrow().unwrap_or(Date::MAX);
        let closed = |session: &TradingSession| from < session.close && session.close <= now;
        for session in calendar.sessions(market, first, last).filter(closed) {
            if self.known(market).settled == Some(session.date) || !self.floor.answers_for(session.open) {
                continue;
            }
            match self.floor.claims.captured_elsewhere(market.name(), session.date) {
                Ok(None) => self.record_missed(ctx, session, now)?,
                Ok(Some(by)) => self.tally.elsewhere(ctx.name(), session, &by),
                Err(_) => return Ok(()), // looked after with the next look; the lease says what is wrong
            }
        }
        let known = self.known(market);
        known.closed_through = Some(now); // earlier than before where the clock was ahead
        known.waiting = known.waiting.filter(|(session, _)| now < session.close);
        Ok(())
    }

    fn record_missed(
        &mut self,
        ctx: &Context,
        session: TradingSession,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        ctx.phase("looking for missed opens");
        let market = session.market;
        let waited = self.known(market).waiting.is_some_and(|(waiting, _)| waiting.date == session.date);
        let unclaimed = self.known(market).unclaimed.take();
        let reason = if let Some(reason) = unclaimed.filter(|_| waited) {
            reason
        } else if waited {
            match attempt(
                &self.floor,
                &self.floor.board.snapshot(),
                session,
                session.open,
                now,
                ctx.generation(),
            )? {
                CaptureReport::Closed { reason, .. } => reason,
                _ => return Ok(()), // captured by another process meanwhile
            }
        } else if self.floor.ledger.captured(market.name(), session.date)?.is_some() {
            return Ok(());
        } else {
            let absence = self.floor.claims.absence(session.open, session.close);
            let absence = absence.map(|why| format!(": {why}")).unwrap_or_default();
            let (open, close) = (session.open, session.close);
            format!("no capture was made while the market was open, {open} to {close}{absence}")
        };
        let missed = MissedCapture {
            market: market.name().into(),
            session_date: session.date,
            reason,
            recorded_at: now,
        };
        if self.floor.ledger.record_missed(ctx.generation(), &missed)? == MissedOutcome::Recorded {
            self.tally.missed(ctx.name(), &missed);
        }
        self.known(market).settled = Some(session.date);
        Ok(())
    }

    fn try_capture(
        &mut self,
        ctx: &Context,
        snapshot: &BoardSnapshot,
        session: TradingSession,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        ctx.phase("capturing an open");
        let report = attempt(&self.floor, snapshot, session, since, now, ctx.generation())?;
        let first = self.known(session.market).waiting.is_none();
        self.tally.tried(ctx.name(), &report, first);
        let known = self.known(session.market);
        known.unclaimed = None;
        match report {
            CaptureReport::Unclaimed { reason, .. } => {
                known.waiting = Some((session, now.checked_add(CLAIM_AGAIN).unwrap_or(Timestamp::MAX)));
                known.unclaimed = Some(reason);
            }
            CaptureReport::Waiting { until, .. } => known.waiting = Some((session, until)),
            CaptureReport::TooFew { .. } => known.waiting = Some((session, session.close)),
            CaptureReport::Captured { .. }
            | CaptureReport::AlreadyCaptured { .. }
            | CaptureReport::CapturedElsewhere { .. }
            | CaptureReport::RecordedAsMissed(_) => {
                known.settled = Some(session.date);
                known.waiting = None;
            }
            CaptureReport::Closed { .. } | CaptureReport::NotOpen(_) | CaptureReport::SwitchedOff(_) => {}
        }
        Ok(())
    }

    fn known(&mut self, market: Market) -> &mut Known {
        self.markets.entry(market).or_default()
    }

    /// Says once a day which calendars end, or have ended: nothing is captured that nobody knows of.
    fn warn(&mut self, name: &str, calendar: &Calendar, watched: &[Market], now: Timestamp) {
        let today = Offset::UTC.to_datetime(now).date();
        if self.warned_on.replace(today) == Some(today) {
            return;
        }
        for expiry in calendar.warnings(now).iter().filter(|expiry| watched.contains(&expiry.market)) {
            log::warn!("{name}: {expiry}");
        }
    }

    /// Wakes at saves while a capture waits for them. True when that has just begun: a save may have come before.
    fn listen(&mut self, ctx: &Context) -> bool {
        if self.markets.values().all(|known| known.waiting.is_none()) {
            self.saves = None;
            return false;
        }
        match &self.saves {
            Some(saves) => {
                saves.updates().try_iter().for_each(drop); // the board holds the latest
                false
            }
            None => {
                self.saves = Some(self.floor.board.bell(ctx.waker()));
                true
            }
        }
    }

    /// The next open, the end of a waiting, or the next look, whichever comes first.
    fn next(&self, calendar: &Calendar, watched: &[Market], now: Timestamp) -> Next {
        if watched.is_empty() {
            return Next::OnWake;
        }
        let look = now.checked_add(self.floor.config.capture.interval).unwrap_or(Timestamp::MAX);
        let opens = watched.iter().filter_map(|market| calendar.next_session(*market, now).ok());
        let waits = self.markets.values().filter_map(|known| known.waiting).map(|(_, until)| until);
        let first = opens.map(|session| session.open).chain(waits).filter(|at| *at > now).chain([look]).min();
        Next::At(first.unwrap_or(look))
    }
}

impl Worker for MarketOpenCapture {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        let now = ctx.now();
        let calendar = self.floor.calendar.at(now);
        let watched = self.watched();
        self.warn(ctx.name(), &calendar, &watched, now);
        let watch = self.watch(ctx, now).map_err(|error| WorkerError::from_error(&error))?;
        self.steadiness.look(ctx);
        let (mut failed, captured) = (None, self.tally.captured());
        for market in &watched {
            match self.tend(ctx, &calendar, *market, watch) {
                Ok(()) => self.tally.tended(*market),
                Err(error) => {
                    self.tally.failed(ctx.name(), *market, &error);
                    // What is wrong with one market's rows must not delay the others. What is wrong with the ledger
                    // is wrong for all: each would only wait for it anew.
                    if !is_about_rows(&error) {
                        failed = Some(error);
                        break;
                    }
                }
            }
        }
        // Once the last is stored: of markets that open in one second each would else wait for the grades of those before.
        if self.tally.captured() > captured {
            self.floor.rows_captured.ring();
        }
        self.show(ctx, &calendar, &watched, now);
        match failed {
            // Nothing is wrong but that somebody else writes: a back-off would only make the capture later.
            Some(LedgerError::Locked { .. }) => return Ok(Next::After(LOCKED_AGAIN)),
            Some(error) => return Err(WorkerError::from_error(&error)),
            None => {}
        }
        Ok(if self.listen(ctx) { Next::At(now) } else { self.next(&calendar, &watched, now) })
    }
}

impl MarketOpenCapture {
    fn show(&self, ctx: &Context, calendar: &Calendar, watched: &[Market], now: Timestamp) {
        let waiting: Vec<&str> = self
            .markets
            .iter()
            .filter(|(_, known)| known.waiting.is_some())
            .map(|(market, _)| market.name())
            .collect();
        let unknown = |market: &&Market| calendar.session_at(**market, now).is_err();
        let unknown: Vec<&str> = watched.iter().filter(unknown).map(|market| market.name()).collect();
        let next = watched.iter().filter_map(|market| calendar.next_session(*market, now).ok());
        let next = next.min_by_key(|session| (session.open, session.market));
        ctx.detail(self.tally.detail(watched, &waiting, &unknown, next));
    }
}

fn is_about_rows(error: &LedgerError) -> bool {
    matches!(error, LedgerError::TooPrecise { .. } | LedgerError::Row(_) | LedgerError::Refused { .. })
}
