//! Watches for 52-week highs and lows while any control market is open.

mod gate;
mod tally;
mod watched;

use self::gate::Gate;
use self::tally::Tally;
use self::watched::{Change, Watched};
use super::Floor;
use super::fresh::fresh;
use super::refusals::Refusals;
use crate::board::{BoardSnapshot, Subscription};
use crate::ledger::{DayRange, ExtremesState, LedgerError};
use crate::rules::extremes::{DailyRange, day_of};
use crate::supervise::{Context, Mono, Next, Worker, WorkerError};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How often the last prices checked are written where nothing else is: they are no more than a sign of life, and a
/// write waits for the disk.
const LAST_PRICES_EVERY: Duration = Duration::from_secs(60);

/// Looks at the last prices every `week52.interval` while any control market is open, and at whether one is every
/// `week52.check_interval` (at the open itself where that comes sooner).
///
/// No price is skipped between two looks: updates of the board wait in the subscription. Only fresh quotes count, as in
/// the capture. What moved is written at once; a crash loses nothing but the last prices checked. What the ledger refuses
/// is kept and brought again.
pub struct Week52Monitor {
    floor: Floor,
    gate: Gate,
    shift: Option<Shift>,
    refusals: Refusals,
    tally: Tally,
}

/// What is kept in memory while some market is open.
struct Shift {
    updates: Subscription,
    futures: BTreeMap<String, Watched>,
    news: News,
    /// Whether the board as it was at the beginning was looked at.
    looked: bool,
    reread_at: Mono,
    written_at: Mono,
}

/// What was found, on its way to the ledger.
#[derive(Default)]
struct News {
    days: BTreeMap<(String, Date), DailyRange>,
    moved: BTreeSet<String>,
}

impl Week52Monitor {
    /// A monitor that has not looked yet.
    #[must_use]
    pub fn new(floor: Floor) -> Week52Monitor {
        let refusals = Refusals::of("highs and lows");
        Week52Monitor { floor, gate: Gate::default(), shift: None, refusals, tally: Tally::default() }
    }

    /// Looks at every update since the last look, or at the board as it is when a market has just opened.
    fn look(&mut self, ctx: &Context, shift: &mut Shift) -> Result<(), LedgerError> {
        ctx.phase("looking at last prices");
        let reread = self.reread(ctx, shift);
        if !std::mem::replace(&mut shift.looked, true) {
            self.observe(ctx.now(), &self.floor.board.snapshot(), shift);
        }
        let updates: Vec<_> = shift.updates.updates().try_iter().collect();
        for update in updates {
            if self.gate.is_open(&self.floor, update.at) {
                self.observe(update.at, &update.snapshot, shift);
            }
        }
        self.tally.lost_updates = shift.updates.lost();
        let due = ctx.clock().mono().since(shift.written_at) >= LAST_PRICES_EVERY;
        reread?;
        self.write(ctx, shift, due)
    }

    fn observe(&self, at: Timestamp, snapshot: &BoardSnapshot, shift: &mut Shift) {
        let today = day_of(at);
        for it in fresh(&self.floor, snapshot, at) {
            let Some(last) = it.quote.last else { continue };
            if !shift.futures.contains_key(it.future) {
                shift.futures.insert(it.future.into(), Watched::default());
            }
            let Some(watched) = shift.futures.get_mut(it.future) else { continue };
            let Change { range, moved } =
                watched.observe(today, last, (it.quote.high_52w, it.quote.low_52w), at);
            if let Some(range) = range {
                shift.news.days.insert((it.future.into(), range.date), range);
            }
            if moved || range.is_some() {
                shift.news.moved.insert(it.future.into());
            }
        }
    }

    /// Writes what moved, or everything seen since the last write, and says what moved once that is kept.
    fn write(&mut self, ctx: &Context, shift: &mut Shift, everything: bool) -> Result<(), LedgerError> {
        let news = &shift.news;
        let wanted = |future: &String, watched: &Watched| {
            (everything && watched.is_unwritten()) || news.moved.contains(future)
        };
        let futures = shift.futures.iter().filter(|(future, watched)| wanted(future, watched));
        let states: Vec<ExtremesState> = futures.map(|(future, watched)| watched.state(future)).collect();
        let days =
            news.days.iter().map(|((future, _), range)| DayRange { future: future.clone(), range: *range });
        if !states.is_empty() {
            ctx.phase("writing extremes");
        }
        self.floor.ledger.record_extremes(ctx.generation(), &days.collect::<Vec<_>>(), &states)?;
        shift.news = News::default();
        for ExtremesState { future, .. } in &states {
            let moves = shift.futures.get_mut(future).map(Watched::written);
            self.tally.note(ctx.name(), future, moves.unwrap_or_default());
        }
        if everything {
            shift.written_at = ctx.clock().mono();
        }
        Ok(())
    }

    fn begin(&self, ctx: &Context) -> Result<Shift, WorkerError> {
        ctx.phase("reading extremes");
        let updates = self.floor.board.subscribe(None);
        let today = day_of(ctx.now());
        let futures = Watched::load(&*self.floor.ledger, today);
        let mono = ctx.clock().mono();
        let futures = futures.map_err(|error| WorkerError::from_error(&error))?;
        let news = News::default();
        Ok(Shift { updates, futures, news, looked: false, reread_at: mono, written_at: mono })
    }

    /// Takes up seeds that the user has given meanwhile.
    fn reread(&self, ctx: &Context, shift: &mut Shift) -> Result<(), LedgerError> {
        let mono = ctx.clock().mono();
        if mono.since(shift.reread_at) < self.floor.config.week52.check_interval {
            return Ok(());
        }
        let seeds = self.floor.ledger.seeds()?;
        shift.reread_at = mono;
        for seed in seeds {
            shift.futures.entry(seed.future).or_default().seeded(seed.pair);
        }
        Ok(())
    }

    /// When to look next: at the interval, or, while all is closed, at the gate's.
    fn next(&self, now: Timestamp) -> Next {
        let settings = &self.floor.config.week52;
        if self.shift.is_some() {
            return Next::After(settings.interval);
        }
        match Gate::next_open(&self.floor, now) {
            Some(open) if open.duration_since(now).unsigned_abs() <= settings.check_interval => {
                Next::At(open)
            }
            _ => Next::After(settings.check_interval),
        }
    }
}

impl Worker for Week52Monitor {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        let mut shift = match self.shift.take() {
            Some(shift) => Some(shift),
            None if self.gate.is_open(&self.floor, ctx.now()) => Some(self.begin(ctx)?),
            None => None,
        };
        let mut outcome = shift.as_mut().map_or(Ok(()), |shift| self.look(ctx, shift));
        let now = ctx.now();
        self.tally.watch(shift.as_ref().map(|shift| &shift.futures));
        let is_open = self.gate.is_open(&self.floor, now);
        if let Some(shift) = shift.as_mut().filter(|_| !is_open && outcome.is_ok()) {
            outcome = self.write(ctx, shift, true);
        }
        match &outcome {
            Ok(()) => self.refusals.went_well(ctx.name()),
            Err(error) => self.refusals.note(ctx.name(), error)?,
        }
        // What could not be written outlives the close.
        self.shift = shift.filter(|_| is_open || outcome.is_err());
        ctx.detail(self.refusals.added_to(self.tally.detail(is_open)));
        Ok(self.next(now))
    }
}
