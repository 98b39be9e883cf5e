//! The ledger: its contract, its schema's own rules, and what happens when machine or disk fail.

#![allow(clippy::print_stderr, clippy::print_stdout)] // scenes talk to the tests that play them

mod backup;
mod contract;
#[cfg(unix)]
mod crash;
mod damage;
#[cfg(target_os = "linux")]
mod disk;
pub(crate) mod rows;
mod scene;
mod schema;
mod sharing;
