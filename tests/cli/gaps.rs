//! `thor-stack gaps`, and what `sessions` says of them.

use super::desk::{ledger, two_sessions};
use crate::ledger::crashes::second;
use crate::ledger::rows::first;
use crate::support::program::World;
use thor_stack::ledger::{Gap, GapReason, Ledger};

fn outage(start: i64, end: Option<i64>) -> Gap {
    Gap {
        supervisor: Some("ExcelPollerSupervisor".into()),
        reason: GapReason::Panic,
        started_at: second(start),
        ended_at: end.map(second),
        cycles_lost: end.map(|_| 7),
        detail: Some("boom".into()),
    }
}

#[test]
fn the_table_has_start_end_length_cycles_and_reason_newest_first() {
    let world = World::new();
    world.run(&["gaps"]).exits(0).prints("no gaps");
    assert!(!world.home().exists(), "reading creates nothing");
    let suspend = Gap { supervisor: None, reason: GapReason::Suspend, detail: None, ..outage(0, Some(600)) };
    ledger(&world).record_gaps(&first(), &[suspend, outage(10, Some(31)), outage(700, None)]).unwrap();
    let ran = world.run(&["gaps"]);
    let lines: Vec<String> = ran
        .exits(0)
        .stdout()
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(lines[0], "START END LASTED CYCLES WHO WHY DETAIL");
    assert!(lines[1].starts_with("2025-11-28 14:41:40Z goes on "), "{ran}");
    assert_eq!(lines[2], "2025-11-28 14:30:10Z 2025-11-28 14:30:31Z 21s 7 ExcelPollerSupervisor panic boom");
    assert_eq!(lines[3], "2025-11-28 14:30:00Z 2025-11-28 14:40:00Z 10m 7 the process suspend");
    let json = world.run(&["gaps", "--json", "--supervisor", "ExcelPollerSupervisor"]).exits(0).json();
    assert_eq!(json["gaps"][0]["ended_at"], serde_json::Value::Null);
    let expected = serde_json::json!({
        "supervisor": "ExcelPollerSupervisor", "reason": "panic", "started_at": "2025-11-28T14:30:10Z",
        "ended_at": "2025-11-28T14:30:31Z", "cycles_lost": 7, "detail": "boom"
    });
    assert_eq!(json["gaps"][1], expected);
    assert_eq!(world.run(&["gaps", "--csv", "--to", "2025-11-27"]).exits(0).stdout().lines().count(), 1);
}

#[test]
fn sessions_say_what_they_miss_in_table_show_and_json() {
    let world = two_sessions();
    let ledger = ledger(&world);
    let rows = ledger.session(1).unwrap();
    let note = outage(10, Some(31)).note();
    let notes = [(rows[0].id, note.clone()), (rows[1].id, note.clone())];
    assert_eq!(ledger.note_gaps(&first(), &notes).unwrap(), 2);
    drop(ledger);
    let ran = world.run(&["sessions", "--market", "USA"]);
    assert_eq!(ran.exits(0).stdout().matches("data gap").count(), 2, "{ran}");
    ran.prints("14:31:00Z, data gap");
    world.run(&["sessions", "show", "1"]).exits(0).prints(&format!("YM: {note}"));
    let json = world.run(&["sessions", "--json", "--market", "USA"]).exits(0).json();
    assert_eq!(
        (&json["sessions"][0]["data_gap"], &json["sessions"][2]["data_gap"]),
        (&serde_json::json!(note), &serde_json::Value::Null)
    );
}
