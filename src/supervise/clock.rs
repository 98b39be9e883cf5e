//! The one place that reads a clock, and its manual stand-in for tests, replays and users' own tests.

use crate::sync::{self, Mutex, Receiver, Sender};
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A point on the monotonic clock: the time since the clock was made. For deadlines and back-off, which the wall
/// clock must never decide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mono(pub Duration);

impl Mono {
    /// The time from `earlier` to here; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Mono) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The point `duration` later (the end of time if that overflows).
    #[must_use]
    pub fn plus(self, duration: Duration) -> Mono {
        Mono(self.0.saturating_add(duration))
    }
}

impl fmt::Debug for Mono {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{:?}", self.0)
    }
}

/// Time as the stack sees it. Decisions take `now` as a value; only holders of a clock read it.
pub trait Clock: Send + Sync {
    /// The wall clock: what quotes and market events are compared with. May step either way.
    fn now(&self) -> Timestamp;

    /// The monotonic clock. Never steps back; stops in suspend on Linux.
    fn mono(&self) -> Mono;

    /// A channel that gets one message (its value means nothing) once the monotonic clock has reached `deadline`; at once if it has.
    fn timer(&self, deadline: Mono) -> Receiver<Instant>;

    /// How long after `due` somebody wakes who had a timer set for it and wakes now. Much of it means that the process
    /// stood still (SIGSTOP, suspend, no processor); the watchdog condemns nobody for such time.
    fn overslept(&self, due: Mono) -> Duration {
        self.mono().since(due)
    }

    /// How long the machine has slept so far, counted from some moment in the past: what grows while [`Clock::mono`]
    /// stands still. Zero for ever where the system does not tell it from a wall clock that was set.
    fn asleep(&self) -> Duration {
        Duration::ZERO
    }

    /// How long ago the machine was started: until the network has set it, its wall clock may be hours wrong. For ever where
    /// the system does not tell.
    fn since_boot(&self) -> Duration {
        Duration::MAX
    }
}

