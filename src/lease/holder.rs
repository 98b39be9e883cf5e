//! One host's part in the lease: takes it, renews it, loses it, and tells the workers.

use super::absence::Absences;
use super::captures::Captures;
use super::server::{Acquired, Ask, LeaseServer, Other, Renewed};
use super::status::LeaseStatus;
use super::tenure::{Moment, Tenure};
use super::{Leader, standing::Leading, standing::Standing};
use crate::supervise::{Clock, Mono, Waker, Warrant};
use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(super) const LOG_TARGET: &str = "thor_stack::lease";

/// How often a lease that another holds is looked at: one that is given back is taken within this time.
const LOOK: Duration = Duration::from_millis(250);

/// After a failure, the shortest wait before the next attempt.
const RETRY: Duration = Duration::from_millis(50);

/// How late after the end of a foreign term the lease is tried: Redis counts in milliseconds.
const AFTER_END: Duration = Duration::from_millis(5);

/// One host's part in the lease. A keeper calls [`Lease::turn`] again and again; everybody else asks
/// [`Lease::tenure`], which reads two clocks and nothing else.
pub struct Lease {
    ttl: Duration,
    clock: Arc<dyn Clock>,
    process: u32,
    standing: ArcSwap<Standing>,
    last_error: ArcSwapOption<String>,
    keeper: Mutex<Keeper>,
    asker: Mutex<Box<dyn LeaseServer>>,
    listeners: Mutex<Vec<Waker>>,
    absences: Mutex<Absences>,
    captures: Captures,
    acquisitions: AtomicU64,
    losses: AtomicU64,
}

/// What only the keeper uses.
struct Keeper {
    server: Box<dyn LeaseServer>,
    highest_fence: u64,
    /// Whether this host held the lease last, as far as it knows.
    was_ours: bool,
    /// Since when the server is known to have lost its data, while the holder before may still come back.
    lost_since: Option<Mono>,
}

impl Lease {
    /// A host that does not lead yet. The keeper and those who ask about captures each have a way to the server, so
    /// that one does not wait for the other.
    #[must_use]
    pub fn new(
        ttl: Duration,
        clock: Arc<dyn Clock>,
        keeper: Box<dyn LeaseServer>,
        asker: Box<dyn LeaseServer>,
    ) -> Lease {
        let since = clock.now();
        let starting = "the stack was just starting";
        let mut absences = Absences::default();
        absences.begin(since, starting);
        Lease {
            ttl,
            clock,
            process: std::process::id(),
            standing: ArcSwap::from_pointee(Standing::waiting(None, starting, since)),
            last_error: ArcSwapOption::empty(),
            keeper: Mutex::new(Keeper {
                server: keeper,
                highest_fence: 0,
                was_ours: false,
                lost_since: None,
            }),
            asker: Mutex::new(asker),
            listeners: Mutex::default(),
            absences: Mutex::new(absences),
            captures: Captures::default(),
            acquisitions: AtomicU64::new(0),
            losses: AtomicU64::new(0),
        }
    }

    /// The tenure, while this host may rely on it.
    #[must_use]
    pub fn tenure(&self) -> Option<Tenure> {
        let now = Moment::now(self.clock.as_ref());
        self.standing.load().leading().map(|leading| &leading.tenure).filter(|it| it.holds(now)).cloned()
    }

    /// Whether this host is in the tenure of this number.
    #[must_use]
    pub fn leads_as(&self, fence: u64) -> bool {
        let now = Moment::now(self.clock.as_ref());
        let standing = self.standing.load();
        standing.leading().is_some_and(|it| it.tenure.fence == fence && it.tenure.holds(now))
    }

    /// The right to write in the tenure of this number.
    #[must_use]
    pub fn warrant(self: &Arc<Self>, fence: u64) -> Warrant {
        let lease = Arc::clone(self);
        Arc::new(move || lease.leads_as(fence))
    }

    /// Wakes `waker` whenever this host begins or ends to lead.
    pub fn tell(&self, waker: Waker) {
        self.listeners.lock().push(waker);
    }

    /// Who leads, as far as is known.
    #[must_use]
    pub fn leader(&self) -> Option<Leader> {
        match &**self.standing.load() {
            Standing::Leads(leading) => {
                let holds = leading.tenure.holds(Moment::now(self.clock.as_ref()));
                holds.then(|| leading.leader.clone())
            }
            Standing::Waits { leader, .. } => leader.clone(),
        }
    }

    /// What `status` shows.
    #[must_use]
    pub fn status(&self) -> LeaseStatus {
        let tenure = self.tenure();
        LeaseStatus {
            leads: tenure.is_some(),
            has_leader: self.leader().is_some(),
            reason: if tenure.is_some() { None } else { Some(self.standing.load().why()) },
            since: tenure.as_ref().map_or_else(|| self.standing.load().since(), |tenure| tenure.since),
            fence: tenure.map(|tenure| tenure.fence),
            acquisitions: self.acquisitions.load(Ordering::Relaxed),
            losses: self.losses.load(Ordering::Relaxed),
            last_error: self.last_error.load().as_deref().cloned(),
        }
    }

