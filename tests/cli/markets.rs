//! `thor-stack markets`.

use crate::support::program::{World, names_below};

#[test]
fn shows_every_market_at_an_instant() {
    let world = World::new();
    let ran = world.run(&["markets", "--at", "2025-11-28T14:30:00Z"]);
    ran.exits(0).prints("MARKET").prints("Frankfurt").never_shows("\u{1b}");
    ran.prints(
        "global composite 55 of 100, AMERICAN hours; open: Germany, United Kingdom, USA, Canada, Mexico",
    );
    assert!(ran.stdout().lines().all(|line| line.chars().count() <= 100), "{ran}");
}

/// The keys of interfaces.md.
#[test]
fn json_has_the_keys_that_scripts_rely_on() {
    let world = World::new();
    let json =
        world.run(&["markets", "--json", "--at", "2025-11-28T09:30:00[America/New_York]"]).exits(0).json();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["at"], "2025-11-28T14:30:00Z");
    assert_eq!(json["composite"]["score"], "55");
    let names: Vec<&str> =
        json["markets"].as_array().unwrap().iter().map(|it| it["market"].as_str().unwrap()).collect();
    let expected =
        ["Japan", "China", "India", "Germany", "United Kingdom", "Pre_USA", "USA", "Canada", "Mexico"];
    assert_eq!(names, expected);
    let usa = &json["markets"][6];
    assert_eq!((usa["state"].as_str(), usa["next_event"].as_str()), (Some("OPEN"), Some("close")));
    assert_eq!(usa["next_close_at"], "2025-11-28T18:00:00Z", "the day after Thanksgiving ends at 13:00");
    assert_eq!(usa["seconds_to_next_event"], 3 * 3600 + 1800);
    assert_eq!(usa["is_holiday_today"], false);
}

#[test]
fn an_instant_without_a_zone_is_a_bad_command_line() {
    let world = World::new();
    let ran = world.run(&["markets", "--at", "2025-11-28T14:30:00"]);
    ran.exits(2).says("no zone; write 2025-11-28T14:30:00Z, or 2025-11-28T09:30:00[America/New_York]");
    assert_eq!(ran.stdout(), "");
}

#[test]
fn what_no_exchange_has_published_is_unknown_with_a_warning() {
    let world = World::new();
    let ran = world.run(&["markets", "--at", "2040-01-03T15:00:00Z"]);
    ran.exits(0).prints("UNKNOWN").says("the calendar of USA ended on 2027-12-31");
    world
        .run(&["markets", "--at", "2001-01-03T15:00:00Z"])
        .exits(0)
        .says("the calendar of USA begins on 2010");
}

#[test]
fn config_and_the_override_file_are_heeded() {
    let world = World::new();
    world.file("config.toml", "[markets.USA]\nweight = 0.5\n[markets.Japan]\nenabled = false\n");
    let override_file = world.home().join("calendar.toml");
    std::fs::create_dir_all(world.home()).unwrap();
    let closed = "[[calendar.override]]\nmarket = 'Canada'\ndate = 2025-11-28\nclosed = true\n";
    std::fs::write(override_file, closed).unwrap();
    let ran = world.run(&["markets", "--config", "config.toml", "--json", "--at", "2025-11-28T14:30:00Z"]);
    let json = ran.exits(0).json();
    assert_eq!(json["composite"]["score"], "77", "USA counts 25 more, Canada 3 less");
    assert_eq!(json["markets"].as_array().unwrap().len(), 8);
    assert!(ran.stdout().contains(r#""market":"Canada","state":"HOLIDAY_CLOSED""#), "{ran}");
    assert_eq!(names_below(&world.home()), ["calendar.toml"], "reading creates nothing");
}
