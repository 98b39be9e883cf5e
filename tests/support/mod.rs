//! What tests share.

pub(crate) mod workbooks;
