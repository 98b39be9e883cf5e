//! Runs a harness under libFuzzer as the program runs it: a panic that is caught where it happens is contained, and only
//! one that comes out of the harness is a case. libFuzzer's own hook would end at each.

use std::panic::{catch_unwind, set_hook};
use std::sync::Mutex;

static LAST: Mutex<String> = Mutex::new(String::new());

/// Takes the place of libFuzzer's hook.
pub fn begin() {
    set_hook(Box::new(|info| *LAST.lock().unwrap_or_else(|it| it.into_inner()) = info.to_string()));
}

/// Tries one input.
pub fn run(harness: fn(&[u8]), data: &[u8]) {
    if catch_unwind(|| harness(data)).is_err() {
        eprintln!("not contained: {}", LAST.lock().unwrap_or_else(|it| it.into_inner()));
        std::process::abort();
    }
}
