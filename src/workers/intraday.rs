//! Follows captured rows from their market's open to its close, beside the minutes of the VWAP.

mod day;
mod missed;
mod tape;

use self::day::Day;
use self::tape::Tape;
use super::Floor;
use super::bulletin::Bulletin;
use super::fresh::fresh;
use super::refusals::Refusals;
use super::steadiness::Steadiness;
use crate::board::{BoardSnapshot, Subscription};
use crate::calendar::Calendar;
use crate::ledger::{FutureMinute, LedgerError, MarketLook, MarketUpdate};
use crate::outlet::redis::keys;
use crate::rules::vwap::{Minute, minute_of};
use crate::supervise::{Context, Mono, Next, Worker, WorkerError};
use crate::value::{Market, Symbol};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How many updates are kept while the ledger does not say which rows there are.
const UNHEARD: usize = 256;

/// How long VWAP minutes are kept: the longest rolling window is a day, and a missed close is made up for at the next
/// start, before anything is deleted.
const MINUTES_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// When to bring again what the ledger refused, at the latest.
const REFUSED_AGAIN: Duration = Duration::from_secs(1);

/// The minutes that are kept for a ledger that refuses them, at most: days of them.
const NEWS: usize = 50_000;

/// How often older minutes are deleted.
const PRUNE_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Looks every `intraday.interval`, at each save while it follows rows, and at each close of their market, at every
/// update of the board since its last look: highs, lows and minutes are written before the next save, so a crash loses
/// nothing of them. The run-up, which every price moves and the next one tells anew, is written at the interval. What the
/// ledger refuses is kept and brought again.
///
/// - Only rows of the market's capture of its current session are followed, and only by fresh quotes.
/// - At the close the last price becomes the row's close. One that was missed (the stack was down, the quotes were
///   stale) is made up for from the last quote known before it, and the row says so.
/// - A session is over when a wall clock that runs evenly says so: closes stay for ever.
/// - Who was down in mid-session has not seen every price; the rows followed before say from when to when.
/// - Minutes are recorded whether a market is open or not; without fresh quotes and rows to close the worker sleeps
///   until the board wakes it.
pub struct IntradayMetrics {
    floor: Floor,
    bulletin: Bulletin,
    updates: Option<Subscription>,
    bell: Option<Subscription>,
    days: BTreeMap<Market, Day>,
    unswept: BTreeSet<Market>,
    tapes: BTreeMap<String, Tape>,
    /// The minutes that are news and not written.
    news: BTreeMap<(String, Timestamp), Minute>,
    pruned_at: Option<Timestamp>,
    /// When all of the rows was last written, and the VWAPs published.
    whole_at: Option<Mono>,
    looked: bool,
    /// What was seen while the ledger did not say which rows there are.
    unheard: Vec<Seen>,
    steadiness: Steadiness,
    refusals: Refusals,
    tally: Tally,
}

#[derive(Default)]
struct Tally {
    minutes: u64,
    closed: u64,
    closed_late: u64,
    vwaps: usize,
}

type Seen = (Timestamp, Arc<BoardSnapshot>);

impl IntradayMetrics {
    /// A worker that has not looked yet.
    #[must_use]
    pub fn new(floor: Floor) -> IntradayMetrics {
        let recorded = floor.markets().filter(|(_, settings)| settings.enable_futures_capture);
        IntradayMetrics {
            bulletin: Bulletin::new(floor.notices.clone()),
            updates: None,
            bell: None,
            days: BTreeMap::new(),
            unswept: recorded.map(|(market, _)| market).collect(),
            tapes: BTreeMap::new(),
            news: BTreeMap::new(),
            pruned_at: None,
            whole_at: None,
            looked: false,
            unheard: Vec::new(),
            steadiness: Steadiness::default(),
            refusals: Refusals::of("highs, lows and minutes"),
            tally: Tally::default(),
            floor,
        }
    }

