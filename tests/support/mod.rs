//! What tests share.

pub mod workbooks;
