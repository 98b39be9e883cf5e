//! `thor-stack check`.

use crate::support::program::World;

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
