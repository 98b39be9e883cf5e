//! `thor-stack` keeps the background workers of a futures trader's stack alive, on plain OS threads.

#![warn(missing_docs)]

pub mod board;
pub mod config;
pub mod control;
pub mod guard;
pub mod instance;
pub mod outlet;
pub mod supervise;
pub mod value;
