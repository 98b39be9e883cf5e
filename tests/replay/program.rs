//! `demo` and `replay` as a user meets them.

use super::scene::{journals, lines, plain, record};
use crate::support::program::{World, names_below};

#[test]
fn a_demo_captures_and_grades_and_leaves_nothing_behind() {
    let world = World::new();
    let ran = world.run(&["demo", "--market", "Pre_USA"]);
    ran.exits(0).says("Pre_USA opened: 12 rows captured").prints("SESSION").prints("WORKED");
    assert_eq!(names_below(world.path(".").as_path()), Vec::<String>::new());
    let json = world.run(&["demo", "--market", "Pre_USA", "--json"]).exits(0).json();
    let outcomes: Vec<&str> =
        json["sessions"].as_array().unwrap().iter().map(|row| row["wndw"].as_str().unwrap()).collect();
    assert_eq!(outcomes.len(), 12);
    assert!(!outcomes.contains(&"PENDING"), "{outcomes:?}");
}

#[test]
fn a_replay_tries_other_targets_and_says_what_it_could_not_use() {
    let world = World::new();
    record(&world.path("recorded"));
    let mut lines = lines(&world.path("recorded"));
    lines.truncate(700);
    lines[600] = lines[600][..50].to_string();
    let path = plain(&world.path("recorded"), &lines);
    let path = path.to_str().unwrap();
    let typed = ["replay", path, "--json", "--set", "instruments.NQ.targets.high=3"];
    let json = world.run(&typed).exits(0).says("line 601").json();
    let nq = json["sessions"].as_array().unwrap().iter().find(|row| row["future"] == "NQ").unwrap();
    let price = |key: &str| nq[key].as_str().unwrap().parse::<f64>().unwrap();
    assert_eq!(price("target_high") - price("entry_price"), 3.0);
    let quiet = ["replay", path, "--json", "--set", "log.level=off"];
    assert_eq!(world.run(&quiet).exits(0).stderr(), "", "--set says how much is told");
    assert_eq!((json["schema"].as_u64(), json["missed"].as_array().map(Vec::len)), (Some(1), Some(0)));
    assert_eq!(journals(&world.path("recorded")).len(), 1);
}

/// Regression: it ended with 0, and a script took what the other workers had left for all of the day.
#[cfg(feature = "failpoints")]
#[test]
fn a_replay_in_which_a_worker_failed_says_so_by_its_exit_code() {
    let world = World::new().with("FAILPOINTS", "ledger.commit.before=40*off->1*return(panic)");
    record(&world.path("recorded"));
    let path = plain(&world.path("recorded"), &lines(&world.path("recorded")));
    world.run(&["replay", path.to_str().unwrap(), "--json"]).exits(1).says("cycles failed, the first of ");
}

/// Started again in mid-session, after the session, and where it may not be.
#[test]
fn a_replay_goes_on_from_where_it_is_told() {
    let world = World::new();
    record(&world.path("recorded"));
    let path = plain(&world.path("recorded"), &lines(&world.path("recorded")));
    let path = path.to_str().unwrap();
    let only = "markets.USA.enabled=false";
    let replay = |from: &str, ledger: &str| {
        world.run(&["replay", path, "--json", "--set", only, "--from", from, "--ledger", ledger])
    };
    let late = replay("2025-11-19T13:25:00Z", "late.db");
    late.exits(0);
    let again = replay("2025-11-19T14:00:00Z", "late.db").exits(0).json();
    assert_eq!(again["sessions"], late.json()["sessions"], "what was captured and graded stays");
    let first = replay("2025-11-19T13:40:00Z", "first.db").exits(0).json();
    let pre_usa = |key: &str| first["sessions"].as_array().unwrap().iter().any(|row| row[key] == "Pre_USA");
    assert!(!pre_usa("country"), "opened before anything ran");
    replay("2025-11-19T18:00:00Z", "over.db").exits(1).says("the recording ends at 2025-11-19T14:30:00Z");
    replay("2025-11-19T13:40:00", "over.db").exits(2).says("no zone");
    let own = world.home().join("ledger.db");
    std::fs::create_dir_all(world.home()).unwrap();
    std::fs::write(&own, "").unwrap();
    replay("2025-11-19T13:40:00Z", own.to_str().unwrap()).exits(1).says("is the stack's own ledger");
}

#[test]
fn a_replay_of_nothing_and_over_an_old_ledger_is_refused() {
    let world = World::new();
    let said = world.run(&["replay", "absent.jsonl"]).exits(1).says("reading absent.jsonl: ").stderr();
    assert_eq!(said.matches("os error").count(), 1, "{said}");
    world.run(&["replay"]).exits(2);
    world.run(&["replay", "absent.jsonl", "--speed", "fast"]).exits(2).says("--speed");
    world.file("old.db", "");
    world.run(&["replay", "absent.jsonl", "--ledger", "old.db"]).exits(1).says("old.db exists already");
}
