//! The listener's work: events in, records out, and a sign of life a minute.

use super::asleep::Looks;
use super::crashes::Crashes;
use super::outages::Outages;
use super::touched::notes;
use super::{LOG_TARGET, RecordsStatus};
use crate::board::{Board, BoardQuote, said};
use crate::lease::Lease;
use crate::ledger::{Alive, GAPS_KEPT, Gap, GapReason, Ledger, LedgerError, RecordFilter, Standing};
use crate::outlet::BusWatch;
use crate::stack::market_workers::Premises;
use crate::supervise::{Clock, Event, EventKind, Failure, Generation, Mono};
use crate::value::Symbol;
use arc_swap::ArcSwap;
use crossbeam_channel::Receiver;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How often a sign of life is left, the machine's sleep looked for, and what the ledger refused brought again: how
/// exactly it is known, after a `kill -9`, when the process died.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What the recorder looks at.
pub(in crate::stack) struct Site {
    pub(in crate::stack) premises: Arc<Premises>,
    pub(in crate::stack) clock: Arc<dyn Clock>,
    pub(in crate::stack) board: Arc<Board>,
    pub(in crate::stack) bus: BusWatch,
    /// The supervisor that publishes to the bus, or is fed by it.
    pub(in crate::stack) on_bus: &'static str,
    /// Where hosts share the work: this one's part in it.
    pub(in crate::stack) lease: Option<Arc<Lease>>,
    /// How often each supervisor works.
    pub(in crate::stack) intervals: HashMap<String, Duration>,
    /// When the stack started.
    pub(in crate::stack) started_at: Timestamp,
}

pub(super) struct Recorder {
    site: Site,
    status: Arc<ArcSwap<RecordsStatus>>,
    generation: Generation,
    crashes: Crashes,
    outages: Outages,
    looks: Looks,
    /// As of when it is known what is down.
    as_of: Timestamp,
    /// The last failure of each supervisor.
    failures: HashMap<String, Arc<Failure>>,
    /// Gaps that are over and that the rows they touch were not told of.
    untold: Vec<Gap>,
    /// Those that were told since the last look. They are told once more: a row that was captured at that very moment
    /// was not in the ledger yet.
    told: Vec<Gap>,
    /// Whether what an earlier process left was taken over.
    adopted: bool,
    stood: HashMap<Symbol, Timestamp>,
    tally: RecordsStatus,
    /// How often the end was begun.
    pub(super) endings: u32,
}

impl Recorder {
    pub(super) fn new(site: Site, status: Arc<ArcSwap<RecordsStatus>>, generation: Generation) -> Recorder {
        Recorder {
            crashes: Crashes::default(),
            outages: Outages::new(site.intervals.clone(), site.started_at),
            looks: Looks::new(&*site.clock),
            as_of: site.started_at,
            failures: HashMap::new(),
            untold: Vec::new(),
            told: Vec::new(),
            adopted: false,
            stood: HashMap::new(),
            tally: RecordsStatus::default(),
            endings: 0,
            site,
            status,
            generation,
        }
    }

    /// Listens until the events end, which they do when every worker has stopped.
    pub(super) fn listen(&mut self, events: &Receiver<Event>) {
        let clock = Arc::clone(&self.site.clock);
        let mut due = clock.mono().plus(LOOK_EVERY);
        let mut timer = clock.timer(due);
        loop {
            let listens_since = clock.mono();
            crossbeam_channel::select_biased! {
                recv(events) -> event => match event {
                    Ok(event) => self.take_all(event, events),
                    Err(_) => return self.finish(),
                },
                recv(timer) -> _ => {
                    let next = clock.mono().plus(LOOK_EVERY); // whoever sees what this look left may move the clock on
                    self.look(due.max(listens_since)); // a ledger that is slow is no standstill
                    due = next;
                    timer = clock.timer(due);
                }
            }
        }
    }

    /// Takes in what waits, so that a crash loop is one write.
    fn take_all(&mut self, first: Event, events: &Receiver<Event>) {
        self.as_of = self.site.clock.now();
        for event in std::iter::once(first).chain(events.try_iter()) {
            let (now, event) = (self.site.clock.now(), self.told_once(event));
            self.tally.crashes += u64::from(self.crashes.take(&event, now));
            self.outages.take(&event, now);
            if let EventKind::StoodStill { late, .. } = event.kind {
                self.look_back(late);
            }
        }
        self.look_around();
        // What the ledger refused a moment ago waits for the next look, or a crash loop would ask it all the time.
        if self.tally.last_error.is_none() {
            self.bring();
        }
        self.show();
    }

    /// A failure is told by the event of its end, and by that of giving up after it: it counts once.
    fn told_once(&mut self, mut event: Event) -> Event {
        let Some(failure) = &event.failure else { return event };
        let before = self.failures.insert(event.name.clone(), Arc::clone(failure));
        if before.is_some_and(|before| Arc::ptr_eq(&before, failure)) {
            event.failure = None;
        }
        event
    }