    /// The updates since the last look; at the first, the board as it is.
    fn seen(&mut self, now: Timestamp) -> Vec<Seen> {
        self.bell = None;
        if let Some(updates) = &self.updates {
            let news = updates.updates().try_iter().map(|it| (it.at, Arc::clone(&it.snapshot)));
            return std::mem::take(&mut self.unheard).into_iter().chain(news).collect();
        }
        self.updates = Some(self.floor.board.subscribe(None));
        vec![(now, self.floor.board.snapshot())]
    }

    /// Follows the sessions that are open, as the calendar says now, and their rows as soon as they are captured.
    fn attend(&mut self, calendar: &Calendar, now: Timestamp) -> Result<(), LedgerError> {
        // Rows that are there at the first look were captured by another worker, or an earlier incarnation.
        let until = if self.looked { None } else { Some(self.floor.ledger.followed_until()?) };
        for day in self.days.values_mut() {
            if let Ok(Some(session)) = calendar.session_on(day.session.market, day.session.date) {
                day.session = session;
            }
        }
        let (floor, is_proved) = (&self.floor, self.steadiness.is_given());
        let mut begun = BTreeSet::new();
        for (market, _) in floor.markets().filter(|(_, settings)| settings.enable_futures_capture) {
            if let Ok(Some(session)) = calendar.session_at(market, now)
                && self.days.get(&market).is_none_or(|day| is_proved && now < day.session.open)
            {
                self.days.insert(market, Day::new(session));
                begun.insert(market);
            }
        }
        let (interval, board) = (floor.config.intraday.interval, floor.board.snapshot());
        let mut outcome = Ok(());
        for (market, day) in self.days.iter_mut().filter(|(_, day)| day.rows.is_empty()) {
            if let Err(error) = day.find_rows(&*floor.ledger) {
                outcome = Err(error);
            }
            if day.rows.is_empty() {
                continue;
            }
            // A save between a capture and its commit was looked at before the rows were there.
            fresh(floor, &board, now).iter().for_each(|it| day.observe(it, now));
            // Where another day's session was followed until the clock was proved, nobody has seen this one begin.
            if let Some(until) = until.or(begun.contains(market).then_some(None)) {
                day.note_unseen(until, now, interval);
            }
        }
        self.looked |= outcome.is_ok();
        outcome
    }

    /// Takes in what was seen. Where the ledger tells nothing of a future's earlier minutes, its new ones are news.
    fn observe(&mut self, seen: &[Seen], now: Timestamp) -> Result<(), LedgerError> {
        let mut outcome = Ok(());
        for (at, snapshot) in seen {
            for it in fresh(&self.floor, snapshot, *at) {
                self.days.values_mut().for_each(|day| day.observe(&it, *at));
                let Some(minute) = Minute::of(it.quote, *at) else { continue };
                // The clock was ahead: what the tape let go of for that is read anew.
                if self.tapes.get(it.future).is_some_and(|tape| tape.is_ahead_of(minute.at)) {
                    self.tapes.remove(it.future);
                }
                if !self.tapes.contains_key(it.future) {
                    let window = self.floor.config.intraday.vwap_window;
                    match Tape::load(&*self.floor.ledger, it.future, minute_of(now), window) {
                        Ok(tape) => drop(self.tapes.insert(it.future.into(), tape)),
                        Err(error) => outcome = Err(error),
                    }
                }
                if self.tapes.get_mut(it.future).is_none_or(|tape| tape.record(minute)) {
                    if self.news.len() >= NEWS {
                        self.news.pop_first();
                    }
                    self.news.insert((it.future.into(), minute.at), minute);
                }
            }
        }
        outcome
    }

    /// Takes in what was seen, whatever the ledger says, and writes what it takes.
    fn look(
        &mut self,
        ctx: &Context,
        seen: &[Seen],
        calendar: &Calendar,
        all: bool,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        ctx.phase("following the rows of open markets");
        let attended = self.attend(calendar, now);
        if attended.is_err() {
            // Rows that could not be looked for have not taken it in.
            self.unheard = seen[seen.len().saturating_sub(UNHEARD)..].to_vec();
        }
        let observed = self.observe(seen, now);
        attended.and(observed)?;
        ctx.phase("writing minutes and metrics");
        self.write(ctx, calendar, all, now)?;
        self.prune(ctx, now)
    }

