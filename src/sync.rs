//! What the threads of `supervise` meet at: one place, so that the models of `tests/models` can put their own in it.

pub(crate) use crossbeam_channel::{
    Receiver, Sender, TrySendError, at, bounded, never, select_biased, unbounded,
};
pub(crate) use parking_lot::Mutex;
pub(crate) use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
pub(crate) use std::thread::{Builder, JoinHandle};
