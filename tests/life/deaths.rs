//! `kill -9`, and other ends that nobody can catch.

use super::{Life, signal, until};
use std::process::Command;
use std::time::Instant;
use thor_stack::instance::Role;

#[test]
fn a_killed_stack_runs_again_and_says_how_often_and_why() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    for (times, (name, reason)) in
        [("KILL", "signal: 9 (SIGKILL)"), ("ABRT", "signal: 6 (SIGABRT)")].into_iter().enumerate()
    {
        let before = life.stack();
        let killed = Instant::now();
        signal(before, name);
        let status = life.runs_again(before);
        println!("running again {:?} after {name}", killed.elapsed());
        assert_eq!(status["respawns"], times + 1);
        let told = status["last_exit"]["reason"].as_str().unwrap();
        assert!(told.starts_with(reason), "{told}");
    }
    life.run(&["status"]).exits(0).prints("respawns   2, the last").prints("SIGABRT");
    assert!(life.log().contains("the stack died: signal: 9 (SIGKILL); starting it again in 100ms"));
    life.run(&["stop"]).exits(0);
    life.is_free();
}

/// Regression: the parent took such a start for the stack's own decision and ended as well, so that nobody started it when the
/// shortage had passed.
#[test]
fn a_start_again_that_the_system_refuses_is_tried_until_it_runs() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let (before, parent, socket) = (life.stack(), life.parent(), life.home().join("control.sock"));
    signal(parent, "STOP");
    signal(before, "KILL");
    until("it is dead", || life.pid(Role::Stack).is_none());
    std::fs::remove_file(&socket).unwrap();
    std::fs::create_dir_all(socket.join("in the way")).unwrap();
    signal(parent, "CONT");
    let refused = "exit status: 71: it could not be started; the log says why; starting it again in 200ms";
    until("it is refused", || life.log().contains(refused));
    std::fs::remove_dir_all(&socket).unwrap();
    assert_eq!(life.parent(), parent);
    assert!(life.runs_again(before)["respawns"].as_u64() >= Some(2));
    life.run(&["stop"]).exits(0);
    life.is_free();
}

/// Regression: as above.
#[test]
fn a_config_that_was_broken_meanwhile_is_waited_for() {
    let life = Life::new();
    let config = life.world.file("config.toml", "");
    life.run(&["--config", config.to_str().unwrap(), "start"]).exits(0);
    let before = life.stack();
    life.world.file("config.toml", "[workbok]\n");
    signal(before, "KILL");
    until("it is refused", || {
        life.log().contains("the stack died: its config cannot be used; the log says why")
    });
    assert!(life.log().contains("workbok"), "{}", life.log());
    life.world.file("config.toml", "");
    assert!(life.runs_again(before)["respawns"].as_u64() >= Some(2));
    life.run(&["stop"]).exits(0);
    life.is_free();
}

/// What `catch_unwind` does not catch, each done to the poller of a stack that runs.
#[cfg(feature = "failpoints")]
mod uncaught {
    use super::*;
    use crate::support::program::World;

    /// The process ends by `death`, saying `words`; its parent starts it again and says why, and the ledger has the gap.
    fn ends_the_process_which_is_started_again(death: &str, words: &str) {
        let world = World::new();
        let (edges, fired) = (world.path("edges"), world.path("edges.fired"));
        let life = Life::within(world.with("FAILPOINTS_FILE", edges.to_str().unwrap()), "home");
        let workbook =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx");
        life.run(&["start", "--workbook", workbook, "--set", "workbook.interval=100ms"]).exits(0);
        let before = life.stack();
        let set = |text: &str| {
            let fresh = life.world.file("edges.new", text);
            std::fs::rename(fresh, &edges).unwrap();
        };
        set(&format!("cycle.ExcelPollerSupervisor.before=1*return({death})\n"));
        until("it dies", || std::fs::read_to_string(&fired).is_ok_and(|text| text.contains(death)));
        set("");
        let status = life.runs_again(before);
        let reason = status["last_exit"]["reason"].as_str().unwrap();
        assert!(reason.starts_with("signal: 6 (SIGABRT)"), "{reason}");
        assert!(life.log().contains(words), "no {words:?} in {}", life.log());
        let is_down = |gap: &serde_json::Value| gap["reason"] == "process_down" && !gap["ended_at"].is_null();
        until("the gap is written", || {
            let told = life.run(&["gaps", "--json"]).json();
            told["gaps"].as_array().is_some_and(|gaps| gaps.iter().any(is_down))
        });
        life.run(&["stop"]).exits(0);
        life.is_free();
    }

    /// Regression: the parent was not told of the order, so what died of something else while it stopped was started again.
    #[test]
    fn a_stack_that_is_killed_while_it_stops_stays_down() {
        let world = World::new();
        let edges = world.file("edges", "cycle.ExcelPollerSupervisor.before=1*return(hold on)\n");
        let life = Life::within(world.with("FAILPOINTS_FILE", edges.to_str().unwrap()), "home");
        let workbook =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx");
        life.run(&["start", "--workbook", workbook]).exits(0);
        let fired = life.world.path("edges.fired");
        until("it hangs", || std::fs::read_to_string(&fired).is_ok_and(|text| text.contains("hold on")));
        let before = life.stack();
        let mut stop = life.command(&["stop", "--timeout", "15s"]).spawn().unwrap();
        until("it stops", || life.log().contains("stopping"));
        signal(before, "KILL");
        assert_eq!(crate::support::program::ends(&mut stop).and_then(|it| it.code()), Some(0));
        life.is_free();
    }

