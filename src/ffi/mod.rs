//! The C ABI, for hosts in Python, .NET, Excel and C; `thor_stack.h` beside this file is its contract.
//!
//! Each entry compares process ids before it touches a lock, and is a `catch_unwind` that returns a code.

// Pointers come from C and names go to its linker: there is no safe way for either.
#![allow(unsafe_code)]

mod buffer;
mod code;
mod last_error;
mod log_lines;
mod status;

use crate::background::{self, StartOptions, StartOutcome};
use crate::config::{self, Loaded, Sources};
use crate::os;
use code::{Code, Refusal};
use std::ffi::{CStr, c_char, c_int};
use std::path::PathBuf;
use std::time::Duration;

/// The longest that a stop waits: a host that says -1 for "for ever" must not hang for 49 days.
const LONGEST_STOP: Duration = Duration::from_secs(600);

/// Starts the stack by the config file at this path; `thor_stack.h`.
///
/// # Safety
/// The path is null or points to a text that ends with a NUL.
#[unsafe(no_mangle)] // the name is the contract
pub unsafe extern "C" fn thor_stack_start(config_toml_path: *const c_char) -> c_int {
    code::guarded(|| {
        if config_toml_path.is_null() {
            return Err(Refusal::bad("the path of the config is null; pass \"\" for the default config"));
        }
        // Safe: not null, and the caller promises the NUL. The text is copied before this call returns.
        let path = unsafe { CStr::from_ptr(config_toml_path) };
        start(path.to_str().map_err(|_| Refusal::bad("the path of the config is not UTF-8"))?)
    })
}

fn start(path: &str) -> Result<Code, Refusal> {
    background::presence()?; // in a forked child of the stack's process: nothing below is safe there
    let (loaded, options) = (load(path)?, StartOptions::default());
    if let Some(reason) = background::objection(&loaded.config, &options) {
        return Ok(Code::No(reason.to_string())); // before the home, or a log in it, is touched
    }
    os::library::pin();
    log_lines::install(&loaded.config);
    loaded.warnings.iter().for_each(|warning| log::warn!("{warning}"));
    match background::start_background_stack(loaded.config, options) {
        Ok(StartOutcome::Started(_) | StartOutcome::StandingBy) => Ok(Code::Done),
        Ok(StartOutcome::Skipped(reason)) => Ok(Code::No(reason.to_string())),
        Err(error) => Err(Refusal::not_started(&error)),
    }
}

fn load(path: &str) -> Result<Loaded, Refusal> {
    let file = (!path.is_empty()).then(|| PathBuf::from(path));
    let loaded = config::load(&Sources { config: file, ..Sources::of_process() });
    loaded.map_err(|problems| Refusal::bad_config(&problems))
}

/// Stops the stack; `thor_stack.h`.
#[unsafe(no_mangle)] // the name is the contract
pub extern "C" fn thor_stack_stop(timeout_ms: u32) -> c_int {
    code::guarded(|| {
        let timeout = Duration::from_millis(timeout_ms.into()).min(LONGEST_STOP);
        let report = background::stop_background_stack(timeout)?;
        Ok(if report.is_clean() { Code::Done } else { Code::No(report.to_string()) })
    })
}

/// Writes the status as JSON; `thor_stack.h`.
///
/// # Safety
/// `buf` is null or points to `len` bytes that may be written.
#[unsafe(no_mangle)] // the name is the contract
pub unsafe extern "C" fn thor_stack_status_json(buf: *mut c_char, len: usize) -> c_int {
    code::guarded(|| {
        // Safe: the caller promises `len` bytes.
        let buffer = unsafe { buffer::of(buf, len) }.ok_or_else(Refusal::null_buffer)?;
        Ok(Code::Wrote(buffer::write(&status::json()?, buffer)))
    })
}

/// Writes what the last call of this thread said; `thor_stack.h`.
///
/// # Safety
/// `buf` is null or points to `len` bytes that may be written.
#[unsafe(no_mangle)] // the name is the contract
pub unsafe extern "C" fn thor_stack_last_error(buf: *mut c_char, len: usize) -> c_int {
    code::quiet(|| {
        // Safe: the caller promises `len` bytes.
        let buffer = unsafe { buffer::of(buf, len) }.ok_or_else(Refusal::null_buffer)?;
        Ok(Code::Wrote(buffer::write(&last_error::text(), buffer)))
    })
}

/// The version; `thor_stack.h`.
#[unsafe(no_mangle)] // the name is the contract
pub extern "C" fn thor_stack_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    VERSION.as_ptr()
}
