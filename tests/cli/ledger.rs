//! `thor-stack ledger backup`.

use super::desk::{ledger, two_sessions};
use crate::ledger::rows::{all, open};
use crate::support::program::World;

#[test]
fn copies_the_ledger_while_it_is_in_use() {
    let world = two_sessions();
    let in_use = ledger(&world);
    world.run(&["ledger", "backup", "copy.db"]).exits(0).prints("copied the ledger to copy.db");
    assert_eq!(all(&open(&world.path("copy.db"))), all(&in_use));
}

#[test]
fn replaces_nothing_unless_told_to() {
    let world = two_sessions();
    let precious = world.file("precious", "the only copy");
    world.run(&["ledger", "backup", "precious"]).exits(1).says("precious exists already").says("--force");
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "the only copy");
    world.run(&["ledger", "backup", "--force", "precious"]).exits(0);
    assert_eq!(all(&open(&precious)).len(), 24);
    let itself = world.home().join("ledger.db").display().to_string();
    world.run(&["ledger", "backup", "--force", &itself]).exits(1).says("is the ledger itself");
}

#[test]
fn nothing_to_copy_and_nowhere_to_are_said() {
    let world = World::new();
    world.run(&["ledger", "backup", "copy.db"]).exits(1).says("no ledger at ");
    assert!(!world.path("copy.db").exists() && !world.home().exists());
    let world = two_sessions();
    world.run(&["ledger", "backup", "absent/copy.db"]).exits(1).says("absent/copy.db");
    world.run(&["ledger"]).exits(2);
}
