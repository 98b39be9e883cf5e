//! Processes that are terminated.

use crate::life::{Life, signal, until};
use thor_stack::instance::Role;

/// Task Manager and `taskkill /F` end a process with code 1, which is also the stack's own "it failed".
#[test]
fn a_terminated_stack_runs_again() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let (stack, parent) = (life.stack(), life.parent());
    signal(stack, "KILL");
    let status = life.runs_again(stack);
    assert_eq!((&status["respawns"], &status["parent"]), (&1.into(), &parent.into()));
    life.run(&["status"]).exits(0).prints("respawns   1");
    life.run(&["stop"]).exits(0);
    life.is_free();
}

#[test]
fn a_stack_that_fails_by_itself_is_not_started_again() {
    let life = Life::new();
    life.run(&["start", "--only", "Nobody"]).exits(2).says("no supervisor \"Nobody\"");
    life.is_free();
}

#[test]
fn a_stack_survives_its_parent_and_says_so() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let stack = life.stack();
    signal(life.parent(), "KILL");
    until("the parent is gone", || life.status()["parent"].is_null());
    assert_eq!(life.stack(), stack);
    life.run(&["stop"]).exits(0);
    life.is_free();
}

#[test]
fn after_a_kill_of_both_a_start_needs_no_cleaning() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let (stack, parent) = (life.stack(), life.parent());
    signal(parent, "KILL");
    signal(stack, "KILL");
    life.is_free();
    life.run(&["status"]).exits(3);
    life.run(&["start"]).exits(0).prints("started (pid ");
    assert_eq!(life.pid(Role::Stack), Some(life.stack()));
    life.run(&["stop"]).exits(0);
}

#[test]
fn restart_builds_the_workers_anew() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    life.run(&["restart"]).exits(0).prints("restarted");
    life.run(&["restart", "MarketOpenGraderSupervisor"]).exits(0);
    assert_eq!(life.status()["respawns"], 0);
    life.run(&["stop"]).exits(0);
}
