//! The library in a host: the loader keeps what has threads.

/// Nothing is left to do.
pub(crate) fn pin() {}