    #[test]
    fn an_overflow_of_a_workers_stack_ends_the_process_which_is_started_again() {
        ends_the_process_which_is_started_again("overflow", "has overflowed its stack");
    }

    #[test]
    fn memory_that_is_refused_ends_the_process_which_is_started_again() {
        ends_the_process_which_is_started_again("exhaust", "memory allocation of");
    }

    #[test]
    fn a_panic_in_a_drop_while_another_unwinds_ends_the_process_which_is_started_again() {
        ends_the_process_which_is_started_again("drop", "caused non-unwinding panic");
    }

    #[test]
    fn a_panic_in_the_panic_hook_ends_the_process_which_is_started_again() {
        ends_the_process_which_is_started_again("hook", "panicked while processing panic");
    }

    #[test]
    fn a_panic_out_of_extern_c_ends_the_process_which_is_started_again() {
        ends_the_process_which_is_started_again("extern", "caused non-unwinding panic");
    }
}

#[test]
fn a_clean_exit_is_not_started_again() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    signal(life.stack(), "TERM");
    life.is_free();
    life.run(&["status"]).exits(3);
}

#[test]
fn a_parent_that_is_told_to_end_ends_its_stack() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    signal(life.parent(), "TERM");
    life.is_free();
    assert!(life.log().contains("stopped in"), "cleanly");
}

/// As at the system's shutdown: a forwarded second signal would cut the first one's clean end short.
#[test]
fn both_are_told_to_end_at_once() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let (stack, parent) = (life.stack(), life.parent());
    signal(parent, "TERM");
    signal(stack, "TERM");
    life.is_free();
    assert!(life.log().contains("stopped in"), "{}", life.log());
}

#[test]
fn a_stack_survives_its_parent_and_says_so() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let stack = life.stack();
    signal(life.parent(), "KILL");
    until("it says so", || life.status()["parent_gone"] == true);
    assert_eq!((life.stack(), &life.status()["state"]), (stack, &"running".into()));
    life.run(&["status"]).exits(0).prints("parent     GONE");
    assert!(life.log().contains("the parent process is gone"));
    life.run(&["start"]).exits(0).prints(&format!("already running (pid {stack})"));
    life.run(&["stop"]).exits(0).prints(&format!("stopped (pid {stack})"));
}

#[test]
fn after_both_were_killed_nothing_needs_cleaning() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let before = life.stack();
    signal(life.parent(), "KILL");
    signal(before, "KILL");
    life.is_free();
    assert!(life.home().join("control.sock").exists(), "a stale socket");
    assert!(life.home().join("instance.json").exists(), "a stale description");
    life.run(&["status"]).exits(3).prints("not running");
    life.run(&["start"]).exits(0).prints("started (pid ");
    assert_ne!(life.stack(), before);
}

/// The gap between a death and the next start, held open by stopping the parent.
#[test]
fn in_the_gap_a_start_makes_no_second_stack_and_a_stop_ends_the_parent() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let (stack, parent) = (life.stack(), life.parent());
    signal(parent, "STOP");
    signal(stack, "KILL");
    until("the stack is gone", || life.pid(Role::Stack).is_none());
    life.run(&["status"]).exits(3).prints("starts it again");
    assert_eq!(life.status()["parent"], parent);
    life.run(&["run"]).exits(1).says(&format!("is held by process {parent}"));
    life.run(&["start", "--timeout", "200ms"]).exits(1).says("not ready within 200ms");
    assert_eq!((life.pid(Role::Stack), life.parent()), (None, parent));
    let stop = life.command(&["stop"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    until("it is told", || pending_term(parent));
    signal(parent, "CONT");
    let output = stop.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    life.is_free();
}

/// An upgrade puts another file in the place of the program's own, which the parent went on looking for.
#[test]
fn after_an_upgrade_the_parent_starts_what_stands_in_the_programs_place() {
    let life = Life::new();
    let (program, new) = (life.world.path("bin/thor-stack"), life.world.path("bin/new"));
    std::fs::create_dir(life.world.path("bin")).unwrap();
    let upgrade = || {
        // By another process: a file that this one writes is open in whatever its other tests fork, and cannot be run.
        let copied = Command::new("cp").arg(life.command(&[]).get_program()).arg(&new).status().unwrap();
        assert!(copied.success());
        std::fs::rename(&new, &program).unwrap();
    };
    upgrade();
    let mut start = Command::new(&program);
    start.args(life.arguments(&["start"])).env_clear().env("HOME", life.world.path(""));
    let output = start.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let before = life.stack();
    upgrade();
    signal(before, "KILL");
    life.runs_again(before);
    life.run(&["stop"]).exits(0);
    life.is_free();
}

/// Whether a SIGTERM waits for the stopped process.
fn pending_term(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
    // Other systems have no such file; there the order of the two signals is all there is.
    line.is_none_or(|set| u64::from_str_radix(set.trim(), 16).unwrap() & (1 << 14) != 0)
}
