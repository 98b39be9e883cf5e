//! No signals: console events have a thread of their own.

/// Nothing.
pub(crate) struct Held;

/// Holds nothing.
pub(crate) fn hold() -> Held {
    Held
}
