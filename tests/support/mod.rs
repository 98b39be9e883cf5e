//! What several tests need.

pub mod redis;
//! What tests share.

pub(crate) mod workbooks;
