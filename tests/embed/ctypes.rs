//! The C ABI from Python's ctypes.

use super::{SOON, config, python, root};
use crate::support::program::World;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Runs a case of `host.py` that has nobody beside it.
#[track_caller]
fn holds(case: &str) {
    let folder = tempfile::tempdir().unwrap();
    let output = command(case, &config(folder.path())).output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.ends_with("done\n"), "{}\n{said}{errors}", output.status);
}

fn command(case: &str, config: &std::path::Path) -> Command {
    let mut command = python();
    command.arg(root().join("tests/embed/host.py")).arg(case).arg(config);
    command
}

/// A host that goes on while the test looks.
struct Host {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Host {
    fn start(case: &str, config: &std::path::Path) -> Host {
        let mut child = command(case, config).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Host { child, lines }
    }

    /// The next line; empty at the end.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn signal(&self, signal: &str) {
        super::site::kill(signal, &self.child.id().to_string());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_stack_is_started_once_shows_itself_and_stops() {
    holds("life");
}

#[test]
fn null_and_short_buffers_bad_paths_and_bad_configs_are_errors() {
    holds("arguments");
}

#[test]
fn sixteen_threads_start_one_stack_and_each_has_its_own_last_error() {
    holds("many_threads");
}

#[test]
fn a_forked_child_of_a_stack_gets_an_error_at_once_and_the_parent_goes_on() {
    holds("fork_with_a_stack");
}

#[test]
fn a_child_forked_where_nothing_runs_may_start_the_stack() {
    holds("fork_before_any_stack");
}

#[test]
fn unloading_the_library_does_not_pull_it_from_under_its_threads() {
    holds("unload");
}

#[test]
fn ctrl_c_is_pythons_and_sigterm_kills_as_it_would_without_us() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let mut host = Host::start("wait_for_a_signal", &config);
    assert_eq!(host.line(), "state running");
    let began = Instant::now();
    host.signal("INT");
    assert_eq!(host.line(), "interrupted");
    assert_eq!(host.child.wait().unwrap().code(), Some(3));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let mut host = Host::start("wait_for_a_signal", &config);
    assert_eq!(host.line(), "state running");
    host.signal("TERM");
    assert_eq!(host.child.wait().unwrap().signal(), Some(15));
}

#[test]
fn the_program_asks_and_stops_a_stack_that_lives_in_a_host() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let mut host = Host::start("be_asked_from_outside", &config);
    assert_eq!(host.line(), "state running");
    let program =
        |words: &[&str]| World::new().run(&[&["--config", config.to_str().unwrap()], words].concat());
    let pid = program(&["status", "--json"]).exits(0).json()["pid"].as_u64();
    assert_eq!(pid, Some(host.child.id().into()));
    program(&["stop"]).exits(0);
    assert_eq!(host.line(), "done");
    program(&["status"]).exits(3);
}

#[test]
fn a_second_process_stands_by_and_takes_over_when_the_first_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let mut first = Host::start("wait_for_a_signal", &config);
    assert_eq!(first.line(), "state running");
    let mut second = Host::start("stand_by", &config);
    assert_eq!(second.line(), format!("state standby {{'pid': {}}}", first.child.id()));
    let mut third = Host::start("stop_while_standing_by", &config);
    assert_eq!(third.line(), "done");
    let killed = Instant::now();
    first.signal("KILL");
    assert_eq!(second.line(), "took over");
    assert!(killed.elapsed() < SOON / 4, "one second of retry, on a busy machine: {:?}", killed.elapsed());
}
