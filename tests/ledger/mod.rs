//! The ledger: its contract, its schema's own rules, and what happens when machine or disk fail.

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
