//! The stack: the only file that names every worker. Builds them, starts them in order, stops them in reverse.

mod alarms;
mod control;
mod gate;
mod handle;
mod market_workers;
mod records;
mod respawns;
mod status;

pub use alarms::{Alarm, AlarmKind};
pub use control::StackControl;
pub use handle::StackHandle;
pub use records::RecordsStatus;
pub use respawns::{LastExit, Respawns};
pub use status::{LedgerStatus, StackState, StackStatus, WorkbookStatus};

use crate::board::Board;
use crate::config::{
    BusUrl, Config, EXCEL_POLLER, JOURNAL_WRITER, LEASE_KEEPER, QUOTE_SUBSCRIBER, SupervisorConfig,
};
use crate::lease::Lease;
use crate::ledger::Ledger;
use crate::outlet::redis::RedisLease;
use crate::outlet::{self, BusWatch, HostOutlet, Outlet, OutletError, PublisherTerms};
use crate::supervise::{
    BadName, Clock, Context, Limit, Policy, Supervisors, SystemClock, Worker, WorkerError,
};
use crate::workers::{ExcelPoller, JournalWriter, LeaseKeeper, QuoteSubscriber, SubscriptionEnd};
use alarms::{ALARMS, AlarmWatch, StandingAlarms};
use gate::Gate;
pub(crate) use market_workers::MARKET_WORKERS;
use market_workers::Premises;
use records::{Records, Site};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The stack, before it runs; see [`Stack::builder`].
#[derive(Debug)]
pub struct Stack;

impl Stack {
    /// A stack of `config` to be started with [`StackBuilder::start`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use thor_stack::{Stack, config::Config};
    ///
    /// let mut config = Config::default();
    /// config.workbook.path = Some("tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx".into());
    /// let stack = Stack::builder(config).only(["ExcelPollerSupervisor"]).start()?;
    /// let updates = stack.board().subscribe(None);
    /// let quotes = match stack.board().snapshot().quotes() {
    ///     [] => updates.updates().recv_timeout(Duration::from_secs(10))?.snapshot.quotes().len(),
    ///     quotes => quotes.len(),
    /// };
    /// assert_eq!(quotes, 11);
    /// assert!(stack.shutdown(Duration::from_secs(5)).is_clean());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn builder(config: Config) -> StackBuilder {
        StackBuilder {
            config,
            clock: Arc::new(SystemClock::new()),
            ledger: None,
            outlet: None,
            only: Vec::new(),
            guests: Vec::new(),
        }
    }
}

/// A look at calendar, board and status takes no time.
const ALARM_DEADLINE: Duration = Duration::from_secs(30);

const NO_WORKBOOK: &str = "no workbook is configured: set workbook.path, or pass --workbook FILE";

type GuestFactory = Box<dyn Fn(&Context, &Arc<Board>) -> Result<Box<dyn Worker>, WorkerError> + Send + Sync>;

type OutletFactory = Arc<dyn Fn() -> Result<Box<dyn Outlet>, OutletError> + Send + Sync>;

/// What a stack is made of.
pub struct StackBuilder {
    config: Config,
    clock: Arc<dyn Clock>,
    ledger: Option<Arc<dyn Ledger>>,
    outlet: Option<OutletFactory>,
    only: Vec<String>,
    guests: Vec<(String, Policy, GuestFactory)>,
}