    /// Brings the followed rows up to date, and those whose session is over to their close.
    fn compute(&mut self, all: bool, now: Timestamp) -> Vec<MarketUpdate> {
        let max_age = self.floor.config.capture.max_quote_age;
        for day in self.days.values_mut() {
            day.compute(all);
            let over = day.session.close <= now && self.steadiness.is_given();
            if over && closes_recorded(&self.floor, day.session.market) {
                let late = day.close(max_age) as u64;
                self.tally.closed_late += late;
            }
        }
        self.days.values().flat_map(|day| day.updates(all)).collect()
    }

    /// Writes the minutes and the rows, lets go of sessions that are over, and makes up for closes that were missed.
    fn write(
        &mut self,
        ctx: &Context,
        calendar: &Calendar,
        all: bool,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let ledger = Arc::clone(&self.floor.ledger);
        let updates = self.compute(all, now);
        let is_followed = self.follows() && self.floor.absence_told.load(Ordering::Acquire);
        let minute = |((future, _), minute): (&(String, Timestamp), &Minute)| FutureMinute {
            future: future.clone(),
            minute: *minute,
        };
        let minutes: Vec<FutureMinute> = self.news.iter().map(minute).collect();
        let look = MarketLook { minutes: &minutes, updates: &updates, until: is_followed.then_some(now) };
        ledger.record_look(ctx.generation(), &look)?;
        self.tally.minutes += minutes.len() as u64;
        self.news.clear();
        self.days.values_mut().for_each(|day| day.written(all));
        if !self.steadiness.is_given() {
            return Ok(());
        }
        self.let_go(ctx.name(), now);
        while let Some(market) = self.unswept.first().copied() {
            if closes_recorded(&self.floor, market) {
                let closes = missed::closes(&*ledger, calendar, market, now)?;
                let look = MarketLook { updates: &closes, ..MarketLook::default() };
                let closed = ledger.record_look(ctx.generation(), &look)?;
                if closed > 0 {
                    log::warn!(
                        "{}: {market}: {closed} rows closed from the last quotes before the close",
                        ctx.name()
                    );
                }
                self.tally.closed_late += closed as u64;
            }
            self.unswept.remove(&market);
        }
        Ok(())
    }

    fn follows(&self) -> bool {
        self.days.values().any(|day| !day.rows.is_empty())
    }

    fn let_go(&mut self, name: &str, now: Timestamp) {
        let over: Vec<Market> =
            self.days.iter().filter(|(_, day)| day.session.close <= now).map(|(market, _)| *market).collect();
        for market in over {
            let Some(day) = self.days.remove(&market) else { continue };
            let closed = day.rows.iter().filter(|row| row.is_closed()).count();
            self.tally.closed += closed as u64;
            log::info!("{name}: {market} closed, {closed} of {} rows with it", day.rows.len());
            self.unswept.insert(market);
        }
    }

    fn prune(&mut self, ctx: &Context, now: Timestamp) -> Result<(), LedgerError> {
        let is_time = |at| now.duration_since(at).abs() >= PRUNE_EVERY;
        let due = self.steadiness.is_given() && self.pruned_at.is_none_or(is_time);
        if let Some(before) = now.checked_sub(MINUTES_KEPT).ok().filter(|_| due) {
            let pruned = self.floor.ledger.prune_minutes(ctx.generation(), before)?;
            log::debug!("{}: {pruned} minutes before {before} deleted", ctx.name());
            self.pruned_at = Some(now);
        }
        Ok(())
    }

