//! Outages from their first sign to their end.

use crate::board::{BoardSnapshot, Pause};
use crate::config::EXCEL_POLLER;
use crate::ledger::{Gap, GapReason};
use crate::outlet::{BusOutage, BusStatus};
use crate::supervise::{Event, EventKind, Failure, FailureKind, RestartReason};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// How many ended gaps wait for the ledger at most; beyond, the oldest go.
const WAITING: usize = 1_000;

/// What is down, and what was and is not in the ledger yet.
pub(super) struct Outages {
    /// How often each supervisor works; what its lost cycles are counted by.
    intervals: HashMap<String, Duration>,
    /// Nothing of this process was down before.
    since: Timestamp,
    /// Nor was its bus before this.
    bus_since: Timestamp,
    open: BTreeMap<(Option<String>, GapReason), Open>,
    ended: Vec<Gap>,
    /// How many began.
    pub(super) began: u64,
}

/// An outage that goes on.
struct Open {
    gap: Gap,
    /// How often its worker failed in it.
    failures: u64,
    /// Whether the ledger has it.
    stored: bool,
}

impl Outages {
    pub(super) fn new(intervals: HashMap<String, Duration>, since: Timestamp) -> Outages {
        let (open, ended) = (BTreeMap::new(), Vec::new());
        Outages { intervals, since, bus_since: since, open, ended, began: 0 }
    }

    /// Takes in an event that came `now`: a failure begins an outage of its supervisor, the next success ends it.
    pub(super) fn take(&mut self, event: &Event, now: Timestamp) {
        match (&event.kind, &event.failure) {
            (EventKind::DropPanicked { .. }, _) => {} // it was down before
            (EventKind::SpawnFailed { .. }, Some(failure)) => {
                self.failed(&event.name, GapReason::Spawn, failure);
            }
            (EventKind::Hung { lasted, .. }, Some(failure)) => {
                let began = failure.at.checked_sub(*lasted).unwrap_or(failure.at);
                self.failed(&event.name, GapReason::Hang, &Failure { at: began, ..Failure::clone(failure) });
            }
            (_, Some(failure)) => self.failed(&event.name, reason(failure.kind), failure),
            (EventKind::Recovered { .. } | EventKind::Stopped, None) => self.recovered(&event.name, now),
            (EventKind::Restarted { reason: RestartReason::Returned, .. }, None) => {}
            (EventKind::Started, None) => self.end(Some(&event.name), GapReason::Spawn, now),
            _ => {}
        }
    }

    fn failed(&mut self, name: &str, reason: GapReason, failure: &Failure) {
        let down = self.open.iter_mut().find(|((who, _), _)| who.as_deref() == Some(name));
        if let Some((_, open)) = down.filter(|((_, reason), _)| is_of_worker(*reason)) {
            open.failures += 1;
            return;
        }
        let name = Some(name.to_owned());
        self.begin(name, reason, failure.at, Some(failure.message.clone()));
    }

    fn recovered(&mut self, name: &str, at: Timestamp) {
        for reason in GapReason::ALL.into_iter().filter(|reason| is_of_worker(*reason)) {
            self.end(Some(name), reason, at);
        }
    }

    /// Takes in when saves were far apart: `pauses` that are over, and one that goes on, by the board's last save, with why
    /// the poller reads none where that is known.
    pub(super) fn workbook(
        &mut self,
        pauses: &[Pause],
        board: &BoardSnapshot,
        stale_after: Duration,
        why: Option<String>,
        now: Timestamp,
    ) {
        for pause in pauses {
            self.over(EXCEL_POLLER, GapReason::WorkbookStale, pause.from.max(self.since), pause.to);
        }
        if let Some(saved_at) = board.saved_at.filter(|_| board.is_stale(stale_after, now)) {
            self.begin(
                Some(EXCEL_POLLER.to_owned()),
                GapReason::WorkbookStale,
                saved_at.max(self.since),
                why,
            );
        } else if let Some(saved_at) = board.saved_at.filter(|saved_at| self.stale_since() < Some(*saved_at))
        {
            // Where the clock alone had made it stale and was set right, no pause ends it, but the next save does.
            self.end(Some(EXCEL_POLLER), GapReason::WorkbookStale, saved_at);
        }
    }

    fn stale_since(&self) -> Option<Timestamp> {
        let key = (Some(EXCEL_POLLER.to_owned()), GapReason::WorkbookStale);
        self.open.get(&key).map(|open| open.gap.started_at)
    }

    /// The same for the bus of `who`.
    pub(super) fn bus(&mut self, who: &str, outages: &[BusOutage], status: &BusStatus) {
        let since = self.bus_since;
        let start = |from: Option<Timestamp>| from.map_or(since, |from| from.max(since));
        for outage in outages {
            self.over(who, GapReason::BusDown, start(outage.from), outage.to);
        }
        if status.is_down() {
            let began = start(status.last_exchange_at());
            self.begin(Some(who.to_owned()), GapReason::BusDown, began, status.last_error.clone());
        }
    }

