//! Paths that people and networks make up.

use super::poll;
use crate::feed::fixture;
use crate::support::program::World;
use std::path::Path;

const FIXTURE: &str = "rtd_tos_2025-11-29.xlsx";

/// Copies the fixture to `path` below a new world, and reads it there.
fn read_at(path: &str) {
    let world = World::new();
    let path = world.path(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::copy(fixture(FIXTURE), &path).unwrap();
    let quotes = poll(&world, path.to_str().unwrap()).exits(0).json()["quotes"].clone();
    assert_eq!(quotes.as_array().unwrap().len(), 11, "{quotes}");
}

#[test]
fn a_path_with_spaces_is_read() {
    read_at(r"OneDrive - Ana & Co\My Quotes (live)\RTD TOS.xlsx");
}

#[test]
fn a_path_in_any_script_is_read() {
    read_at("Büro\\東京 先物\\Котировки ✓.xlsx");
}

/// Longer than the 260 characters of MAX_PATH.
#[test]
fn a_path_of_300_characters_is_read() {
    let folder = "a".repeat(80);
    read_at(&format!(r"{folder}\{folder}\{folder}\{folder}\RTD_TOS.xlsx"));
}

#[test]
fn the_forms_of_a_path_lead_to_the_same_file() {
    let world = World::new();
    let path = world.path("RTD_TOS.xlsx");
    std::fs::copy(fixture(FIXTURE), &path).unwrap();
    let plain = path.to_str().unwrap().to_owned();
    let forms = [
        plain.replace('\\', "/"),
        plain.to_lowercase(),
        format!(r"\\?\{plain}"),
        format!(r"\\.\{plain}"),
        "RTD_TOS.xlsx".into(),
    ];
    for form in forms {
        let quotes = poll(&world, &form).exits(0).json()["quotes"].clone();
        assert_eq!(quotes.as_array().map(Vec::len), Some(11), "{form}: {quotes}");
    }
}

/// A share that is not there is said to be, and waited for by no one.
#[test]
fn a_share_that_is_not_there_is_named() {
    let world = World::new();
    let ran = poll(&world, r"\\no-such-server-of-ours\quotes\RTD_TOS.xlsx");
    ran.exits(1).says(r"\\no-such-server-of-ours\quotes");
}

/// The whole life of a stack in a home of such a path: lock, pipe, ledger and log.
#[test]
fn a_home_with_spaces_in_any_script_works() {
    let life = crate::life::Life::at("Mein Büro – 東京");
    life.run(&["start"]).exits(0).prints("started (pid ");
    life.run(&["status"]).exits(0).prints("running");
    life.run(&["sessions", "--json"]).exits(0);
    assert!(Path::new(life.home()).join("ledger.db").exists());
    life.run(&["stop"]).exits(0).prints("stopped");
}

/// SQLite and the folder watch get the path in the form that has no limit.
#[test]
fn a_home_and_a_workbook_at_300_characters_work() {
    let folder = "a".repeat(80);
    let life = crate::life::Life::at(&format!(r"{folder}\{folder}\{folder}\{folder}\home"));
    let book = life.home().with_file_name("RTD_TOS.xlsx");
    std::fs::create_dir_all(book.parent().unwrap()).unwrap();
    std::fs::copy(fixture(FIXTURE), &book).unwrap();
    life.run(&["start", "--workbook", book.to_str().unwrap()]).exits(0).prints("started (pid ");
    crate::life::until("it is read", || life.status()["workbook"]["quotes"] == 11);
    assert!(!life.log().contains("cannot watch"), "{}", life.log());
    life.run(&["sessions", "--json"]).exits(0);
    assert!(life.home().join("ledger.db").exists());
    life.run(&["ledger", "backup", life.home().join("copy.db").to_str().unwrap()]).exits(0);
    life.run(&["stop"]).exits(0).prints("stopped");
}

#[test]
fn the_data_folder_is_the_local_one() {
    let world = World::new();
    let home = world.run(&["config", "--json"]).exits(0).stdout();
    let escaped = world.home().to_str().unwrap().replace('\\', r"\\");
    assert!(home.contains(&escaped), "{escaped} in {home}");
}