    /// The look of every minute; it was `due` then.
    fn look(&mut self, due: Mono) {
        self.as_of = self.site.clock.now();
        self.look_back(self.site.clock.overslept(due));
        self.look_around();
        self.tell_again();
        self.bring();
        self.leave_sign(false);
        self.show();
    }

    /// Whether the machine slept, or the process stood still as a timer tells that came late.
    fn look_back(&mut self, stood_still: Duration) {
        if let Some(gap) = self.looks.look(&*self.site.clock, stood_still) {
            log::warn!(target: LOG_TARGET, "{}", gap.detail.as_deref().unwrap_or_default());
            self.outages.add(gap);
        }
    }

    fn look_around(&mut self) {
        let Site { board, bus, on_bus, clock, premises, lease, .. } = &self.site;
        let (now, stale_after) = (clock.now(), premises.config().workbook.stale_after);
        let waits = lease.as_ref().map(|lease| lease.status()).filter(|lease| !lease.leads);
        let why = waits.as_ref().and_then(|lease| lease.reason.as_ref());
        let why = why.map(|reason| format!("not read here, standing by: {reason}"));
        self.outages.workbook(&board.take_pauses(), &board.snapshot(), stale_after, why, now);
        let outages = bus.take_outages();
        // Whoever knows who leads reaches Redis.
        if waits.is_some_and(|lease| lease.has_leader) {
            self.outages.bus_is_anothers(on_bus, now);
        } else {
            self.outages.bus(on_bus, &outages, &bus.get());
        }
    }

    fn finish(&mut self) {
        self.endings += 1;
        self.as_of = self.site.clock.now();
        self.look_around();
        self.outages.end_all(self.site.clock.now());
        self.bring();
        self.tell_again();
        self.leave_sign(true);
        self.show();
    }

    /// Brings what waits to the ledger, which is opened for that where no worker did.
    fn bring(&mut self) {
        let waits = !self.crashes.waiting().is_empty() || !self.outages.waiting().is_empty();
        let ledger = match self.site.premises.open_ledger() {
            None if waits => self.site.premises.ledger(),
            None => return,
            Some(ledger) => Ok(ledger),
        };
        let is_first = !self.adopted;
        match ledger.and_then(|ledger| self.adopt(&*ledger).and_then(|()| self.write(&*ledger))) {
            Ok(()) => {
                self.went_well();
                if is_first {
                    self.site.premises.absence_is_told();
                    self.leave_sign(false);
                }
            }
            Err(error) => self.failed(&error),
        }
    }

    /// Finds out, the first time, for how long nobody was there.
    fn adopt(&mut self, ledger: &dyn Ledger) -> Result<(), LedgerError> {
        if !self.adopted {
            self.take_over(ledger)?;
            self.adopted = true;
        }
        Ok(())
    }

    fn take_over(&mut self, ledger: &dyn Ledger) -> Result<(), LedgerError> {
        let alive = ledger.alive()?;
        let seen = alive.as_ref().map(|alive| self.last_sign(ledger, alive)).transpose()?;
        for gap in
            ledger.gaps(&RecordFilter { from: Some(Timestamp::MAX), ..RecordFilter::default() }, 100)?
        {
            // It was left open by a process that died with it.
            let ended_at = seen.unwrap_or(gap.started_at).max(gap.started_at);
            let cycles_lost = self.outages.cycles(&gap, ended_at);
            let ended = Gap { ended_at: Some(ended_at), cycles_lost, ..gap };
            ledger.record_gaps(&self.generation, std::slice::from_ref(&ended))?;
            self.untold.push(ended); // the rows were told of one that goes on
        }
        if let (Some(seen), Some(alive)) = (seen, alive) {
            self.absence(seen, alive.stopped && seen == alive.at);
        }
        Ok(())
    }

    /// When somebody was there last: by the sign of life, or later by what was followed and by the end of an absence that
    /// was told, for a process that died before it left a sign of its own.
    fn last_sign(&self, ledger: &dyn Ledger, alive: &Alive) -> Result<Timestamp, LedgerError> {
        let since = RecordFilter { from: Some(alive.at), ..RecordFilter::default() };
        let told = ledger.gaps(&since, GAPS_KEPT)?.into_iter();
        let told = told.filter(|gap| gap.reason == GapReason::ProcessDown).filter_map(|gap| gap.ended_at);
        let signs = ledger.followed_until()?.into_iter().chain(told);
        Ok(signs.filter(|at| *at <= self.site.started_at).fold(alive.at, Timestamp::max))
    }

    /// From the last sign of life to the start nobody was there.
    fn absence(&mut self, seen: Timestamp, stopped: bool) {
        let detail =
            if stopped { "it was stopped" } else { "it died; seen alive a minute before at the latest" };
        let gap = Gap {
            supervisor: None,
            reason: GapReason::ProcessDown,
            started_at: seen,
            ended_at: Some(self.site.started_at),
            cycles_lost: None,
            detail: Some(detail.into()),
        };
        if self.outages.cycles(&gap, self.site.started_at).is_none_or(|lost| lost > 0)
            && seen < self.site.started_at
        {
            self.outages.add(gap);
        }
    }

