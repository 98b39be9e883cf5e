//! Scripts: those beside the program, `--watch`, and what one pipes.

use super::Life;

#[test]
fn watch_shows_it_again_and_again_until_ctrl_c() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let mut watch = life.world.start(&life.arguments(&["status", "--watch", "--json"]));
    watch.prints("\"state\":\"running\"");
    watch.prints("\"state\":\"running\"");
    watch.signal("INT");
    assert_eq!(watch.end(), Some(0));
}

/// As a user's cron or login script runs them.
#[test]
fn the_scripts_start_show_and_stop_the_stack() {
    let life = Life::new();
    let script = |verb: &str| {
        let program = life.command(&[]);
        let mut script = std::process::Command::new(format!("{}/scripts/{verb}", env!("CARGO_MANIFEST_DIR")));
        script.env_clear().env("PATH", "/usr/bin:/bin").env("THOR_STACK_HOME", life.home());
        script.env("THOR_PROGRAM", program.get_program()).current_dir("/").output().unwrap()
    };
    assert_eq!(script("status").status.code(), Some(3));
    let started = script("start");
    assert!(started.status.success(), "{started:?}");
    assert_eq!(String::from_utf8_lossy(&started.stdout), format!("started (pid {})\n", life.stack()));
    assert_eq!(script("status").status.code(), Some(0));
    assert!(script("stop").status.success());
    life.is_free();
}