    /// Renews the lease, or tries to take it: one bounded exchange, two where it was lost. Returns how long until the
    /// next turn.
    pub fn turn(&self) -> Duration {
        let Some(mut keeper) = self.keeper.try_lock_for(self.ttl / 3) else { return RETRY };
        let asked = Moment::now(self.clock.as_ref());
        let next = match self.standing.load().leading() {
            Some(leading) => self.renew(&mut keeper, leading, asked),
            None => self.acquire(&mut keeper, asked),
        };
        drop(keeper);
        self.tell_captures();
        next
    }

    fn renew(&self, keeper: &mut Keeper, leading: &Leading, asked: Moment) -> Duration {
        match keeper.server.renew(&leading.tenure.token, self.ttl) {
            Ok(Renewed::Ours) => {
                self.heard();
                self.prolong(leading, asked);
                self.ttl / 3
            }
            Ok(Renewed::Gone) => {
                self.heard();
                self.lose(leading.tenure.fence, None, "the lease ran out, or Redis lost it");
                self.acquire(keeper, Moment::now(self.clock.as_ref()))
            }
            Ok(Renewed::Held(other)) => {
                self.heard();
                self.lose(leading.tenure.fence, other.leader.clone(), &other.to_string());
                self.follow(keeper, &other)
            }
            Err(error) => self.unheard(keeper, leading, &error),
        }
    }

    fn acquire(&self, keeper: &mut Keeper, asked: Moment) -> Duration {
        let patience = self.ttl.max(Duration::from_secs(2));
        let waited = keeper.lost_since.is_some_and(|since| asked.mono.since(since) >= patience);
        let ask = Ask { ttl: self.ttl, above: keeper.highest_fence, anew: keeper.was_ours || waited };
        match keeper.server.acquire(&ask) {
            Ok(Acquired::Ours { fence, token, leader }) => {
                self.heard();
                (keeper.lost_since, keeper.was_ours) = (None, true);
                keeper.highest_fence = keeper.highest_fence.max(fence);
                log::info!(target: LOG_TARGET, "leading as {leader}");
                self.lead(Tenure::new(fence, token.into(), asked, self.ttl), leader);
                self.ttl / 3
            }
            Ok(Acquired::Held(other)) => {
                self.heard();
                self.follow(keeper, &other)
            }
            Ok(Acquired::Lost) => {
                self.heard();
                keeper.lost_since.get_or_insert(asked.mono);
                self.wait(None, "Redis lost the lease; the host that held it goes first");
                LOOK.min(self.ttl / 3)
            }
            Err(error) => {
                self.note_error(&error);
                self.wait(None, &format!("the lease cannot be proved: {error}"));
                keeper.server.retry_after().max(RETRY).min(self.ttl / 3)
            }
        }
    }

    /// Another leads; it is looked at again at the end of its term at the latest.
    fn follow(&self, keeper: &mut Keeper, other: &Other) -> Duration {
        (keeper.lost_since, keeper.was_ours) = (None, false);
        let fence = other.leader.as_ref().map_or(0, |leader| leader.fence);
        keeper.highest_fence = keeper.highest_fence.max(fence);
        self.wait(other.leader.clone(), &other.to_string());
        let end = other.left.map_or(LOOK, |left| left + AFTER_END);
        end.min(LOOK).min(self.ttl / 3)
    }

    /// The renewal was not answered: the tenure goes on until its own end and not beyond.
    fn unheard(&self, keeper: &Keeper, leading: &Leading, error: &str) -> Duration {
        self.note_error(error);
        let now = Moment::now(self.clock.as_ref());
        let retry = keeper.server.retry_after().max(RETRY).min(self.ttl / 3);
        if leading.tenure.holds(now) {
            return retry.min(leading.tenure.left(now));
        }
        if leading.lapsed.is_none() {
            self.replace(
                leading.tenure.fence,
                &Standing::Leads(Leading { lapsed: Some(now.wall), ..leading.clone() }),
            );
            self.end_leading(&format!("the lease cannot be proved: {error}"));
        }
        retry
    }

    fn prolong(&self, leading: &Leading, asked: Moment) {
        let lapsed = leading.lapsed.is_some() || !leading.tenure.holds(Moment::now(self.clock.as_ref()));
        let tenure = leading.tenure.renewed(asked, self.ttl);
        let leading = Leading { tenure, leader: leading.leader.clone(), lapsed: None };
        self.replace(leading.tenure.fence, &Standing::Leads(leading));
        if lapsed {
            log::info!(target: LOG_TARGET, "leading again: the lease was not taken by another meanwhile");
            self.absences.lock().end(self.clock.now());
            self.wake();
        }
    }

