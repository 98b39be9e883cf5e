//! The server's side: one thread for all clients, asleep while there are none.

use super::connection::{Connection, Goes, Surroundings};
use super::{Control, Refusal, ServeError};
use crate::instance::InstanceLock;
use crate::os::channel::{Bell, Gate};
use crate::supervise::thread::spawn_named;
use crate::supervise::{Clock, Mono, SystemClock};
use crossbeam_channel::Receiver;
use parking_lot::Mutex;
use std::convert::Infallible;
use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The thread's name.
const THREAD: &str = "control";

/// Its stack: answers are made on it, as deep as a status is nested.
const STACK_SIZE: usize = 512 * 1024;

/// How many clients are served at once; more wait in the system's queue, until one of these is done or dropped.
const MAX_CLIENTS: usize = 256;

/// How long no client is accepted after the system refused to (too many open files).
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

/// How long a shutdown waits for the thread, which waits for nobody but may be inside an answer.
const JOIN_TIME: Duration = Duration::from_secs(3);

/// A running control server. Dropping it shuts it down; drop it before the lock of its home.
pub struct Server {
    shared: Arc<Shared>,
    bell: Bell,
    thread: Mutex<Option<JoinHandle<()>>>,
    ended: Receiver<Infallible>,
    pid: u32,
}

struct Shared {
    stop: AtomicBool,
    counters: Counters,
}

/// What the server has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Clients accepted.
    pub clients: u64,
    /// Requests read.
    pub requests: u64,
    /// Requests answered with a refusal.
    pub refused: u64,
    /// Clients dropped because they neither spoke nor read in time.
    pub dropped: u64,
    /// Times the system refused a connection or a wait.
    pub failures: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    clients: AtomicU64,
    requests: AtomicU64,
    refused: AtomicU64,
    dropped: AtomicU64,
    failures: AtomicU64,
}

impl Server {
    /// Opens the control channel of a home that is held by `lock`, and answers by `control` from now on.
    ///
    /// # Errors
    /// [`ServeError`] when the system refuses the socket or the thread.
    pub fn start(lock: &InstanceLock, control: Arc<dyn Control>) -> Result<Server, ServeError> {
        let (gate, bell) = Gate::open(lock.home()).map_err(|error| ServeError::of(lock.home(), error))?;
        let shared = Arc::new(Shared { stop: AtomicBool::new(false), counters: Counters::default() });
        // The thread owns a sender that it never uses: its disconnect says that the body has ended.
        let (owned, ended) = crossbeam_channel::bounded(0);
        let service = Service { gate, control, shared: Arc::clone(&shared), clock: SystemClock::new() };
        let thread = spawn_named(THREAD, STACK_SIZE, move || {
            let _ended = owned;
            service.run();
        })
        .map_err(ServeError::Thread)?;
        Ok(Server { shared, bell, thread: Mutex::new(Some(thread)), ended, pid: process::id() })
    }

    /// What it has done so far.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.shared.counters.figures()
    }

    /// Closes the channel: pending answers that are known by now go out, other pending clients hear that the stack is
    /// stopping, nobody is waited for. Whether the thread has ended, which takes at most a second and in general
    /// microseconds. Again is harmless; in a forked child it does nothing, for the server is the parent's.
    pub fn shutdown(&self) -> bool {
        if self.pid != process::id() {
            return false;
        }
        self.shared.stop.store(true, Ordering::Release);
        self.bell.ring();
        // Nothing is ever sent: either way of ending but the timeout is the disconnect.
        if self.ended.recv_timeout(JOIN_TIME) == Err(crossbeam_channel::RecvTimeoutError::Timeout) {
            log::warn!("the control thread has not ended within {JOIN_TIME:?}");
            return false;
        }
        if let Some(thread) = self.thread.lock().take() {
            thread.join().ok(); // the body has ended, and its panics are caught
        }
        true
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown();
    }
}

struct Service {
    gate: Gate,
    control: Arc<dyn Control>,
    shared: Arc<Shared>,
    clock: SystemClock,
}

impl Service {
    fn run(mut self) {
        let mut connections = Vec::new();
        let mut closed_until = Mono::default();
        while !self.shared.stop.load(Ordering::Acquire) {
            if let Err(error) = self.turn(&mut connections, &mut closed_until) {
                closed_until = self.clock.mono().plus(REFUSED_PAUSE);
                self.shared.counters.count_failure(&error);
            }
        }
        let around = self.around();
        connections.iter_mut().for_each(|connection| connection.farewell(&around));
    }

    /// One wait, and a turn for everybody.
    fn turn(&mut self, connections: &mut Vec<Connection>, closed_until: &mut Mono) -> io::Result<()> {
        let now = self.clock.mono();
        let open = now >= *closed_until && connections.len() < MAX_CLIENTS;
        let reopens = (now < *closed_until).then_some(*closed_until);
        let due = connections.iter().filter_map(|connection| connection.due(now)).chain(reopens).min();
        let timeout = due.map(|due| due.since(now));
        let hung_up = self.gate.wait(connections.iter().map(Connection::waits), open, timeout)?;
        let around = self.around();
        let mut hung_up = hung_up.into_iter();
        connections
            .retain_mut(|connection| connection.turn(&around, hung_up.next().unwrap_or(false)) == Goes::On);
        if open { self.accept(connections) } else { Ok(()) }
    }

    /// Takes in who waits at the gate, each with a first turn: most have sent their request already.
    fn accept(&mut self, connections: &mut Vec<Connection>) -> io::Result<()> {
        while connections.len() < MAX_CLIENTS {
            let Some(stream) = self.gate.accept()? else { break };
            self.shared.counters.clients.fetch_add(1, Ordering::Relaxed);
            let around = self.around();
            let mut connection = Connection::new(stream, around.now());
            if connection.turn(&around, false) == Goes::On {
                connections.push(connection);
            }
        }
        Ok(())
    }

    fn around(&self) -> Surroundings<'_> {
        Surroundings { control: self.control.as_ref(), counters: &self.shared.counters, clock: &self.clock }
    }
}

impl Counters {
    fn figures(&self) -> Figures {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            clients: get(&self.clients),
            requests: get(&self.requests),
            refused: get(&self.refused),
            dropped: get(&self.dropped),
            failures: get(&self.failures),
        }
    }

    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_refused(&self, refusal: &Refusal) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        log::debug!("control request refused: {refusal}");
    }

    pub(super) fn count_dropped(&self, reason: &str) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        log::debug!("dropped: {reason} in time");
    }

    fn count_failure(&self, error: &io::Error) {
        if self.failures.fetch_add(1, Ordering::Relaxed) == 0 {
            log::warn!("the control socket cannot be served: {error}; trying again every {REFUSED_PAUSE:?}");
        }
    }
}
