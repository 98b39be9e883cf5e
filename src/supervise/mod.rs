//! The runtime: workers on OS threads, restarted when they crash, stopped together. Knows nothing of markets.

mod clock;
mod generation;
mod waker;
mod worker;

pub use clock::{Clock, ManualClock, Mono, SystemClock};
pub use generation::{Generation, Revoked};
pub use waker::Waker;
pub use worker::{Next, Worker, WorkerError};

/// What a cycle is given.
pub struct Context {}
