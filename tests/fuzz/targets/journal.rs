//! The fuzz target of `journal`.

#![no_main]

#[path = "../contained.rs"]
mod contained;
#[path = "../harness.rs"]
#[allow(dead_code)]
mod harness;

libfuzzer_sys::fuzz_target!(init: contained::begin(), |data: &[u8]| contained::run(harness::journal, data));
