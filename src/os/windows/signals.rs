//! No signals: console events have a thread of their own.

/// Nothing.
pub(crate) struct Held;

/// Holds nothing.
pub(crate) fn hold() -> Held {
    Held
}

/// Has nothing to let through.
pub(crate) fn let_through() -> Held {
    Held
}
