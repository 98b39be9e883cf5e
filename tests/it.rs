//! The one integration binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that cannot go on says so by failing
#![allow(unreachable_pub)] // support is shared between modules of one binary

mod outlet;

mod feed;
mod support;
