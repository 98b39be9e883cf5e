//! `thor-stack config`.

use crate::support::program::{World, names_below};

#[test]
fn shows_each_value_and_where_it_came_from() {
    let world =
        World::new().with("REDIS_URL", "redis://ana:s3cret@host/1").with("THOR_STACK_WORKBOOK_SHEET", "Env");
    world.file("my.toml", "[workbook]\ninterval = '5s'\n");
    let ran =
        world.run(&["config", "--json", "--config", "my.toml", "--set", "bus.refresh=30s", "--log", "debug"]);
    let json = ran.exits(0).never_shows("s3cret").json();
    assert_eq!(json["schema"], 1);
    let value = |key: &str| {
        let all = json["values"].as_array().unwrap();
        let one = all.iter().find(|one| one["key"] == key).unwrap_or_else(|| panic!("no {key}"));
        let text = |field: &str| one[field].as_str().unwrap_or("null").to_string();
        (text("value"), text("origin"), text("source").rsplit(['/', '\\']).next().unwrap().to_string())
    };
    let expected = |value: &str, origin: &str, source: &str| (value.into(), origin.into(), source.into());
    assert_eq!(value("workbook.interval"), expected("5s", "file", "my.toml:2"));
    assert_eq!(value("workbook.sheet"), expected("Env", "env", "THOR_STACK_WORKBOOK_SHEET"));
    assert_eq!(value("bus.url"), expected("redis://ana:***@host/1", "env", "REDIS_URL"));
    assert_eq!(value("bus.refresh"), expected("30s", "flag", "--set bus.refresh"));
    assert_eq!(value("log.level"), expected("debug", "flag", "--log"));
    assert_eq!(value("bus.timeout"), expected("200ms", "default", "null"));
    assert_eq!(value("workbook.path"), expected("null", "default", "null"));
}

#[test]
fn the_table_for_people_says_the_same() {
    let ran = World::new().with("REDIS_HOST", "h").run(&["config"]);
    ran.exits(0).prints("KEY ").prints("REDIS_HOST").prints("redis://h:6379/0");
    ran.prints("workbook.interval").never_shows("\u{1b}");
}

#[test]
fn creates_nothing() {
    let world = World::new();
    world.run(&["config"]).exits(0);
    world.run(&["check"]).exits(0);
    assert_eq!(names_below(&world.path("")), Vec::<String>::new());
}

#[test]
fn the_sample_is_a_config() {
    let world = World::new();
    let sample = world.run(&["config", "--sample"]);
    world.file("sample.toml", &sample.exits(0).stdout());
    world.run(&["config", "--config", "sample.toml"]).exits(0);
}

#[test]
fn an_alias_that_cannot_be_read_is_a_warning() {
    let ran = World::new().with("EXCEL_LIVE_RANGE", "everything").run(&["config"]);
    ran.exits(0)
        .says("[WARN ]")
        .says("EXCEL_LIVE_RANGE: \"everything\": not a block of cells such as A1:N13");
}
