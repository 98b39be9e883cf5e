//! `thor-stack check`.

use super::desk::two_sessions;
use crate::support::program::World;
use crate::support::redis::RedisServer;
use crate::support::workbooks::WorkbookWriter;

#[test]
fn says_what_is_wrong_and_what_to_do() {
    let world = World::new();
    world.file("occupied", "a file");
    let ran = world.run(&["check", "--home", "occupied/home"]);
    ran.exits(1).prints("home").prints("problem").prints("occupied is not a folder; name another by --home");
    let ran = world.run(&["check", "--json"]);
    let json = ran.exits(0).json();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["checks"][0]["name"], "config");
    assert_eq!(json["checks"][0]["state"], "ok");
}

#[test]
fn a_bad_config_is_listed_with_its_lines() {
    let world = World::new();
    world.file("bad.toml", "workbook.sheet = 7\nworkbook.rangee = 'A1:B2'\n");
    let json = world.run(&["check", "--json", "--config", "bad.toml"]).exits(2).json();
    let texts: Vec<&str> =
        json["checks"].as_array().unwrap().iter().map(|check| check["text"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 2);
    assert!(
        texts[0].contains("bad.toml:1: workbook.sheet") && texts[1].contains("bad.toml:2: "),
        "{texts:?}"
    );
}

#[test]
fn warnings_are_no_failure() {
    let ran = World::new().with("EXCEL_LIVE_RANGE", "everything").run(&["check"]);
    ran.exits(0).prints("warning").prints("EXCEL_LIVE_RANGE");
}

/// Regression: the threat notes said that nothing in a config runs a command, and nobody looked who may write one.
#[cfg(unix)]
#[test]
fn a_config_that_others_may_write_is_said_because_it_names_a_command() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let file = world.file("desk.toml", "alarm.command = ['true']\n");
    let check = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        world.run(&["--config", file.to_str().unwrap(), "check"])
    };
    check(0o666).exits(0).prints("warning").prints("desk.toml may be written by others").prints("chmod go-w");
    check(0o644).exits(0).never_shows("may be written by others");
}

/// Regression: a home that was there before was taken with whatever mode it had, and nobody was told.
#[cfg(unix)]
#[test]
fn a_home_that_others_may_enter_is_said_by_check_and_at_the_start() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    std::fs::create_dir_all(world.home()).unwrap();
    let mode = |mode| std::fs::set_permissions(world.home(), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o750);
    world.run(&["check"]).exits(0).prints("warning").prints("is open to others").prints("; chmod 700 ");
    let mut stack = world.start(&["run"]);
    stack.says("is open to others");
    stack.signal("TERM");
    assert_eq!(stack.end(), Some(0));
    mode(0o700);
    world.run(&["check"]).exits(0).never_shows("is open to others");
}

#[cfg(unix)]
#[test]
fn leaves_nothing_behind_in_the_home_folder() {
    let world = World::new();
    std::fs::create_dir_all(world.home()).unwrap();
    world.run(&["check"]).exits(0).prints("can be written to");
    assert_eq!(crate::support::program::names_below(&world.home()), Vec::<String>::new());
}

#[test]
fn the_workbook_is_read_once_and_what_it_lacks_is_said() {
    let world = World::new();
    let workbook = WorkbookWriter::with_headers()
        .future("YM", "Last", 47476.0)
        .future("ES", "Last", "12,5")
        .future("DX", "NetChange", 0.5);
    workbook.save(&world.path("live.xlsx"));
    let check =
        |arguments: &[&str]| world.run(&[&["check", "--set", "workbook.path=live.xlsx"], arguments].concat());
    let ran = check(&[]);
    ran.exits(0).prints("live.xlsx, sheet \"LiveData\": 2 quotes").prints("1 not loaded: ES");
    ran.prints("no row for NQ, RTY, CL").prints("cell ").prints("12,5");
    check(&["--set", "workbook.sheet=Livedat"])
        .exits(1)
        .prints("no sheet \"Livedat\"")
        .prints("did you mean LiveData?");
    check(&["--set", "workbook.path=absent.xlsx"]).exits(1).prints("no such file; save the workbook there");
    world.run(&["check"]).exits(0).prints("no workbook is configured").prints("set workbook.path");
}

#[test]
#[cfg_attr(windows, ignore = "a redis-server as a child")]
fn the_bus_says_who_publishes_and_never_its_password() {
    let server = RedisServer::with(&["--requirepass", "open-sesame"]);
    let world = World::new();
    let check = |password: &str| {
        let url = format!("bus.url=redis://:{password}@127.0.0.1:{}", server.port());
        world.run(&["check", "--set", &url])
    };
    let ran = check("open-sesame");
    ran.exits(0).prints("no publisher gives a sign of life").prints("nobody holds the publisher's lock");
    ran.never_shows("open-sesame");
    check("friend").exits(1).prints("the server refused the user or password").never_shows("friend");
    drop(server);
    let ran = world.run(&["check", "--set", "bus.url=redis://127.0.0.1:1"]);
    ran.exits(1).prints("bus").prints("problem");
}

#[test]
fn ledger_calendar_and_instruments_are_looked_at() {
    let world = World::new();
    let ran = world.run(&["check"]);
    ran.exits(0).prints("ledger.db does not exist yet and will be created");
    ran.prints("ZB always holds").prints("DX always holds").prints("lower instruments.DX.stats");
    let world = two_sessions();
    world.run(&["check"]).exits(0).prints("latest session 2: Japan 2025-11-28");
    std::fs::write(world.home().join("ledger.db"), "no database at all, but long enough to be looked at")
        .unwrap();
    std::fs::write(world.home().join("calendar.toml"), "[[calendar.override]]\nmarket = 'Atlantis'\n")
        .unwrap();
    let ran = world.run(&["check"]);
    ran.exits(1).prints("is damaged").prints("calendar.toml: line 2");
}

#[test]
fn the_workbook_may_be_named_on_the_command_line() {
    let ran = World::new().run(&["check", "--workbook", "absent.xlsx"]);
    ran.exits(1).prints("absent.xlsx: no such file").prints("set workbook.path");
}
