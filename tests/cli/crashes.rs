//! `thor-stack crashes`, `crashes show`.

use super::desk::ledger;
use crate::ledger::crashes::crash;
use crate::ledger::rows::first;
use crate::support::program::{World, names_below};
use thor_stack::ledger::{Crash, CrashKind, Ledger};

/// A panic of the poller that came three times, then an error of the grader whose text would act on a terminal.
fn two_crashes() -> World {
    let world = World::new();
    let error = Crash {
        supervisor: "MarketOpenGraderSupervisor".into(),
        kind: CrashKind::Error,
        location: None,
        stack: None,
        ..crash("=cmd \u{1b}[2J\nand a second line", 60)
    };
    ledger(&world)
        .record_crashes(&first(), &[crash("boom", 1), crash("boom", 2), crash("boom", 5), error])
        .unwrap();
    world
}

#[test]
fn a_stack_that_never_failed_has_no_crashes_and_gets_no_files() {
    let world = World::new();
    world.run(&["crashes"]).exits(0).prints("no crashes");
    let json = world.run(&["crashes", "--json"]).exits(0).json();
    assert_eq!(json, serde_json::json!({ "schema": 1, "crashes": [] }));
    world.run(&["crashes", "show", "1"]).exits(1).says("no crash 1; `thor-stack crashes` lists");
    assert!(!world.home().exists(), "reading creates nothing");
}

#[test]
fn the_newest_is_first_and_a_loop_is_one_line() {
    let world = two_crashes();
    let ran = world.run(&["crashes"]);
    let lines: Vec<String> = ran.exits(0).stdout().lines().skip(1).map(String::from).collect();
    assert_eq!(lines.len(), 2, "{ran}");
    assert!(
        lines[0].contains("MarketOpenGraderSupervisor") && lines[0].contains("=cmd \\u{1b}[2J…"),
        "{ran}"
    );
    let words: Vec<&str> = lines[1].split_whitespace().collect();
    let expected = "1 2025-11-28 14:30:05Z 3 ExcelPollerSupervisor panic boom src/feed/cell.rs:17:5";
    assert_eq!(words.join(" "), expected);
    ran.never_shows("\u{1b}");
}

#[test]
fn filters_json_and_csv_agree() {
    let world = two_crashes();
    let messages = |arguments: &[&str]| -> Vec<String> {
        let json = world.run(&[&["crashes", "--json"], arguments].concat()).exits(0).json();
        let crashes = json["crashes"].as_array().unwrap().clone();
        crashes.iter().map(|it| it["supervisor"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(messages(&[]).len(), 2);
    assert_eq!(messages(&["--supervisor", "ExcelPollerSupervisor"]), ["ExcelPollerSupervisor"]);
    assert_eq!(messages(&["--from", "2025-11-28", "--to", "2025-11-28"]).len(), 2);
    assert_eq!(messages(&["--from", "2025-11-29"]), [] as [&str; 0]);
    assert_eq!(messages(&["--to", "2025-11-27"]), [] as [&str; 0]);
    world.run(&["crashes", "--from", "2025-11-29", "--to", "2025-11-28"]).exits(2).says("swap them");
    let csv = world.run(&["crashes", "--csv"]).exits(0).stdout();
    assert!(
        csv.contains("'=cmd") && csv.lines().next().unwrap().starts_with("number,supervisor,kind,"),
        "{csv}"
    );
}

#[test]
fn show_tells_place_stack_phase_and_what_was_before() {
    let world = two_crashes();
    let ran = world.run(&["crashes", "show", "1"]);
    ran.exits(0).prints("crash 1: panic in ExcelPollerSupervisor, generation 3\n  boom\n");
    ran.prints("at     src/feed/cell.rs:17:5\nwhile  reading row 812\n");
    ran.prints("when   3 times, from 2025-11-28T14:30:01Z to 2025-11-28T14:30:05Z\n");
    ran.prints("\nbefore it\n  started\n").prints("\nstack\n  thor_stack::feed::cell::price\n");
    let json = world.run(&["crashes", "show", "1", "--json"]).exits(0).json();
    assert_eq!((&json["schema"], &json["number"], &json["count"]), (&1.into(), &1.into(), &3.into()));
    assert_eq!(json["events"][0], "started");
    world.run(&["crashes", "show", "2"]).exits(0).never_shows("\u{1b}");
}

#[test]
fn asking_leaves_no_files_behind() {
    let world = two_crashes();
    let before = names_below(&world.home());
    for arguments in [vec!["crashes"], vec!["crashes", "show", "1"], vec!["gaps"], vec!["gaps", "--csv"]] {
        world.run(&arguments).exits(0);
        assert_eq!(names_below(&world.home()), before, "{arguments:?}");
    }
}
