//! The stack without threads and without time: saves and due workers take turns under a manual clock.
//!
//! A [`Driver`] takes saves from a [`Saves`] (a [`Recording`] of journals and workbooks, or a simulated day), puts each
//! on the board, and steps the workers that it wakes or that are due, the earliest first, in one thread. So the same
//! saves and the same config give the same ledger, to the last row, on every run and at any speed.
//!
//! # Invariants
//! - At one instant saves come first, then workers, in start order: a capture at the open sees the latest save at or
//!   before it.
//! - No bus, no lock, no file is touched but the recordings and the ledger that it is given.

mod clock;
mod driver;
mod pace;
mod recording;
mod saves;
mod simulated;
mod workbooks;
mod workers;

pub use driver::{Driver, Progress, Run, RunError, WorkerFailure};
pub use pace::{Pace, Speed};
pub use recording::{Recording, RecordingError};
pub use saves::{Save, Saves};
pub use simulated::SimulatedDay;
