//! The one integration binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what is wrong by failing; clippy.toml allows that in #[test] functions alone"
)]

mod conformance;
#[cfg(unix)] // signals, forks and sockets of Unix
mod control;