    fn lead(&self, tenure: Tenure, leader: Leader) {
        self.acquisitions.fetch_add(1, Ordering::Relaxed);
        self.standing.store(Arc::new(Standing::Leads(Leading { tenure, leader, lapsed: None })));
        self.absences.lock().end(self.clock.now());
        // The server may be another than the one that was told.
        self.captures.tell_anew();
        self.wake();
    }

    /// This host does not lead any more; `leader` does, as far as is known.
    fn lose(&self, fence: u64, leader: Option<Leader>, why: &str) {
        let lapsed = self.standing.load().leading().is_some_and(|leading| leading.lapsed.is_some());
        if !self.replace(fence, &Standing::waiting(leader, why, self.clock.now())) {
            return;
        }
        if lapsed {
            self.absences.lock().begin(self.clock.now(), why); // that it leads no more was said
        } else {
            self.end_leading(why);
        }
    }

    fn end_leading(&self, why: &str) {
        log::error!(target: LOG_TARGET, "not leading any more: {why}; nothing is captured or published here");
        self.losses.fetch_add(1, Ordering::Relaxed);
        self.absences.lock().begin(self.clock.now(), why);
        self.wake();
    }

    /// The server does not know the tenure of this number: another leads.
    pub(crate) fn fenced(&self, fence: u64) {
        self.lose(fence, None, "Redis does not know this host as the leader");
    }

    /// Goes on waiting; says what is news.
    fn wait(&self, leader: Option<Leader>, why: &str) {
        let before = self.standing.load();
        if before.leading().is_none() && before.why() == why {
            return;
        }
        log::info!(target: LOG_TARGET, "standing by: {why}");
        let now = self.clock.now();
        self.absences.lock().begin(now, why);
        self.standing.store(Arc::new(Standing::waiting(leader, why, now)));
    }

    /// Replaces the tenure of this number; false where it is another by now.
    fn replace(&self, fence: u64, standing: &Standing) -> bool {
        let mut replaced = false;
        self.standing.rcu(|now| {
            replaced = now.leading().is_some_and(|leading| leading.tenure.fence == fence);
            if replaced { Arc::new(standing.clone()) } else { Arc::clone(now) }
        });
        replaced
    }

    fn heard(&self) {
        if self.last_error.swap(None).is_some() {
            log::info!(target: LOG_TARGET, "Redis answers again");
        }
    }

    fn note_error(&self, error: &str) {
        if self.last_error.load().as_deref().is_none_or(|last| last != error) {
            log::warn!(target: LOG_TARGET, "the lease cannot be renewed: {error}");
            self.last_error.store(Some(Arc::new(error.to_string())));
        }
    }

    fn wake(&self) {
        self.listeners.lock().iter().for_each(Waker::wake);
    }

    /// Gives the lease back within `bound`, once nobody works any more.
    pub fn release(&self, bound: Duration) {
        // A forked child has the socket too, and not the lease.
        if self.process != std::process::id() {
            return;
        }
        let Some(token) = self.standing.load().leading().map(|leading| Arc::clone(&leading.tenure.token))
        else {
            return;
        };
        self.standing.store(Arc::new(Standing::waiting(None, "the stack is stopping", self.clock.now())));
        let Some(mut keeper) = self.keeper.try_lock_for(bound) else { return };
        if let Err(error) = keeper.server.release(&token, bound) {
            log::warn!(target: LOG_TARGET, "the lease runs out by itself: {error}");
        }
    }

    /// For one capture by hand: takes the lease, to be given back, or uses that of this home's own stack (then false).
    ///
    /// # Errors
    /// Another host leads, or it cannot be told; in words for people.
    pub fn take_or_share(&self) -> Result<bool, String> {
        let asked = Moment::now(self.clock.as_ref());
        let mut keeper = self.keeper.lock();
        match keeper.server.acquire(&Ask { ttl: self.ttl, above: 0, anew: true })? {
            Acquired::Ours { fence, token, leader } => {
                self.lead(Tenure::new(fence, token.into(), asked, self.ttl), leader);
                Ok(true)
            }
            Acquired::Held(Other { leader: Some(leader), token, is_this_home: true, left }) => {
                let left = left.unwrap_or(self.ttl);
                self.lead(Tenure::new(leader.fence, token.into(), asked, left), leader);
                Ok(false)
            }
            Acquired::Held(other) => Err(format!("{other}; do it there")),
            Acquired::Lost => Err("Redis lost the lease; try again".into()),
        }
    }

    pub(super) fn captures(&self) -> &Captures {
        &self.captures
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    pub(super) fn absent_between(&self, from: Timestamp, to: Timestamp) -> Option<String> {
        self.absences.lock().between(from, to)
    }

    /// Asks the server, beside the keeper.
    pub(super) fn ask<A>(
        &self,
        question: impl FnOnce(&mut dyn LeaseServer) -> Result<A, String>,
    ) -> Result<A, String> {
        match self.asker.try_lock_for(self.ttl / 3) {
            Some(mut server) => question(server.as_mut()),
            None => Err("another question is still on its way (bus.timeout)".into()),
        }
    }
}

#[cfg(test)]
mod tests;
