//! The one integration binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that cannot go on says so by failing
#![allow(unreachable_pub)] // support is shared between modules of one binary

mod outlet;

mod feed;
mod support;

// A test says what went wrong by panicking, its helpers too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)] // helpers that the tests of later workers share
mod support;

mod cli;
mod config;