/// Why a stack did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StackError {
    /// `--only` names nobody.
    #[error("no supervisor {name:?}; there are: {known}")]
    UnknownSupervisor {
        /// The name asked for.
        name: String,
        /// The names there are, joined by commas.
        known: String,
    },
    /// A worker of the host's has a name that cannot be given.
    #[error(transparent)]
    BadName(#[from] BadName),
    /// `lease.enabled` without a Redis that could hold the lease.
    #[error("lease.enabled: {0}")]
    Lease(OutletError),
    /// The system refused the thread that starts the others.
    #[error("the system refused a thread; end other programs or raise the limit of threads")]
    Spawn(#[source] std::io::Error),
}

impl StackBuilder {
    /// Lives by this clock instead of the system's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> StackBuilder {
        self.clock = clock;
        self
    }

    /// Keeps sessions in this ledger instead of the one that the config names.
    #[must_use]
    pub fn ledger(mut self, ledger: Arc<dyn Ledger>) -> StackBuilder {
        self.ledger = Some(ledger);
        self
    }

    /// Publishes quotes by an outlet of the host's own instead of the bus that the config names. `factory` makes one each
    /// time the poller is built, so also after a crash; what it must hold is the contract of [`Outlet`]. Leases,
    /// statistics before an open and rolling averages stay with the config's bus.
    #[must_use]
    pub fn outlet<F>(mut self, factory: F) -> StackBuilder
    where
        F: Fn() -> Result<Box<dyn Outlet>, OutletError> + Send + Sync + 'static,
    {
        self.outlet = Some(Arc::new(factory));
        self
    }

    /// Starts only the supervisors of these names; the others are listed as disabled. None: all.
    #[must_use]
    pub fn only<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> StackBuilder {
        self.only = names.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a worker of the host's own, started after the stack's and stopped before them.
    #[must_use]
    pub fn worker<F>(self, name: &str, policy: Policy, factory: F) -> StackBuilder
    where
        F: Fn(&Context) -> Result<Box<dyn Worker>, WorkerError> + Send + Sync + 'static,
    {
        self.worker_on_board(name, policy, move |ctx, _board| factory(ctx))
    }

    /// The same for a worker that reads the stack's quotes.
    #[must_use]
    pub fn worker_on_board<F>(mut self, name: &str, policy: Policy, factory: F) -> StackBuilder
    where
        F: Fn(&Context, &Arc<Board>) -> Result<Box<dyn Worker>, WorkerError> + Send + Sync + 'static,
    {
        self.guests.push((name.to_owned(), policy, Box::new(factory)));
        self
    }

    /// Starts the stack and returns at once; the threads come up on their own.
    ///
    /// # Errors
    /// [`StackError`]; nothing runs then. What the outside world refuses (a workbook, a Redis) is no reason not to
    /// start: it shows in the status.
    pub fn start(self) -> Result<StackHandle, StackError> {
        self.check_only()?;
        let board = Arc::new(Board::new(self.config.workbook.stale_after, self.clock.now()));
        let bus = match self.outlet {
            Some(_) => BusWatch::of_host(),
            None => BusWatch::new(&self.config.bus.url),
        };
        let mut supervisors = Supervisors::new(Arc::clone(&self.clock)).max_zombies(self.config.max_zombies);
        let lease = self.lease()?;
        let gate = Gate::of(lease.clone());
        if let Some(lease) = &lease {
            add_keeper(&mut supervisors, lease)?;
        }
        let polls = self.add_poller(&mut supervisors, &gate, &board, &bus)?;
        let end = Arc::new(SubscriptionEnd::default());
        if !polls {
            self.add_subscriber(&mut supervisors, &gate, &board, &bus, &end)?;
        }
        let (ledger, lease_of_floor) = (self.ledger.clone(), lease.clone());
        let premises = Premises::new(&self.config, &board, &self.clock, ledger, lease_of_floor);
        self.add_market_workers(&mut supervisors, &gate, &premises)?;
        self.add_journal(&mut supervisors, &gate, &board)?;
        let alarms = self.add_alarms(&mut supervisors, lease.as_ref(), &board)?;
        let intervals = self.intervals();
        for (name, policy, factory) in self.guests {
            let board = Arc::clone(&board);
            supervisors.add(&name, policy, move |ctx| factory(ctx, &board))?;
        }
        let (events, started_at) = (supervisors.events(), self.clock.now());
        let running = supervisors.start().map_err(StackError::Spawn)?;
        let (clock, site_board) = (Arc::clone(&self.clock), Arc::clone(&board));
        let on_bus = if polls { EXCEL_POLLER } else { QUOTE_SUBSCRIBER };
        let site = Site {
            premises,
            clock,
            board: site_board,
            bus: bus.clone(),
            on_bus,
            lease: lease.clone(),
            intervals,
            started_at,
        };
        let records = Records::start(site, events);
        let (config, clock) = (self.config, self.clock);
        Ok(StackHandle { running, records, board, bus, lease, end, alarms, config, clock, started_at })
    }

    /// How often each supervisor works where nothing wakes it.
    fn intervals(&self) -> HashMap<String, Duration> {
        let workbook = self.config.workbook.interval;
        let feeds = [EXCEL_POLLER, QUOTE_SUBSCRIBER, JOURNAL_WRITER].map(|name| (name.to_owned(), workbook));
        let markets = MARKET_WORKERS.iter().map(|it| (it.name.to_owned(), (it.interval)(&self.config)));
        let guests = self.guests.iter().map(|(name, policy, _)| (name.clone(), policy.interval));
        feeds.into_iter().chain(markets).chain(guests).collect()
    }

    /// This host's part in the lease, where hosts share one stack.
    fn lease(&self) -> Result<Option<Arc<Lease>>, StackError> {
        if !self.config.lease.enabled {
            return Ok(None);
        }
        let server = || RedisLease::new(&self.config).map(Box::new).map_err(StackError::Lease);
        let (ttl, clock) = (self.config.lease.ttl, Arc::clone(&self.clock));
        Ok(Some(Arc::new(Lease::new(ttl, clock, server()?, server()?))))
    }

    /// Watches over the opens; it is no supervisor that anybody sees unless it is in trouble itself.
    fn add_alarms(
        &self,
        supervisors: &mut Supervisors,
        lease: Option<&Arc<Lease>>,
        board: &Arc<Board>,
    ) -> Result<StandingAlarms, BadName> {
        let standing = StandingAlarms::default();
        let (config, board, roster) = (self.config.clone(), Arc::clone(board), supervisors.roster());
        let policy = Policy { deadline: Some(ALARM_DEADLINE), ..Policy::default() };
        let (shown, lease) = (standing.clone(), lease.cloned());
        supervisors.add_attendant(ALARMS, policy, move |_ctx| {
            Ok(Box::new(AlarmWatch::new(&config, &board, &roster, lease.as_ref(), &standing)))
        })?;
        Ok(shown)
    }

    fn check_only(&self) -> Result<(), StackError> {
        let known = || {
            [EXCEL_POLLER, QUOTE_SUBSCRIBER]
                .into_iter()
                .chain(MARKET_WORKERS.iter().map(|worker| worker.name))
                .chain(self.config.journal.enabled.then_some(JOURNAL_WRITER))
                .chain(self.guests.iter().map(|(name, ..)| name.as_str()))
        };
        match self.only.iter().find(|name| !known().any(|other| other == name.as_str())) {
            Some(name) => Err(StackError::UnknownSupervisor {
                name: name.clone(),
                known: known().collect::<Vec<_>>().join(", "),
            }),
            None => Ok(()),
        }
    }

    /// Why the stack's own supervisor `name` is not to run, if it is not.
    fn disabled(&self, name: &str) -> Option<&'static str> {
        if !self.config.supervisor(name).enabled {
            Some("switched off in the config")
        } else if !self.only.is_empty() && !self.only.iter().any(|only| only == name) {
            Some("not among --only")
        } else {
            None
        }
    }

    /// Adds the poller, or lists it with the reason why it does not run; says whether it runs.
    fn add_poller(
        &self,
        supervisors: &mut Supervisors,
        gate: &Gate,
        board: &Arc<Board>,
        bus: &BusWatch,
    ) -> Result<bool, BadName> {
        let reason =
            self.disabled(EXCEL_POLLER).or(self.config.workbook.path.is_none().then_some(NO_WORKBOOK));
        if let Some(reason) = reason {
            supervisors.add_disabled(EXCEL_POLLER, reason)?;
            return Ok(false);
        }
        let (workbook, settings) = (self.config.workbook.clone(), self.config.bus.clone());
        let (board, bus) = (Arc::clone(board), bus.clone());
        let terms = PublisherTerms { interval: workbook.interval, stale_after: workbook.stale_after };
        let policy = policy(&self.config.supervisor(EXCEL_POLLER), workbook.interval);
        let (lease, own) = (gate.lease().cloned(), self.outlet.clone());
        gate.add(supervisors, EXCEL_POLLER, policy, move |_ctx| {
            let outlet: Result<Box<dyn Outlet>, OutletError> = match (&own, &lease) {
                (Some(own), _) => own().map(|own| Box::new(HostOutlet::new(own, &bus)) as _),
                (None, Some(lease)) => outlet::open_under(lease, &settings, terms, &bus),
                (None, None) => outlet::open(&settings, terms, &bus),
            };
            let outlet = outlet.map_err(|error| WorkerError::from_error(&error))?;
            let poller = ExcelPoller::new(workbook.clone(), settings.clone(), Arc::clone(&board), outlet);
            Ok(Box::new(poller.ok_or_else(|| WorkerError::new(NO_WORKBOOK))?))
        })?;
        Ok(true)
    }

    /// Where no poller runs, Redis fills the board; whichever workers `--only` names, they need it.
    fn add_subscriber(
        &self,
        supervisors: &mut Supervisors,
        gate: &Gate,
        board: &Arc<Board>,
        bus: &BusWatch,
        end: &Arc<SubscriptionEnd>,
    ) -> Result<(), BadName> {
        if self.config.bus.url == BusUrl::Local {
            return Ok(());
        }
        if !self.config.supervisor(QUOTE_SUBSCRIBER).enabled {
            return supervisors.add_disabled(QUOTE_SUBSCRIBER, "switched off in the config");
        }
        let (settings, board, bus, end) =
            (self.config.bus.clone(), Arc::clone(board), bus.clone(), Arc::clone(end));
        let max_quote_age = self.config.capture.max_quote_age;
        let policy = policy(&self.config.supervisor(QUOTE_SUBSCRIBER), self.config.workbook.interval);
        gate.add(supervisors, QUOTE_SUBSCRIBER, policy, move |_ctx| {
            let (settings, board) = (settings.clone(), Arc::clone(&board));
            Ok(Box::new(QuoteSubscriber::new(settings, max_quote_age, board, &bus, &end)?))
        })
    }

    /// Records every save, where that is wanted.
    fn add_journal(
        &self,
        supervisors: &mut Supervisors,
        gate: &Gate,
        board: &Arc<Board>,
    ) -> Result<(), BadName> {
        if !self.config.journal.enabled {
            return Ok(());
        }
        if let Some(reason) = self.disabled(JOURNAL_WRITER) {
            return supervisors.add_disabled(JOURNAL_WRITER, reason);
        }
        let (config, board) = (self.config.clone(), Arc::clone(board));
        let policy = policy(&self.config.supervisor(JOURNAL_WRITER), self.config.workbook.interval);
        gate.add(supervisors, JOURNAL_WRITER, policy, move |ctx| {
            Ok(Box::new(JournalWriter::new(&config, &board, ctx)))
        })
    }

    /// The workers around the ledger. It is opened by the first of them: one that cannot be opened keeps those who
    /// need it in their back-off, with the reason, and nobody else.
    fn add_market_workers(
        &self,
        supervisors: &mut Supervisors,
        gate: &Gate,
        premises: &Arc<Premises>,
    ) -> Result<(), BadName> {
        for worker in MARKET_WORKERS {
            let reason = self.disabled(worker.name).or((worker.off)(&self.config));
            if let Some(reason) = reason {
                supervisors.add_disabled(worker.name, reason)?;
                continue;
            }
            let policy = policy(&self.config.supervisor(worker.name), (worker.interval)(&self.config));
            let premises = Arc::clone(premises);
            gate.add(supervisors, worker.name, policy, move |_ctx| Ok((worker.build)(premises.floor()?)))?;
        }
        Ok(())
    }
}

/// Who keeps the lease is there whichever workers `--only` names: they all work under it.
fn add_keeper(supervisors: &mut Supervisors, lease: &Arc<Lease>) -> Result<(), BadName> {
    let policy =
        Policy { first: Duration::from_millis(100), cap: Duration::from_secs(1), ..Policy::default() };
    let kept = Arc::clone(lease);
    let waker = supervisors.add(LEASE_KEEPER, policy, move |_ctx| Ok(Box::new(LeaseKeeper::new(&kept))))?;
    lease.tell(waker);
    Ok(())
}

pub(crate) fn policy(config: &SupervisorConfig, interval: Duration) -> Policy {
    Policy {
        interval,
        first: config.backoff.first,
        cap: config.backoff.cap,
        reset_after: config.backoff.reset_after,
        limit: config.limit.map(|limit| Limit { failures: limit.failures, within: limit.window }),
        deadline: config.deadline,
        ..Policy::default()
    }
}
