//! What the tests share: one helper a thing that they speak of.

pub(crate) mod program;
pub mod redis;
pub(crate) mod workbooks;
pub(crate) mod xlsb;