    /// Publishes the rolling VWAP of each of `symbols`, by the feed's names.
    fn publish(
        &mut self,
        ctx: &Context,
        symbols: &[(Symbol, String)],
        now: Timestamp,
    ) -> Result<(), WorkerError> {
        let vwap = |(symbol, future): &(Symbol, String)| {
            Some((symbol.to_string(), json!(self.tapes.get(future)?.vwap(now)?)))
        };
        let values: Map<String, serde_json::Value> = symbols.iter().filter_map(vwap).collect();
        self.tally.vwaps = values.len();
        if values.is_empty() {
            return Ok(());
        }
        ctx.phase("publishing the rolling vwap");
        let minutes = self.floor.config.intraday.vwap_window.as_secs() / 60;
        let value = json!({ "window_minutes": minutes, "as_of": now, "values": values });
        self.bulletin.put(ctx, &format!("{}{minutes}", keys::ROLLING_VWAP), keys::ROLLING_VWAP_TERM, &value)
    }

    /// At the interval while quotes are fresh (and when the board has news, while rows are followed), at the next close of
    /// a followed session if that is sooner; without fresh quotes only at the close, or when the board has news.
    fn next(&mut self, ctx: &Context, quotes_are_fresh: bool, now: Timestamp) -> Next {
        let interval = self.floor.config.intraday.interval;
        // A close that is past waits for the wall clock to prove right.
        let (closes, over): (Vec<_>, Vec<_>) =
            self.days.values().map(|day| day.session.close).partition(|close| *close > now);
        let close = closes.into_iter().min();
        let is_near = |close: &Timestamp| {
            close.duration_since(now) <= SignedDuration::try_from(interval).unwrap_or_default()
        };
        if !quotes_are_fresh || self.follows() {
            self.bell = Some(self.floor.board.bell(ctx.waker()));
            if self.updates.as_ref().is_some_and(|it| !it.updates().is_empty()) {
                return Next::At(now); // news of during this look, for which no bell was rung
            }
        }
        let is_idle = !quotes_are_fresh && over.is_empty();
        match close {
            Some(close) if is_idle || is_near(&close) => Next::At(close),
            None if is_idle => Next::OnWake,
            _ => Next::After(interval),
        }
    }

    fn show(&self, ctx: &Context) {
        let detail = json!({
            "markets": self.days.keys().collect::<Vec<_>>(),
            "rows": self.days.values().map(|day| day.rows.len()).sum::<usize>(),
            "closed": self.tally.closed,
            "closed_late": self.tally.closed_late,
            "minutes": self.tally.minutes,
            "vwaps": self.tally.vwaps,
            "lost_updates": self.updates.as_ref().map_or(0, Subscription::lost),
            "notices": self.bulletin.detail(),
        });
        ctx.detail(self.refusals.added_to(detail));
    }
}

impl Worker for IntradayMetrics {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        let (now, mono) = (ctx.now(), ctx.clock().mono());
        self.steadiness.look(ctx);
        let calendar = self.floor.calendar.at(now);
        let seen = self.seen(now);
        let all = self.whole_at.is_none_or(|at| mono.since(at) >= self.floor.config.intraday.interval);
        let outcome = self.look(ctx, &seen, &calendar, all, now);
        match &outcome {
            Ok(()) => self.refusals.went_well(ctx.name()),
            Err(error) => self.refusals.note(ctx.name(), error)?,
        }
        let snapshot = self.floor.board.snapshot();
        let fresh = fresh(&self.floor, &snapshot, now);
        let symbols: Vec<_> =
            fresh.iter().map(|it| (it.quote.symbol.clone(), it.future.to_string())).collect();
        if all {
            self.whole_at = outcome.is_ok().then_some(mono).or(self.whole_at);
            self.publish(ctx, &symbols, now)?;
        }
        self.show(ctx);
        if outcome.is_err() {
            return Ok(Next::After(self.floor.config.intraday.interval.min(REFUSED_AGAIN)));
        }
        Ok(self.next(ctx, !symbols.is_empty(), now))
    }
}

/// Whether the closes of `market` are recorded.
fn closes_recorded(floor: &Floor, market: Market) -> bool {
    floor.market(market).is_some_and(|it| it.enable_futures_capture && it.enable_close_capture)
}