    /// Another host publishes: the bus of `who` is not down until this one leads again, whatever its last attempt met.
    pub(super) fn bus_is_anothers(&mut self, who: &str, now: Timestamp) {
        self.end(Some(who), GapReason::BusDown, now);
        self.bus_since = now;
    }

    /// An outage that begins now, unless it has.
    fn begin(&mut self, who: Option<String>, reason: GapReason, at: Timestamp, detail: Option<String>) {
        let key = (who.clone(), reason);
        if self.open.contains_key(&key) {
            return;
        }
        let gap = Gap { supervisor: who, reason, started_at: at, ended_at: None, cycles_lost: None, detail };
        self.began += 1;
        self.open.insert(key, Open { gap, failures: 1, stored: false });
    }

    fn end(&mut self, who: Option<&str>, reason: GapReason, at: Timestamp) {
        if let Some(open) = self.open.remove(&(who.map(String::from), reason)) {
            let lost = self.cycles(&open.gap, at).map(|lost| lost.max(open.failures));
            self.push(Gap { ended_at: Some(at.max(open.gap.started_at)), cycles_lost: lost, ..open.gap });
        }
    }

    /// An outage that is told when it is over; its beginning may have been told.
    fn over(&mut self, who: &str, reason: GapReason, from: Timestamp, to: Timestamp) {
        self.begin(Some(who.to_owned()), reason, from, None);
        self.end(Some(who), reason, to);
    }

    /// One more gap that is over.
    pub(super) fn add(&mut self, gap: Gap) {
        self.began += 1;
        let lost = gap.ended_at.and_then(|ended_at| self.cycles(&gap, ended_at));
        self.push(Gap { cycles_lost: gap.cycles_lost.or(lost), ..gap });
    }

    fn push(&mut self, gap: Gap) {
        if self.ended.len() == WAITING {
            self.ended.remove(0);
        }
        self.ended.push(gap);
    }

    /// How many cycles were due from the start of `gap` to `end`; the poller's where it is the whole process.
    pub(super) fn cycles(&self, gap: &Gap, end: Timestamp) -> Option<u64> {
        let interval = self.intervals.get(gap.supervisor.as_deref().unwrap_or(EXCEL_POLLER))?;
        let lasted = Duration::try_from(end.duration_since(gap.started_at)).unwrap_or_default();
        u64::try_from(lasted.as_millis().checked_div(interval.as_millis())?).ok()
    }

    /// The process stops: nothing is down any more but the process.
    pub(super) fn end_all(&mut self, at: Timestamp) {
        let keys: Vec<_> = self.open.keys().cloned().collect();
        for (who, reason) in keys {
            self.end(who.as_deref(), reason, at);
        }
    }

    /// What the ledger does not have yet: those that ended, then those that go on, so that an open one never stands
    /// beside an older open one of its kind.
    pub(super) fn waiting(&self) -> Vec<Gap> {
        let open = self.open.values().filter(|open| !open.stored).map(|open| &open.gap);
        self.ended.iter().chain(open).cloned().collect()
    }

    /// Those that go on.
    pub(super) fn open(&self) -> impl Iterator<Item = &Gap> {
        self.open.values().map(|open| &open.gap)
    }

    /// The ledger has them.
    pub(super) fn written(&mut self) {
        self.ended.clear();
        self.open.values_mut().for_each(|open| open.stored = true);
    }
}

fn reason(kind: FailureKind) -> GapReason {
    match kind {
        FailureKind::Error => GapReason::Error,
        FailureKind::Panic => GapReason::Panic,
        FailureKind::Hang => GapReason::Hang,
    }
}

fn is_of_worker(reason: GapReason) -> bool {
    matches!(reason, GapReason::Error | GapReason::Panic | GapReason::Hang | GapReason::Spawn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BusUrl;
    use crate::outlet::BusWatch;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_764_340_200 + second).unwrap()
    }

    /// Regression: the last attempt of a host that stood by since had failed, so its bus was down until it led again.
    #[test]
    fn a_bus_that_another_publishes_to_is_not_down() {
        let watch = BusWatch::new(&BusUrl::Redis("redis://127.0.0.1".into()));
        watch.failed("cut off", false);
        let mut outages = Outages::new(HashMap::new(), at(0));
        let told = |gap: &Gap| (gap.started_at, gap.ended_at);
        outages.bus("Poller", &watch.take_outages(), &watch.get());
        outages.bus_is_anothers("Poller", at(10));
        assert_eq!(outages.waiting().iter().map(told).collect::<Vec<_>>(), [(at(0), Some(at(10)))]);
        outages.bus_is_anothers("Poller", at(3_600));
        outages.bus("Poller", &watch.take_outages(), &watch.get());
        assert_eq!(outages.open().map(told).collect::<Vec<_>>(), [(at(3_600), None)], "since it leads again");
    }
}
