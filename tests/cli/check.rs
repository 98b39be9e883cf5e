//! `thor-stack check`.

use crate::support::program::World;
use crate::support::redis::{RedisServer, free_port};
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

#[cfg(unix)]
#[test]
fn leaves_nothing_behind_in_the_home_folder() {
    let world = World::new();
    std::fs::create_dir_all(world.home()).unwrap();
    world.run(&["check"]).exits(0).prints("can be written to");
    assert_eq!(crate::support::program::names_below(&world.home()), Vec::<String>::new());
}

#[test]
fn the_workbook_is_read_and_what_is_wrong_with_it_is_said() {
    let world = World::new();
    let check = |workbook: &str| world.run(&["check", "--workbook", workbook]);
    world.run(&["check"]).exits(0).prints("none is configured: nothing polls; set workbook.path");
    check("absent.xlsx").exits(1).prints("workbook  problem").prints("no such file; save the workbook there");
    WorkbookWriter::of_size(3, 0).save(&world.path("book.xlsx"));
    check("book.xlsx").exits(0).prints("book.xlsx: 3 quotes, 0 not loaded");
    let odd = WorkbookWriter::with_headers().future("YM", "Bid", 7).future("ES", "Close", "1,234");
    odd.save(&world.path("odd.xlsx"));
    check("odd.xlsx")
        .exits(0)
        .prints("warning")
        .prints("1, the first D3 (\"1,234\"")
        .prints("poll --once --dry-run");
    let json = world.run(&["check", "--json", "--set", "workbook.path=absent.xlsx"]).exits(1).json();
    let checks = json["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == "workbook").unwrap();
    assert!(found["what_to_do"].as_str().unwrap().contains("workbook.path"), "{found}");
}

#[test]
fn the_bus_is_asked_and_what_is_wrong_with_it_is_said() {
    let world = World::new();
    let check = |url: &str| world.run(&["check", "--set", &format!("bus.url={url}")]);
    check("local").exits(0).prints("local: quotes stay in the process that polls");
    let absent = format!("redis://:hush@127.0.0.1:{}", free_port());
    check(&absent)
        .exits(1)
        .prints("no server there")
        .prints("start it or correct bus.url")
        .never_shows("hush");
    let server = RedisServer::start();
    check(&server.tcp_url()).exits(0).prints(": 0 quotes; nobody publishes now");
    server.cli(&["HSET", "live_data:latest:quotes", "YM", "no JSON"]);
    server.cli(&["SET", "live_data:excel_lock", "another"]);
    check(&server.tcp_url()).exits(0).prints("(\"another\") publishes").prints("field YM is no quote");
}
