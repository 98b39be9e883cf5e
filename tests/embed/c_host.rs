//! The C ABI from a C program, compiled here against the header.

use super::{config, library, root};
use std::process::Command;

#[test]
fn a_c_program_starts_asks_and_stops_the_stack() {
    let folder = tempfile::tempdir().unwrap();
    let (library, program) = (library(), folder.path().join("host"));
    let mut compiler = Command::new("cc");
    compiler
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(root().join("src/ffi"));
    compiler.arg(root().join("tests/embed/host.c")).arg(&library).arg("-o").arg(&program);
    compiler.arg(format!("-Wl,-rpath,{}", library.parent().unwrap().display()));
    assert!(compiler.status().unwrap().success(), "cc");
    let output = Command::new(&program).arg(config(folder.path())).env_clear().output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "done\n");
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
