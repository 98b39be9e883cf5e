//! Grades captured rows by the first touch of an exit.

mod closes;
mod prices;
mod tally;

use super::floor::Floor;
use super::steadiness::Steadiness;
use crate::board::{BoardSnapshot, Subscription};
use crate::calendar::Calendar;
use crate::ledger::{LedgerError, PendingRow, Revision, RowId};
use crate::rules::grading::{Decision, Sight, grade_waiting, graded_on};
use crate::rules::{InstrumentRules, Observation};
use crate::supervise::{Context, Next, Worker, WorkerError};
use crate::value::Outlook;
use closes::Closes;
use jiff::Timestamp;
use prices::Prices;
use std::collections::BTreeMap;
use std::sync::Arc;
use tally::Tally;

/// Looks at every row that waits for its grade: at each new quote, in the order in which the quotes came, and every
/// `grader.interval`. Without such rows it sleeps until a market is open, and then looks every `capture.interval`
/// whether another process has captured; a capture in this one wakes it at once.
///
/// It holds nothing that the ledger does not: which rows wait is read, from an index of those alone, when it starts and
/// whenever somebody else may have graded some; after a capture by this process only the rows that came. A decision that
/// the ledger could not take is kept and brought again, as the price that made it may be gone. That a row has waited in
/// vain is believed of a wall clock that runs evenly alone.
pub struct MarketOpenGrader {
    floor: Floor,
    quotes: Option<Quotes>,
    rows: Vec<PendingRow>,
    /// As of when `rows` are those that wait, and the latest of them; `None`: they were never read.
    known: Option<(Revision, RowId)>,
    made: BTreeMap<RowId, Decision>,
    steadiness: Steadiness,
    tally: Tally,
}

/// The grader's place at the board.
struct Quotes {
    subscription: Subscription,
    latest: Arc<BoardSnapshot>,
}

/// The board at one moment.
struct Moment {
    snapshot: Arc<BoardSnapshot>,
    at: Timestamp,
}

/// What the rows of one future are graded on.
#[derive(Clone, Copy)]
struct Traded<'a> {
    future: &'a Arc<str>,
    observation: Option<&'a Observation>,
    rules: &'a InstrumentRules,
}

impl<'a> Traded<'a> {
    fn of(row: &'a PendingRow, prices: &'a Prices, floor: &'a Floor) -> Traded<'a> {
        let future = graded_on(&row.future);
        Traded { future: &row.future, observation: prices.get(future), rules: floor.rules.get(future) }
    }
}

impl MarketOpenGrader {
    /// A grader on this floor.
    #[must_use]
    pub fn new(floor: Floor) -> MarketOpenGrader {
        let (rows, made, steadiness) = Default::default();
        MarketOpenGrader { floor, quotes: None, rows, known: None, made, steadiness, tally: Tally::new() }
    }

    /// Reads which rows wait. A ledger that cannot be read leaves those known before.
    fn read(&mut self, ctx: &Context) -> Result<(), WorkerError> {
        ctx.phase("reading the rows that wait");
        match self.read_if_new() {
            Ok(()) => Ok(()),
            Err(error) => self.tally.refusals.note(ctx.name(), &error),
        }
    }

    fn read_if_new(&mut self) -> Result<(), LedgerError> {
        let ledger = &self.floor.ledger;
        let revision = ledger.revision()?; // before the rows: what comes between the two is read next time
        let latest = match self.known {
            Some((known, _)) if known == revision => return Ok(()),
            Some((known, latest)) if known.only_more_came(&revision) => {
                self.rows.extend(ledger.pending(Some(latest))?);
                latest
            }
            _ => {
                self.rows = ledger.pending(None)?;
                RowId(0)
            }
        };
        let latest = self.rows.iter().map(|row| row.id).fold(latest, RowId::max);
        self.known = Some((revision, latest));
        Ok(())
    }

