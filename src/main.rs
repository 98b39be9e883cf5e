//! The program: parse, log, dispatch, one exit code.

fn main() {}
