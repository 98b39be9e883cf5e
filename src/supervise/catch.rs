//! The boundary that panics do not cross.

use super::trace;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `f`; a panic becomes its text, and where it was can be taken from [`trace`] until the next call.
///
/// Asserts unwind safety: what `f` may have torn must be thrown away by the caller.
pub(crate) fn catch<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    trace::forget();
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let text = text(payload.as_ref());
        trace::keeping_the_last(|| discard(payload));
        text
    })
}

/// A formatted message arrives as `String`, a literal as `&str`, `panic_any` as anything.
fn text(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panic with a payload that is not text".to_owned())
}

/// Drops a payload, which is user code and may panic itself; the payload of that panic is leaked, else it would go
/// on for ever.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}
