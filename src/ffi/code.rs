//! What an entry returns: a number to C, and its text to the thread's last error.

use super::last_error;
use crate::background::{BackgroundError, Forked};
use crate::config::Problems;
use crate::supervise::catch::catch;
use std::error::Error;
use std::ffi::c_int;

/// What went as it should.
pub(super) enum Code {
    /// 0.
    Done,
    /// 1, with the reason.
    No(String),
    /// What writing into a buffer returned.
    Wrote(c_int),
}

/// A negative number with its text.
pub(super) struct Refusal {
    code: c_int,
    text: String,
}

const BAD_ARGUMENT: c_int = -1;
const BAD_CONFIG: c_int = -2;
const NOT_STARTED: c_int = -3;
const FORKED: c_int = -4;
const PANIC: c_int = -5;

impl Refusal {
    pub(super) fn bad(text: &str) -> Refusal {
        Refusal { code: BAD_ARGUMENT, text: text.to_owned() }
    }

    pub(super) fn null_buffer() -> Refusal {
        Refusal::bad("the buffer is null")
    }

    pub(super) fn bad_config(problems: &Problems) -> Refusal {
        Refusal { code: BAD_CONFIG, text: problems.to_string() }
    }

    pub(super) fn not_started(error: &BackgroundError) -> Refusal {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Refusal { code: NOT_STARTED, text }
    }
}

impl From<Forked> for Refusal {
    fn from(forked: Forked) -> Refusal {
        Refusal { code: FORKED, text: forked.to_string() }
    }
}

/// Runs the body of an entry; its text becomes the thread's last error.
pub(super) fn guarded(body: impl FnOnce() -> Result<Code, Refusal>) -> c_int {
    let (code, text) = answer(body);
    last_error::set(text);
    code
}

/// The same, and the last error stays.
pub(super) fn quiet(body: impl FnOnce() -> Result<Code, Refusal>) -> c_int {
    answer(body).0
}

fn answer(body: impl FnOnce() -> Result<Code, Refusal>) -> (c_int, String) {
    match catch(body) {
        Ok(Ok(Code::Done)) => (0, String::new()),
        Ok(Ok(Code::No(reason))) => (1, reason),
        Ok(Ok(Code::Wrote(size))) if size < 0 => {
            (size, format!("the buffer is short: {} bytes are enough", -size))
        }
        Ok(Ok(Code::Wrote(size))) => (size, String::new()),
        Ok(Err(Refusal { code, text })) => (code, text),
        Err(panic) => (PANIC, format!("thor-stack panicked: {panic}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_code_with_its_text() {
        assert_eq!(guarded(|| panic!("row 812")), PANIC);
        assert_eq!(last_error::text(), "thor-stack panicked: row 812");
        assert_eq!(guarded(|| Ok(Code::Done)), 0);
        assert_eq!(last_error::text(), "");
    }
}
