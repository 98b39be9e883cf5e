//! The C ABI from a C program, compiled here against the header.

use super::{config, library, root};
use std::path::Path;
use std::process::{Command, Output};

/// Compiles `host.c` with these options besides and runs it on a stack of its own.
fn run_host(folder: &Path, options: &[&str]) -> Output {
    let (library, program) = (library(), folder.join("host"));
    let mut compiler = Command::new("cc");
    compiler.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]).args(options).arg("-I");
    compiler.arg(root().join("src/ffi")).arg(root().join("tests/embed/host.c")).arg(&library);
    compiler.arg("-o").arg(&program).arg(format!("-Wl,-rpath,{}", library.parent().unwrap().display()));
    assert!(compiler.status().unwrap().success(), "cc {options:?}");
    // What the process keeps to its end is no leak.
    let leaks = ("ASAN_OPTIONS", "detect_leaks=0");
    Command::new(&program).arg(config(folder)).env_clear().envs([leaks]).output().unwrap()
}

#[track_caller]
fn is_done(output: &Output) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    assert_eq!((&*String::from_utf8_lossy(&output.stdout), &*errors), ("done\n", ""));
}

#[test]
fn a_c_program_starts_asks_and_stops_the_stack() {
    is_done(&run_host(tempfile::tempdir().unwrap().path(), &[]));
}

/// The short form of scripts/sanitize: the host and every block of memory of its process are watched, this library's too.
#[cfg(target_os = "linux")]
#[test]
fn a_c_program_under_address_sanitizer_sees_no_bad_access() {
    is_done(&run_host(tempfile::tempdir().unwrap().path(), &["-g", "-fsanitize=address"]));
}

#[test]
fn the_header_speaks_cpp_too() {
    let header = root().join("src/ffi/thor_stack.h");
    let mut compiler = Command::new("cc");
    let status = compiler.args(["-x", "c++", "-std=c++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]);
    let output = status.arg(header).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    // A machine with a C compiler alone has no cc1plus.
    assert!(output.status.success() || errors.contains("cc1plus"), "{errors}");
}
