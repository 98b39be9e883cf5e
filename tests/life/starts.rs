//! Starting and stopping: each returns when it has happened, and again is harmless.

use super::{Life, signal, until};
use thor_stack::instance::Role;

/// How many scripts start the stack at the same moment.
const STARTS: usize = 100;

#[test]
fn start_is_ready_when_it_returns_and_stop_has_stopped() {
    let life = Life::new();
    life.run(&["status"]).exits(3).prints("not running");
    life.run(&["stop"]).exits(0).prints("not running");
    life.run(&["start"]).exits(0).prints(&format!("started (pid {})", life.stack()));
    let status = life.status();
    assert_eq!((&status["state"], &status["pid"]), (&"running".into(), &life.stack().into()));
    let is_starting = |status: &serde_json::Value| {
        status["supervisors"].as_array().unwrap().iter().any(|one| one["state"] == "starting")
    };
    until("all are built", || !is_starting(&life.status())); // a new ledger waits for the disk
    assert_eq!((&status["respawns"], &status["parent"]), (&0.into(), &life.parent().into()));
    assert_eq!((&status["leader"], &status["schema"]), (&serde_json::Value::Null, &1.into()));
    let before = life.stack();
    life.run(&["start"]).exits(0).prints(&format!("already running (pid {before})"));
    assert_eq!(life.stack(), before);
    life.run(&["stop"]).exits(0).prints(&format!("stopped (pid {before})"));
    assert_eq!((life.pid(Role::Stack), life.pid(Role::Parent)), (None, None));
    life.run(&["stop"]).exits(0).prints("not running");
    life.run(&["status", "--json"]).exits(3);
    assert_eq!(life.status()["state"], "stopped");
}

#[test]
fn no_command_is_status_with_every_global_option() {
    let life = Life::new();
    life.run(&[]).exits(3).prints("not running");
    life.run(&["start"]).exits(0);
    life.run(&["--log", "error"]).exits(0).prints("SUPERVISOR").prints("no workbook is configured");
    life.run(&["--help"]).exits(0).prints("Usage: thor-stack").prints("start");
}

#[test]
fn many_starts_at_once_make_one_stack() {
    let life = Life::new();
    let spawn = |_| {
        let mut command = life.command(&["start", "--timeout", "60s"]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..STARTS).map(spawn).collect();
    let outputs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let pid = format!("(pid {})\n", life.stack());
    for output in &outputs {
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.ends_with(&pid), "{output:?}, not {pid}");
    }
    let started = outputs.iter().filter(|output| output.stdout.starts_with(b"started")).count();
    assert_eq!(started, 1, "one says that it started it");
    let (stack, parent) = (life.stack(), life.parent());
    signal(stack, "KILL");
    assert_eq!(life.runs_again(stack)["parent"], parent, "the one parent starts it again");
    life.run(&["stop"]).exits(0);
    life.is_free();
}

/// One that came while another's stop closed the channel failed: "the stack hung up".
#[test]
fn many_stops_and_looks_at_once_are_all_answered() {
    let life = Life::new();
    // Wine now and then refuses to start one of so many processes: an error of its own, 1359.
    let at_once = if cfg!(windows) { 8 } else { 24 };
    for _ in 0..10 {
        life.run(&["start"]).exits(0);
        let spawn = |number| {
            let mut command = life.command(&[if number % 2 == 0 { "stop" } else { "status" }]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        };
        let children: Vec<_> = (0..at_once).map(spawn).collect();
        for (number, child) in children.into_iter().enumerate() {
            let output = child.wait_with_output().unwrap();
            let expected: &[i32] = if number % 2 == 0 { &[0] } else { &[0, 3] };
            assert!(expected.contains(&output.status.code().unwrap()), "{output:?}");
        }
    }
    life.is_free();
}

#[test]
fn a_second_run_is_refused_and_names_the_holder() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    life.run(&["run"]).exits(1).says(&format!("is held by process {}", life.stack())).says("thor-stack stop");
}

#[test]
fn start_finds_a_stack_of_the_foreground_and_stop_ends_it() {
    let life = Life::new();
    let mut run = life.world.start(&life.arguments(&["run"]));
    until("it answers", || life.run(&["status"]).stdout().contains(" running (pid "));
    life.run(&["start"]).exits(0).prints(&format!("already running (pid {})", run.pid()));
    assert_eq!(life.status()["parent"], serde_json::Value::Null);
    life.run(&["stop"]).exits(0).prints(&format!("stopped (pid {})", run.pid()));
    assert_eq!(run.end(), Some(0));
}

#[test]
fn a_start_that_fails_says_why_with_the_log() {
    let life = Life::new();
    let ran = life.run(&["start", "--only", "Nobody"]);
    ran.exits(2).says("the stack did not start").says("no supervisor \"Nobody\"");
    life.is_free();
    life.run(&["start", "--set", "workbook.sheet"]).exits(2).says("nothing was started");
}

#[test]
fn without_waiting_it_happens_all_the_same() {
    let life = Life::new();
    life.run(&["start", "--no-wait"]).exits(0).prints("starting");
    until("it runs", || life.run(&["status"]).stdout().contains(" running (pid "));
    life.run(&["stop", "--no-wait"]).exits(0).prints("(pid ");
    life.is_free();
}

#[test]
fn no_respawn_has_no_parent() {
    let life = Life::new();
    life.run(&["start", "--no-respawn"]).exits(0);
    assert_eq!((life.pid(Role::Parent), &life.status()["parent"]), (None, &serde_json::Value::Null));
    signal(life.stack(), "KILL");
    life.is_free();
    life.run(&["status"]).exits(3);
}
