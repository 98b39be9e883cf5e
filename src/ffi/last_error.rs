//! The last error, one a thread, as `errno` is: no thread sees another's, and there is no lock that a fork could
//! find taken.

use std::cell::RefCell;

thread_local! {
    static TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps `text`; lost where the thread is ending already.
pub(super) fn set(text: String) {
    TEXT.try_with(|place| place.replace(text)).ok();
}

/// What the last call of this thread said.
pub(super) fn text() -> String {
    TEXT.try_with(|place| place.borrow().clone()).unwrap_or_default()
}
