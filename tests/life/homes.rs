//! Homes of every kind, and logs that cannot be written.

use super::Life;
use std::fs;
#[cfg(unix)]
use std::os::unix::{fs::PermissionsExt, process::CommandExt};

#[track_caller]
fn lives(life: &Life) {
    life.run(&["start"]).exits(0).prints("started");
    life.run(&["status"]).exits(0).prints("running");
    life.run(&["stop"]).exits(0).prints("stopped");
    life.is_free();
}

#[test]
fn spaces_and_letters_of_other_alphabets() {
    lives(&Life::at("a home/mit Ümläuten 東京"));
}

/// A socket's name has about 100 bytes.
#[test]
#[cfg(target_os = "linux")]
fn a_path_longer_than_a_sockets_name() {
    lives(&Life::at(&["a-folder-with-a-long-name"; 10].join("/")));
}

#[test]
#[cfg(unix)] // modes
fn a_home_is_made_for_its_user_alone() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    assert_eq!(fs::metadata(life.home()).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(life.home().join("control.sock")).unwrap().permissions().mode() & 0o777, 0o600);
    // Whoever comes first, with the ledger or with the log.
    let seeds = life
        .world
        .file("seeds.csv", "future,high,high_date,low,low_date\nYM,48528,2025-11-12,36708,2025-04-07\n");
    let log = life.home().join("../second/logs/stack.log");
    for (home, arguments) in [
        ("first", vec!["extremes", "seed", seeds.to_str().unwrap()]),
        (
            "second",
            vec!["--set", &format!("log.file={}", log.display()), "markets", "--set", "log.level=trace"],
        ),
    ] {
        let home = life.world.path(home);
        let all: Vec<&str> = ["--home", home.to_str().unwrap()].into_iter().chain(arguments).collect();
        life.world.run(&all).exits(0);
        assert_eq!(fs::metadata(&home).unwrap().permissions().mode() & 0o777, 0o700, "{}", home.display());
    }
}

#[test]
#[cfg(unix)] // users and modes
fn a_home_that_cannot_be_written_is_said_at_once() {
    const NOBODY: u32 = 65_534;
    let life = Life::new();
    fs::create_dir(life.home()).unwrap();
    fs::set_permissions(life.home(), fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(life.world.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    for command in [["start"], ["run"]] {
        let mut command = life.command(&command);
        if nix::unistd::geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY); // root writes everywhere
        }
        let Ok(output) = command.output() else { return }; // this user may not run the program from here
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("make it writable for this user, or choose another home"), "{said}");
    }
    life.is_free();
}

#[test]
fn a_home_that_is_a_file() {
    let life = Life::new();
    fs::write(life.home(), "").unwrap();
    life.run(&["start"]).exits(1).says("is not a folder");
    life.run(&["status"]).exits(4).says("is not a folder");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_for_the_log_keeps_nothing_from_running() {
    let life = Life::new();
    life.run(&["start", "--set", "log.file=/dev/full"]).exits(0).prints("started");
    life.run(&["status"]).exits(0);
    life.run(&["stop"]).exits(0);
}
