//! Standard output: a reader that goes away, a disk that is full, colours.

use crate::support::program::World;
use std::io::Read;
use std::process::Stdio;

/// `thor-stack completions zsh | head -1`, without racing: the reader is gone before the program starts to write.
#[test]
fn a_closed_pipe_is_no_error() {
    let world = World::new();
    for arguments in [vec!["completions", "zsh"], vec!["config"], vec!["config", "--json"], vec!["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = world.command(&arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let mut errors = String::new();
        child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert_eq!((child.wait().unwrap().code(), errors.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = World::new().command(&["config"]).stdout(full).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.starts_with("thor-stack: writing to standard output: "), "{errors}");
    assert_eq!(errors.lines().count(), 1, "said once: {errors}");
}

#[test]
fn colours_are_for_terminals_and_those_who_ask() {
    let warned = |arguments: &[&str], name: &str, value: &str| {
        let world = World::new().with("EXCEL_LIVE_RANGE", "x").with(name, value);
        let ran = world.run(arguments);
        ran.exits(0).says("EXCEL_LIVE_RANGE");
        ran.stderr().contains('\u{1b}')
    };
    assert!(!warned(&["config"], "TERM", "xterm"), "no terminal");
    assert!(warned(&["config", "--color", "always"], "NO_COLOR", "1"), "the flag outranks the variable");
    assert!(!warned(&["config", "--color", "never"], "TERM", "xterm"));
}
