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
        loop {
            match manager.recv(&mut buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {} // a child of another test ended
                length => return String::from_utf8_lossy(&buffer[..length.unwrap()]).into_owned(),
            }
        }
    };
    let mut run = life.command(&["run"]);
    run.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "2000000").stderr(Stdio::null());
    let mut run = run.spawn().unwrap();
    assert_eq!(hears(), "READY=1");
    life.run(&["status"]).exits(0);
    assert_eq!((hears(), hears()), ("WATCHDOG=1".to_owned(), "WATCHDOG=1".to_owned()));
    life.run(&["stop"]).exits(0);
    while hears() != "STOPPING=1" {}
    assert_eq!(ends(&mut run).unwrap().code(), Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/thor-stack.service");
    let verify = Command::new("systemd-analyze").args(["verify", unit]).output();
    let output = verify.expect("scripts/setup installs it");
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

/// The terminal in which it was started is closed: its processes get a SIGHUP, and writing to it fails.
#[test]
fn it_outlives_the_terminal_that_started_it() {
    let life = Life::new();
    let program = life.command(&["start"]);
    let close_the_terminal = "import os, pty, sys\n\
        pid, terminal = pty.fork()\n\
        if pid == 0:\n    os.execv(sys.argv[1], sys.argv[1:])\n\
        said = b''\n\
        while b'started' not in said:\n    said += os.read(terminal, 1000)\n\
        os.close(terminal)\n\
        os.waitpid(pid, 0)\n";
    let mut host = Command::new("python3");
    host.args(["-c", close_the_terminal]).arg(program.get_program()).args(program.get_args());
    let output = host.env("HOME", life.world.path("")).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    life.run(&["status"]).exits(0).prints(" running (pid ");
    life.run(&["stop"]).exits(0).prints("stopped");
}

/// `nohup` was overruled: the handler that stops cleanly was installed over it.
#[test]
fn nohup_keeps_a_run_from_a_hangup_and_without_it_a_hangup_stops_cleanly() {
    for (trap, ends) in [("trap '' HUP; ", false), ("", true)] {
        let life = Life::new();
        let program = life.command(&["run"]);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{trap}exec \"$@\""), "sh"]).arg(program.get_program());
        shell.args(program.get_args()).env("HOME", life.world.path("")).stderr(Stdio::null());
        let mut run = shell.spawn().unwrap();
        super::until("it runs", || life.run(&["status"]).stdout().contains(" running (pid "));
        super::signal(run.id(), "HUP");
        if !ends {
            life.run(&["restart"]).exits(0);
            life.run(&["stop"]).exits(0).prints(&format!("stopped (pid {})", run.id()));
        }
        assert_eq!(crate::support::program::ends(&mut run).unwrap().code(), Some(0));
    }
}

#[test]
fn a_stop_is_bounded_while_redis_stalls() {
    let redis = crate::support::redis::RedisServer::start();
    let life = Life::new();
    let workbook = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx");
    let bus = format!("bus.url={}", redis.unix_url());
    life.run(&["start", "--workbook", workbook, "--set", &bus, "--set", "bus.connect_timeout=20s"]).exits(0);
    super::until("it publishes", || redis.cli(&["EXISTS", "thor:heartbeat"]) == "1");
    redis.suspend();
    let began = std::time::Instant::now();
    life.run(&["stop"]).exits(0).prints("stopped");
    println!("stop with a stalled Redis: {:?}", began.elapsed());
    assert!(began.elapsed() < std::time::Duration::from_secs(8), "{:?}", began.elapsed());
    redis.resume();
}

/// A stalled server's system still takes connections: a stop that comes while one introduces itself waited for the
/// whole of `bus.connect_timeout`.
#[test]
fn a_stop_waits_no_longer_while_a_stalled_redis_is_connected_to() {
    let redis = crate::support::redis::RedisServer::start();
    let life = Life::new();
    let workbook = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx");
    let bus = format!("bus.url={}", redis.unix_url());
    let settings = [&bus, "workbook.interval=100ms", "bus.publish=all", "bus.connect_timeout=20s"];
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let arguments: Vec<&str> = ["start", "--workbook", workbook].into_iter().chain(settings).collect();
    life.run(&arguments).exits(0);
    super::until("it publishes", || redis.cli(&["EXISTS", "thor:heartbeat"]) == "1");
    redis.suspend();
    std::thread::park_timeout(std::time::Duration::from_secs(1)); // the broken connection is made anew
    let began = std::time::Instant::now();
    life.run(&["stop", "--timeout", "10s"]).exits(0).prints("stopped");
    assert!(began.elapsed() < std::time::Duration::from_secs(8), "{:?}", began.elapsed());
    redis.resume();
}