/// The system's clocks.
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock whose monotonic side starts at zero now.
    #[must_use]
    pub fn new() -> SystemClock {
        SystemClock { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    #[cfg(not(feature = "failpoints"))]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[cfg(feature = "failpoints")]
    fn now(&self) -> Timestamp {
        crate::fault::shifted(Timestamp::now())
    }

    fn mono(&self) -> Mono {
        Mono(self.origin.elapsed())
    }

    fn timer(&self, deadline: Mono) -> Receiver<Instant> {
        match self.origin.checked_add(deadline.0) {
            Some(instant) => sync::at(instant),
            None => sync::never(),
        }
    }

    fn asleep(&self) -> Duration {
        crate::os::sleep::asleep()
    }

    fn since_boot(&self) -> Duration {
        crate::os::sleep::since_boot()
    }
}

/// A clock that stands still until it is told to move. Clones share the time. Supervisors that live by it restart,
/// back off, and replace workers that hang when it says so:
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use thor_stack::supervise::*;
///
/// /// Hangs in its first incarnation, until the test lets it go.
/// struct Frozen(crossbeam_channel::Receiver<()>);
///
/// impl Worker for Frozen {
///     fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
///         if ctx.generation().number() == 1 {
///             self.0.recv().ok();
///         }
///         Ok(Next::OnWake)
///     }
/// }
///
/// let clock = ManualClock::starting_at("2025-11-28T14:29:00Z".parse()?);
/// let (release, frozen) = crossbeam_channel::bounded::<()>(0);
/// let mut supervisors = Supervisors::new(Arc::new(clock.clone()));
/// let policy = Policy { deadline: Some(Duration::from_secs(30)), ..Policy::default() };
/// supervisors.add("Frozen", policy, move |_| Ok(Box::new(Frozen(frozen.clone()))))?;
/// let (events, running) = (supervisors.events(), supervisors.start()?);
/// while running.status()[0].state != State::Running {
///     std::thread::yield_now();
/// }
/// clock.advance(Duration::from_secs(31));
/// let hung = events.iter().find(|event| matches!(event.kind, EventKind::Hung { .. })).unwrap();
/// assert!(hung.to_string().starts_with("Frozen: hung for 31.0s; replaced in 3.0s"));
/// clock.advance(Duration::from_secs(3));
/// events.iter().find(|event| matches!(event.kind, EventKind::Restarted { generation: 2, .. })).unwrap();
/// drop(release);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Timers alone:
///
/// ```
/// use std::time::Duration;
/// use thor_stack::supervise::{Clock, ManualClock};
///
/// let clock = ManualClock::starting_at("2025-11-28T14:29:59Z".parse().unwrap());
/// let timer = clock.timer(clock.mono().plus(Duration::from_secs(1)));
/// assert!(timer.try_recv().is_err());
/// clock.advance(Duration::from_secs(1));
/// assert!(timer.try_recv().is_ok());
/// assert_eq!(clock.now().to_string(), "2025-11-28T14:30:00Z");
/// ```
#[derive(Clone)]
pub struct ManualClock {
    state: Arc<Mutex<ManualState>>,
}

struct ManualState {
    now: Timestamp,
    mono: Mono,
    asleep: Duration,
    timers: Vec<(Mono, Sender<Instant>)>,
    /// The last time in which nobody could run.
    standstill: (Mono, Mono),
    /// When the machine was started, if that is known.
    booted_at: Option<Mono>,
}

impl ManualClock {
    /// A clock that shows `now` and does not move.
    #[must_use]
    pub fn starting_at(now: Timestamp) -> ManualClock {
        let (mono, timers) = (Mono::default(), Vec::new());
        let state = ManualState {
            now,
            mono,
            asleep: Duration::ZERO,
            timers,
            standstill: (mono, mono),
            booted_at: None,
        };
        ManualClock { state: Arc::new(Mutex::new(state)) }
    }

    /// Moves both clocks by `duration`, in which everybody could run, and fires the timers that are due, the earliest
    /// first.
    pub fn advance(&self, duration: Duration) {
        self.state.lock().advance(duration);
    }

    /// Moves both clocks by `duration`, in which nobody could run, as after a SIGSTOP: timers come as late as that.
    pub fn stand_still(&self, duration: Duration) {
        let mut state = self.state.lock();
        state.standstill = (state.mono, state.mono.plus(duration));
        state.advance(duration);
    }

    /// Sets the wall clock alone, as NTP, a user, or the end of a suspend does: deadlines do not move.
    pub fn step_wall_clock(&self, now: Timestamp) {
        self.state.lock().now = now;
    }

    /// Lets the machine sleep for `duration`: the wall clock goes on, deadlines do not move.
    pub fn suspend(&self, duration: Duration) {
        let mut state = self.state.lock();
        state.asleep = state.asleep.saturating_add(duration);
        state.now = state.now.checked_add(duration).unwrap_or(Timestamp::MAX);
    }

    /// Starts the machine at this moment.
    pub fn boot(&self) {
        let mut state = self.state.lock();
        state.booted_at = Some(state.mono);
    }

    /// The earliest deadline that a timer waits for, if any does.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        let mut state = self.state.lock();
        // A timer whose receiver is gone waits for nobody, but crossbeam tells that only on sending; the sender
        // side keeps no count, so such entries stay until they are due.
        state.timers.sort_by_key(|(deadline, _)| *deadline);
        state.timers.first().map(|(deadline, _)| *deadline)
    }
}

impl ManualState {
    fn advance(&mut self, duration: Duration) {
        self.mono = self.mono.plus(duration);
        self.now = self.now.checked_add(duration).unwrap_or(Timestamp::MAX);
        let mono = self.mono;
        let (mut due, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.timers).into_iter().partition(|(deadline, _)| *deadline <= mono);
        self.timers = waiting;
        due.sort_by_key(|(deadline, _)| *deadline);
        for (_, sender) in due {
            fire(&sender);
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state.lock().now
    }

    fn mono(&self) -> Mono {
        self.state.lock().mono
    }

    fn asleep(&self) -> Duration {
        self.state.lock().asleep
    }

    fn since_boot(&self) -> Duration {
        let state = self.state.lock();
        state.booted_at.map_or(Duration::MAX, |at| state.mono.since(at))
    }

    fn timer(&self, deadline: Mono) -> Receiver<Instant> {
        let (sender, receiver) = sync::bounded(1);
        let mut state = self.state.lock();
        if deadline <= state.mono {
            fire(&sender);
        } else {
            state.timers.push((deadline, sender));
        }
        receiver
    }

    /// What stood still of the time since then.
    fn overslept(&self, due: Mono) -> Duration {
        let (from, to) = self.state.lock().standstill;
        to.since(due.max(from))
    }
}

/// Sends the one message of a timer; the receiver may be gone, and then nobody waits.
fn fire(sender: &Sender<Instant>) {
    sender.try_send(Instant::now()).ok();
}
