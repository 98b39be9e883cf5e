//! The one integration binary.

// A test says what went wrong by panicking, its helpers too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(unreachable_pub)] // support is shared between modules of one binary

#[allow(dead_code)] // helpers that the tests of later workers share
mod support;

mod calendar;
mod cli;
mod config;
mod conformance;
#[cfg(unix)] // signals, forks and sockets of Unix
mod control;
#[cfg(target_os = "linux")] // threads are counted in /proc
mod embed;
mod faults;
mod feed;
#[cfg(target_os = "linux")] // a socket of Unix
mod fuzz;
mod layering;
#[cfg(unix)] // signals of Unix
mod lease;
mod ledger;
mod life;
mod market;
mod outlet;
mod records;
mod replay;
#[cfg(unix)] // signals, and a redis-server as a child
mod stack;
#[cfg(windows)] // share modes, drives, consoles and services
mod windows;
