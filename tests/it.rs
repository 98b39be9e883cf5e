//! The one integration binary.

mod feed;
mod support;
