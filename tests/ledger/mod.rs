//! The ledger: its contract, its schema's own rules, and what happens when machine or disk fail.

#![allow(clippy::print_stderr, clippy::print_stdout)] // scenes talk to the tests that play them

mod backup;
mod contract;
mod counts;
#[cfg(unix)]
mod crash;
pub(crate) mod crashes;
mod damage;
#[cfg(target_os = "linux")]
pub(crate) mod disk;
mod followed;
mod gaps;
mod imports;
mod migration;
pub(crate) mod rows;
pub(crate) mod scene;
mod schema;
mod sharing;
