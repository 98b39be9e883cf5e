//! The ledger: its contract, its schema's own rules, and what happens when machine or disk fail.

#![allow(clippy::print_stderr, clippy::print_stdout)] // scenes talk to the tests that play them

mod backup;
mod contract;
mod counts;
#[cfg(unix)]
mod crash;
mod damage;
#[cfg(target_os = "linux")]
pub(crate) mod disk;
mod followed;
mod imports;
pub(crate) mod rows;
mod scene;
mod schema;
mod sharing;
