//! Under a service manager: what `man sd_notify` asks for.

use super::Life;
use crate::support::program::{SOON, World, ends};
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};

#[test]
#[cfg(target_os = "linux")]
fn the_manager_hears_of_readiness_life_and_the_end() {
    let life = Life::new();
    let socket = life.world.path("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(SOON)).unwrap();
    let hears = || {
        let mut buffer = [0; 100];
        let length = manager.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let mut run = life.command(&["run"]);
    run.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "40000").stderr(Stdio::null());
    let mut run = run.spawn().unwrap();
    assert_eq!(hears(), "READY=1");
    life.run(&["status"]).exits(0);
    assert_eq!((hears(), hears()), ("WATCHDOG=1".to_owned(), "WATCHDOG=1".to_owned()));
    life.run(&["stop"]).exits(0);
    while hears() != "STOPPING=1" {}
    assert_eq!(ends(&mut run).unwrap().code(), Some(0));
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/thor-stack.service");
    let verify = Command::new("systemd-analyze").args(["verify", unit]).output();
    let Ok(output) = verify else { return }; // no systemd here
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("thor-stack.service"), "{said}");
}

/// As from cron: no terminal, no variables, another folder.
#[test]
fn it_starts_from_an_empty_environment() {
    let life = Life::new();
    let world = World::new();
    let program = life.command(&["start"]);
    let mut bare = Command::new(program.get_program());
    bare.args(program.get_args()).env_clear().current_dir(world.path("")).stdin(Stdio::null());
    let output = bare.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    drop(world); // its folder is gone, and nothing of the stack with it
    life.run(&["status"]).exits(0);
}
