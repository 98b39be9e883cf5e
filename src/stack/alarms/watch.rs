//! The worker that looks, a minute before each open, whether the stack is ready for it.

use super::hook::{Hook, News};
use super::{Alarm, AlarmKind, StandingAlarms};
use crate::board::Board;
use crate::calendar::{Calendar, LiveCalendar};
use crate::config::{Config, EXCEL_POLLER, MARKET_OPEN_CAPTURE, MARKET_OPEN_GRADER, QUOTE_SUBSCRIBER};
use crate::lease::Lease;
use crate::rules::{age, elapsed};
use crate::supervise::{Context, EventKind, Next, Roster, State, SupervisorStatus, Worker, WorkerError};
use crate::value::Market;
use crate::workers::calendar;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Its name in log lines and events; it is no entry of the status unless it is in trouble itself.
pub(in crate::stack) const ALARMS: &str = "Alarms";

/// How long before an open the stack has to run and to be fed (supervision.md).
const BEFORE: Duration = Duration::from_secs(60);

/// How often to look while a market is about to open, or an alarm stands. Also how long a stack that has just started may
/// take to read its workbook.
const AGAIN: Duration = Duration::from_secs(5);

/// How long an open that an override brought nearer may stay unknown.
const OVERRIDES: Duration = Duration::from_secs(60);

/// The supervisors that an open needs, where they are to run at all.
const NEEDED: [&str; 4] = [EXCEL_POLLER, QUOTE_SUBSCRIBER, MARKET_OPEN_CAPTURE, MARKET_OPEN_GRADER];

/// Looks a minute before each open, and from then on until it; sleeps where no open is near and no alarm stands.
pub(in crate::stack) struct AlarmWatch {
    config: Config,
    board: Arc<Board>,
    calendar: LiveCalendar,
    roster: Roster,
    lease: Option<Arc<Lease>>,
    standing: StandingAlarms,
    hook: Hook,
    has_settled: bool,
}

impl AlarmWatch {
    pub(in crate::stack) fn new(
        config: &Config,
        board: &Arc<Board>,
        roster: &Roster,
        lease: Option<&Arc<Lease>>,
        standing: &StandingAlarms,
    ) -> AlarmWatch {
        AlarmWatch {
            calendar: calendar(config),
            board: Arc::clone(board),
            roster: roster.clone(),
            lease: lease.cloned(),
            standing: standing.clone(),
            hook: Hook::new(&config.alarm.command),
            config: config.clone(),
            has_settled: false,
        }
    }

    fn markets(&self) -> impl Iterator<Item = Market> {
        let watched =
            |market: &Market| self.config.markets.iter().any(|one| one.name == market.name() && one.enabled);
        Market::all().filter(watched)
    }

    /// What is wrong now, for any market alike.
    fn conditions(&self, now: Timestamp) -> Vec<(AlarmKind, String)> {
        if let Some(parked) = self.lease.as_ref().map(|lease| lease.status()).filter(|lease| !lease.leads) {
            // Where another leads, its open is its own affair.
            let reason = parked.reason.clone().filter(|_| parked.is_unproved());
            return reason.into_iter().map(|reason| (AlarmKind::NoLeader, reason)).collect();
        }
        let supervisors = self.roster.status();
        let needed = |one: &&SupervisorStatus| NEEDED.contains(&one.name.as_str());
        let due: Vec<&SupervisorStatus> =
            supervisors.iter().filter(needed).filter(|one| one.state != State::Disabled).collect();
        let mut found = Vec::new();
        let down: Vec<String> = due.iter().filter_map(|one| in_trouble(one)).collect();
        if !down.is_empty() {
            found.push((AlarmKind::NotRunning, down.join("; ")));
        }
        // A stack that neither reads nor captures has no use for quotes.
        if !due.is_empty() {
            found.extend(self.hunger(now).map(|message| (AlarmKind::NotFed, message)));
        }
        found
    }

    /// Why a capture would have nothing to capture, if that is so.
    fn hunger(&self, now: Timestamp) -> Option<String> {
        let (board, terms) = (self.board.snapshot(), &self.config.capture);
        let is_fresh = |saved_at| age(saved_at, now) <= terms.max_quote_age;
        let fresh = board.quotes().iter().filter(|one| !one.stale && is_fresh(board.saved_at(one))).count();
        let needed = usize::try_from(terms.min_quotes).unwrap_or(usize::MAX).max(1);
        if fresh >= needed {
            return None;
        }
        let last = match board.saved_at {
            Some(saved_at) => format!("the last save is of {saved_at:.0}"),
            None => "none was read yet".to_owned(),
        };
        let age = terms.max_quote_age;
        Some(format!("{fresh} quotes are younger than {age:?} and {needed} are needed; {last}"))
    }

