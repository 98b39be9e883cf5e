//! The real program, killed again and again: `scripts/kill_day` in its short form.

use crate::support::program::World;
use std::path::Path;
use std::process::Command;

#[test]
fn a_program_that_is_killed_at_any_moment_loses_nothing_that_it_does_not_record() {
    let world = World::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/kill_day");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let mut command = Command::new(&python);
    command.arg(script).args(["--short", "--kills", "10", "--a-day", "3", "--program"]);
    command.arg(assert_cmd::cargo::cargo_bin!("thor-stack")).arg("--keep").arg(world.path("kept"));
    let output =
        command.output().unwrap_or_else(|error| panic!("running {python} (or what PYTHON names): {error}"));
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", said(&output.stdout), said(&output.stderr));
}
