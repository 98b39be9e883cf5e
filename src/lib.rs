//! `thor-stack` keeps the background workers of a futures trader's stack alive: plain OS threads, one for each
//! supervisor, each a `catch_unwind` restart loop, coordinated by channels and a shared shutdown flag. It reads the
//! quotes that thinkorswim delivers into an Excel workbook, keeps the latest of each symbol on a board in this process,
//! and publishes them to Redis for other programs. It blocks on purpose: there is no async runtime anywhere in it.
//!
//! # Threads
//!
//! ```text
//! host or main ── Stack::builder ──> StackHandle        status, events, restart, shutdown; dropping it stops everything
//!                                       │ commands, shutdown (flag + disconnect)
//!        ┌──────────────────────────────┼────────────────────────┐
//!  ExcelPollerSupervisor        QuoteSubscriber             your own workers
//!   build → cycle → wait         (where no poller runs)
//!        │ writes                       │ writes
//!        └──────────> board <───────────┘ ──fan-out──> workers of this process
//!                       │ after it
//!                       └──> outlet (Redis)
//!  events ──channel──> listener: log lines and counters
//!         └─channel──> recorder: crashes and gaps into the ledger
//! ```
//!
//! Every supervisor is one named OS thread with one loop: build the worker from its factory, run a cycle inside
//! `catch_unwind`, wait for shutdown, a command, a wake-up or the deadline, whichever is first. Every wait ends on
//! shutdown. The folder watcher is the system's own thread and only wakes the poller.
//!
//! # Data
//!
//! Data goes one way: workbook → [`feed`] (verified bytes → quotes) → [`board`] (immutable snapshots, swapped whole) →
//! [`outlet`] (one atomic step a save). Workers read the board, never Redis. Prices are exact decimals
//! ([`value::Price`]) from the cell on, and absent is `None`.
//!
//! # Failure
//!
//! | what fails | what it costs |
//! |---|---|
//! | a cycle panics or errs | the worker is rebuilt from its factory after a jittered back-off; board and outlet keep what they had |
//! | a worker hangs | after its deadline its generation is revoked and another thread takes its place; too many such threads end the program, which is started again |
//! | the stack is not ready a minute before an open | an alarm: log, event, status, `alarm.command` |
//! | a save is in progress, the file is locked or short | some milliseconds; the last good quotes stay |
//! | the workbook is gone or damaged | its quotes age, are marked stale in time, and the reason is in log and status |
//! | one cell is odd | that cell is absent and reported with sheet, cell and value; the others are published |
//! | Redis is down, stalled or refuses | nothing on the board; at most `bus.timeout` of a poll, and `bus.connect_timeout` where it connects anew; the whole latest state after recovery |
//! | another host leads (`[lease]`) | this one stands by: its workers are parked until the lease is its own |
//! | the lease cannot be proved (Redis is away) | nothing is captured or published by anybody; an open that passes meanwhile is recorded as missed with that reason |
//! | another process publishes | this one keeps its board and says who holds the lock |
//! | another process has the home | a host stands by ([`start_background_stack`]) and takes over within its retry interval |
//! | the ledger cannot be opened, or is held by another | who needs it says why and tries again; quotes go on, grades already made are kept |
//! | the process is down at an open | the capture is late and says so; if the market closed meanwhile, the open is recorded as missed |
//! | the process starts while the feed is frozen | nothing: since when a row stands still is in the ledger, a minute old at most |
//! | anything is down for a while | a gap in the ledger, and rows whose grading fell into it say so in `data_gap` |
//! | a thread cannot be spawned | that supervisor backs off; the others run |
//!
//! # Invariants
//!
//! - No layer knows the one above it (`tests/layering.rs` reads the `use` lines).
//! - Only [`supervise::Clock`] reads a clock; decisions take `now`.
//! - Every write to board, outlet and ledger carries the writer's [`supervise::Generation`] and is refused once it was replaced.
//! - No user code runs under a lock; readers never wait for writers.
//! - The library installs no signal handler, no logger and no panic hook, and never ends the process.
//!
//! # The modules, in reading order

mod fault;

pub mod value;

pub mod os;

pub mod rules;

pub mod supervise;

mod sync;

pub mod config;

pub mod calendar;

pub mod feed;

pub mod board;

pub mod lease;

pub mod outlet;

pub mod ledger;

pub mod journal;

pub mod simulator;

pub mod workers;

pub mod guard;

pub mod instance;

pub mod control;
pub mod replay;

mod background;

pub mod log_file;

mod stack;

/// The C ABI; see `src/ffi/thor_stack.h`.
pub mod ffi;

pub use background::{
    BackgroundError, Forked, StartOptions, StartOutcome, background_stack, start_background_stack,
    stop_background_stack,
};
pub use supervise::record_panics;

pub use stack::{
    Alarm, AlarmKind, LastExit, LedgerStatus, RecordsStatus, Respawns, Stack, StackBuilder, StackControl,
    StackError, StackHandle, StackState, StackStatus, WorkbookStatus,
};
