//! What a detached stack keeps of whoever started it: nothing.

use super::Life;
use std::fs;
use std::process::Stdio;
use thor_stack::instance::Role;

/// As a script or cron holds files and pipes open, and waits for the pipes' end.
#[test]
#[cfg(target_os = "linux")]
fn it_holds_no_file_and_no_session_of_its_starter() {
    let life = Life::new();
    let held = life.world.file("held by the script", "");
    let program = life.command(&["start"]);
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "exec 7>\"$HELD\" 9>&1; \"$@\"", "sh"])
        .arg(program.get_program())
        .args(program.get_args());
    shell.env_clear().env("HELD", &held).stdin(Stdio::null());
    let output = shell.output().unwrap(); // returns, though its standard output was open as 9 too
    assert!(output.status.success(), "{output:?}");
    for pid in [Role::Stack, Role::Parent].map(|role| life.pid(role).unwrap()) {
        let open = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
        let open: Vec<_> = open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok()).collect();
        assert!(!open.contains(&held), "{open:?}");
        assert_eq!(session(pid), life.parent(), "a session of its own, which the parent leads");
    }
}

/// The sixth field, the fourth after the name in parentheses (`man proc`).
#[cfg(target_os = "linux")]
fn session(pid: u32) -> u32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(3).unwrap().parse().unwrap()
}
