//! What several tests need.

pub mod redis;
//! What tests share.

pub(crate) mod workbooks;
//! What the tests share: one helper a thing that they speak of.

pub(crate) mod program;
