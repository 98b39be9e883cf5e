//! The ledger: its contract, its schema's own rules, and what happens when machine or disk fail.

// A test that cannot go on stops; clippy knows only functions marked as tests.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::print_stdout)]

mod backup;
mod contract;
#[cfg(unix)]
mod crash;
mod damage;
#[cfg(target_os = "linux")]
mod disk;
mod rows;
mod scene;
mod schema;
mod sharing;