    fn write(&mut self, ledger: &dyn Ledger) -> Result<(), LedgerError> {
        ledger.record_crashes(&self.generation, self.crashes.waiting())?;
        self.crashes.written();
        let gaps = self.outages.waiting();
        ledger.record_gaps(&self.generation, &gaps)?;
        self.outages.written();
        self.untold.extend(gaps.into_iter().filter(|gap| gap.ended_at.is_some()));
        self.tell(ledger)
    }

    /// Says in the rows that a gap touches what they miss: of the gaps that ended, once, and of those that go on, whose
    /// rows may have been captured or given up meanwhile.
    fn tell(&mut self, ledger: &dyn Ledger) -> Result<(), LedgerError> {
        if self.note(ledger, self.untold.iter().chain(self.outages.open()))? {
            self.told.append(&mut self.untold);
        }
        let too_many = self.untold.len().saturating_sub(GAPS_KEPT);
        self.untold.drain(..too_many);
        Ok(())
    }

    fn tell_again(&mut self) {
        let Some(ledger) = self.site.premises.open_ledger() else { return };
        match self.note(&*ledger, self.told.iter()) {
            Ok(true) => self.told.clear(),
            Ok(false) => {}
            Err(error) => self.failed(&error),
        }
    }

    /// Says what rows miss by these gaps; false while no worker has made the floor, by whose calendar their sessions end.
    fn note<'a>(
        &self,
        ledger: &dyn Ledger,
        gaps: impl Iterator<Item = &'a Gap>,
    ) -> Result<bool, LedgerError> {
        let mut gaps = gaps.peekable();
        if gaps.peek().is_none() {
            return Ok(true);
        }
        let Some(floor) = self.site.premises.built() else { return Ok(false) };
        let calendar = floor.calendar.at(self.as_of);
        for gap in gaps {
            let notes = notes(gap, ledger, &calendar, &floor.config, self.as_of)?;
            let news = ledger.note_gaps(&self.generation, &notes)?;
            if news > 0 {
                log::warn!(target: LOG_TARGET, "{news} session rows miss data: {}", gap.note());
            }
        }
        Ok(true)
    }

    /// Leaves a sign of life, and since when quotes stand still. Nothing is opened for it. What was down before must be in
    /// the ledger: after the sign nobody would know it any more.
    fn leave_sign(&mut self, stopped: bool) {
        let is_told = self.adopted && self.outages.waiting().is_empty();
        let Some(ledger) = self.site.premises.open_ledger().filter(|_| is_told) else { return };
        let alive = Alive { at: self.site.clock.now(), stopped };
        let rows = self.standing();
        match ledger.mark_alive(&self.generation, &alive, &rows) {
            Ok(()) => self.went_well(),
            Err(error) => self.failed(&error),
        }
    }

    /// The rows of the configured futures that stand otherwise than was written last.
    fn standing(&mut self) -> Vec<Standing> {
        let instruments = self.site.premises.config().instruments();
        let snapshot = self.site.board.snapshot();
        let is_ours = |it: &&Arc<BoardQuote>| instruments.canonical(&it.quote.symbol).is_some();
        let mut rows = Vec::new();
        for it in snapshot.quotes().iter().filter(is_ours) {
            let (symbol, since) = (&it.quote.symbol, it.unchanged_since);
            if self.stood.insert(symbol.clone(), since) != Some(since) {
                rows.push(Standing { symbol: symbol.to_string(), said: said(&it.quote), since });
            }
        }
        rows
    }

    fn failed(&mut self, error: &LedgerError) {
        self.tally.failures += 1;
        let said = error.to_string();
        if self.tally.last_error.as_ref() != Some(&said) {
            log::warn!(target: LOG_TARGET, "crash and gap records wait: {said}; trying again every {LOOK_EVERY:?}");
        }
        self.stood.clear(); // what was not written is to be written again
        self.tally.last_error = Some(said);
    }

    fn went_well(&mut self) {
        if self.tally.last_error.take().is_some() {
            log::info!(target: LOG_TARGET, "crash and gap records are written again");
        }
    }

    /// Something panicked under the listener. What waited waits on, for the next look; the event was taken in.
    pub(super) fn note_panic(&mut self, panic: &str) {
        self.tally.failures += 1;
        self.tally.last_error = Some(format!("the listener panicked: {panic}"));
        self.show();
    }

    fn show(&mut self) {
        self.tally.gaps = self.outages.began;
        self.tally.waiting = self.crashes.waiting().len() + self.outages.waiting().len();
        if **self.status.load() != self.tally {
            self.status.store(Arc::new(self.tally.clone()));
        }
    }
}