    /// What the board showed since the last look, in order, and what it shows now.
    fn moments(&mut self, ctx: &Context) -> Vec<Moment> {
        let board = &self.floor.board;
        let quotes = self.quotes.get_or_insert_with(|| {
            let subscription = board.subscribe(Some(ctx.waker()));
            subscription.updates().try_iter().for_each(drop); // they are on the snapshot
            Quotes { subscription, latest: board.snapshot() }
        });
        let mut moments: Vec<Moment> = Vec::new();
        for update in quotes.subscription.updates().try_iter() {
            quotes.latest = Arc::clone(&update.snapshot);
            moments.push(Moment { snapshot: Arc::clone(&update.snapshot), at: update.at });
        }
        moments.push(Moment { snapshot: Arc::clone(&quotes.latest), at: ctx.now() });
        self.tally.lost = quotes.subscription.lost();
        moments
    }

    fn grade(&mut self, moments: &[Moment], calendar: &Calendar) {
        let mut closes = Closes::new(calendar, self.floor.config.grader.evaluation_window);
        for moment in moments {
            let prices = Prices::of(&moment.snapshot, &self.floor, moment.at);
            let mut traded: Option<Traded<'_>> = None;
            for row in &self.rows {
                if self.made.contains_key(&row.id) {
                    continue;
                }
                // The rows of a future come together.
                let Traded { observation, rules, .. } = *match traded {
                    Some(ref known) if Arc::ptr_eq(known.future, &row.future) => known,
                    _ => traded.insert(Traded::of(row, &prices, &self.floor)),
                };
                let sight = Sight {
                    observation,
                    rules,
                    window_end: closes.window_end(row),
                    may_end: self.steadiness.is_given(),
                    max_quote_age: self.floor.config.capture.max_quote_age,
                    now: moment.at,
                };
                if let Some(decision) = grade_waiting(&row.waiting, &sight) {
                    self.made.insert(row.id, decision);
                }
            }
        }
    }

    /// Brings the decisions to the ledger.
    fn store(&mut self, ctx: &Context) -> Result<(), WorkerError> {
        if self.made.is_empty() {
            return Ok(());
        }
        ctx.phase("storing grades");
        let decisions: Vec<(RowId, Decision)> = self.made.iter().map(|(id, made)| (*id, *made)).collect();
        match self.floor.ledger.decide(ctx.generation(), &decisions) {
            Ok(decided) => {
                self.tally.decided(ctx.name(), decided, &self.rows, &self.made);
                self.rows.retain(|row| !self.made.contains_key(&row.id));
                self.made.clear();
                Ok(())
            }
            Err(error) => self.tally.refusals.note(ctx.name(), &error),
        }
    }

    /// When to look again without a row that waits.
    fn idle(&self, calendar: &Calendar, now: Timestamp) -> Next {
        let outlooks: Vec<Outlook> =
            self.floor.markets().map(|(market, _)| calendar.outlook(market, now)).collect();
        if outlooks.iter().any(|outlook| outlook.current.is_some()) {
            return Next::After(self.floor.config.capture.interval);
        }
        let opens = outlooks.iter().filter_map(|outlook| outlook.next).map(|session| session.open);
        opens.min().map_or(Next::OnWake, Next::At)
    }
}

impl Worker for MarketOpenGrader {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        self.floor.rows_captured.answer(ctx.waker());
        self.steadiness.look(ctx);
        let refusals = self.tally.refusals.count;
        self.read(ctx)?;
        let (now, interval) = (ctx.now(), self.floor.config.grader.interval);
        let calendar = self.floor.calendar.at(now);
        if !self.rows.is_empty() {
            let moments = self.moments(ctx);
            ctx.phase("grading");
            self.grade(&moments, &calendar);
        }
        self.store(ctx)?;
        let went_well = self.tally.refusals.count == refusals;
        if went_well {
            self.tally.refusals.went_well(ctx.name());
        }
        self.tally.show(ctx, &self.rows, self.made.len());
        if self.rows.is_empty() && self.made.is_empty() && went_well {
            self.quotes = None;
            return Ok(self.idle(&calendar, now));
        }
        Ok(Next::After(interval))
    }
}
