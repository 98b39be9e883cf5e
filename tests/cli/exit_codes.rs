//! The exit codes of interfaces.md, by the real program.

use crate::support::program::World;

#[test]
fn every_end_has_its_code() {
    let world = World::new();
    world.file("bad.toml", "workbook.sheet = 7");
    for (arguments, code) in [
        (vec!["--version"], 0),
        (vec!["--help"], 0),
        (vec!["help", "config"], 0),
        (vec!["config", "--help"], 0),
        (vec!["config"], 0),
        (vec!["completions", "bash"], 0),
        (vec!["check"], 0),
        (vec![], 3), // no command is status
        (vec!["--home", "x"], 3),
        (vec!["status", "--json"], 3),
        (vec!["stop"], 0),
        (vec!["restart"], 1),
        (vec!["service"], 1), // nobody types it
        (vec!["no-such-command"], 2),
        (vec!["config", "--no-such-flag"], 2),
        (vec!["config", "--log", "loud"], 2),
        (vec!["config", "--config", "absent.toml"], 2),
        (vec!["config", "--config", "bad.toml"], 2),
        (vec!["config", "--set", "workbook.sheet"], 2),
        (vec!["check", "--config", "bad.toml"], 2),
        (vec!["check", "--home", "bad.toml"], 1),
        (vec!["completions", "bash", "--config", "bad.toml"], 0),
    ] {
        world.run(&arguments).exits(code);
    }
}

#[test]
fn help_teaches_the_codes_and_goes_to_standard_output() {
    let world = World::new();
    world
        .run(&["--help"])
        .exits(0)
        .prints("Exit codes:")
        .prints("130  second Ctrl-C")
        .prints("--set <KEY=VALUE>");
    world.run(&["no-such-command"]).exits(2).says("Usage: thor-stack");
    assert_eq!(world.run(&["no-such-command"]).stdout(), "");
}

#[test]
fn a_bad_config_says_everything_and_what_to_do() {
    let world = World::new().with("THOR_STACK_LOG_LEVEL", "loud");
    world.file("bad.toml", "workbook.sheet = 7\nbus.urll = 'local'\n");
    let ran = world.run(&["config", "--config", "bad.toml"]);
    ran.exits(2)
        .says("bad.toml:1: workbook.sheet: ")
        .says("bad.toml:2: bus.urll: unknown key; did you mean url?");
    ran.says("THOR_STACK_LOG_LEVEL: log.level: ").says("nothing was started; correct the config");
    assert_eq!(ran.stdout(), "");
}