    /// The alarms that stand now: of the markets about to open what is wrong, and of the others what was and still is.
    fn look(&self, calendar: &Calendar, now: Timestamp) -> Vec<Alarm> {
        let before = self.standing.get();
        let conditions = self.conditions(now);
        let mut alarms = Vec::new();
        for market in self.markets() {
            let is_near = is_about_to_open(calendar, market, now);
            let is_open = matches!(calendar.session_at(market, now), Ok(Some(_)));
            for (kind, message) in &conditions {
                let known = before.iter().find(|one| one.kind == *kind && one.is_of(market));
                if is_near || known.is_some() && is_open {
                    let (at, market) = (known.map_or(now, |known| known.at), Some(market.name().to_owned()));
                    alarms.push(Alarm { at, market, kind: *kind, message: message.clone() });
                }
            }
        }
        alarms
    }

    /// Tells what began and what ended, once.
    fn tell(&self, ctx: &Context, alarms: &[Alarm]) {
        let before = self.standing.get();
        let mut news = Vec::new();
        for alarm in alarms.iter().filter(|alarm| !before.iter().any(|known| known.is_same(alarm))) {
            let Alarm { market: subject, kind, message, .. } = alarm.clone();
            ctx.tell(EventKind::Alarm { subject, kind: kind.name(), message });
            news.push(News { alarm: alarm.clone(), has_ended: false });
        }
        for alarm in before.iter().filter(|known| !alarms.iter().any(|alarm| alarm.is_same(known))) {
            ctx.tell(EventKind::AlarmEnded { subject: alarm.market.clone(), kind: alarm.kind.name() });
            news.push(News { alarm: alarm.clone(), has_ended: true });
        }
        self.hook.run(news);
    }

    /// When to look again; not before a minute before the next open where nothing is near.
    fn next(&self, calendar: &Calendar, now: Timestamp) -> Next {
        let near = self.markets().any(|market| is_about_to_open(calendar, market, now));
        if near || !self.standing.get().is_empty() {
            return Next::After(AGAIN);
        }
        let opens = self.markets().filter_map(|market| calendar.next_session(market, now).ok());
        match opens.map(|session| session.open).min() {
            // Counted by the monotonic clock, which needs no look in between: who finds that time has jumped wakes us.
            // An override of the calendar may bring an open nearer, and nobody wakes us for that.
            Some(open) => Next::After(elapsed(now, open).saturating_sub(BEFORE).min(OVERRIDES)),
            None => Next::After(OVERRIDES),
        }
    }
}

impl Worker for AlarmWatch {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        let now = ctx.now();
        let calendar = self.calendar.at(now);
        let is_first = !std::mem::replace(&mut self.has_settled, true);
        if is_first && self.markets().any(|market| is_about_to_open(&calendar, market, now)) {
            return Ok(Next::After(AGAIN));
        }
        let alarms = self.look(&calendar, now);
        // One whose place was taken while it looked judges by a time that is past.
        ctx.generation().check().map_err(|revoked| WorkerError::from_error(&revoked))?;
        self.tell(ctx, &alarms);
        self.standing.set(alarms);
        Ok(self.next(&calendar, now))
    }
}

impl Alarm {
    fn is_of(&self, market: Market) -> bool {
        self.market.as_deref() == Some(market.name())
    }

    fn is_same(&self, other: &Alarm) -> bool {
        self.kind == other.kind && self.market == other.market
    }
}

/// Whether `market` opens within [`BEFORE`]. A market whose days are not published opens when nobody knows.
fn is_about_to_open(calendar: &Calendar, market: Market, now: Timestamp) -> bool {
    calendar.next_session(market, now).is_ok_and(|session| elapsed(now, session.open) <= BEFORE)
}

fn in_trouble(one: &SupervisorStatus) -> Option<String> {
    let state = match one.state {
        State::BackingOff => "backs off",
        State::Hung => "hangs",
        State::Failed => "has failed",
        _ => return None,
    };
    let why = one.last_error.as_ref().map(|error| format!(": {}", error.message)).unwrap_or_default();
    Some(format!("{} {state}{why}", one.name))
}
