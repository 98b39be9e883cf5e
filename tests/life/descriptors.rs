//! What a detached stack keeps of whoever started it: nothing.

use super::{Life, until};
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

/// Trap 11 of the project's notes: what an alarm's command would inherit (the lock above all) would outlive the stack with it.
#[test]
#[cfg(target_os = "linux")]
fn a_program_that_it_starts_gets_none_of_its_files() {
    let life = Life::new();
    let workbook = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx");
    life.run(&["start", "--workbook", workbook, "--set", "journal.enabled=true"]).exits(0);
    until("its journal is open", || fs::read_dir(life.home().join("journal")).is_ok_and(|it| it.count() > 0));
    for pid in [Role::Stack, Role::Parent].map(|role| life.pid(role).unwrap()) {
        let kept: Vec<_> = descriptors(pid).filter(|(_, flags)| flags & CLOSED_ON_EXEC == 0).collect();
        let names: Vec<_> = kept.iter().map(|(number, _)| *number).collect();
        assert_eq!(names, [0, 1, 2], "of {pid}");
    }
}

/// `O_CLOEXEC` as the system shows it (`man proc`).
#[cfg(target_os = "linux")]
const CLOSED_ON_EXEC: u32 = 0o2_000_000;

/// Each open descriptor and its flags, in order. One that is closed meanwhile (the workbook, for a look) is left out.
#[cfg(target_os = "linux")]
fn descriptors(pid: u32) -> impl Iterator<Item = (u32, u32)> {
    let entries = fs::read_dir(format!("/proc/{pid}/fdinfo")).unwrap();
    let numbers = entries.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap());
    let numbers: std::collections::BTreeSet<u32> = numbers.collect();
    numbers.into_iter().filter_map(move |number| {
        let told = fs::read_to_string(format!("/proc/{pid}/fdinfo/{number}")).ok()?;
        let flags = told.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
        Some((number, u32::from_str_radix(flags.trim(), 8).unwrap()))
    })
}

/// The sixth field, the fourth after the name in parentheses (`man proc`).
#[cfg(target_os = "linux")]
fn session(pid: u32) -> u32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(3).unwrap().parse().unwrap()
}
