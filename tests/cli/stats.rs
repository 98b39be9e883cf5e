//! `thor-stack stats`.

use super::desk::two_sessions;
use crate::support::program::World;

#[test]
fn counts_what_worked_by_signal() {
    let world = two_sessions();
    let ran = world.run(&["stats"]);
    ran.exits(0).prints("HIT RATE");
    let line = |signal: &str| {
        let line = ran.stdout().lines().find(|line| line.starts_with(signal)).unwrap().to_string();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("BUY"), "BUY 24 1 0 100.0 % 0 23");
    assert_eq!(line("HOLD"), "HOLD 0 0 0 - 0 0");
    assert_eq!(line("all"), "all 24 1 0 100.0 % 0 23");
    let json = world.run(&["stats", "--json", "--market", "Japan", "--future", "YM"]).exits(0).json();
    assert_eq!(
        (&json["schema"], &json["market"], &json["future"]),
        (&1.into(), &"Japan".into(), &"YM".into())
    );
    let buy = &json["signals"][1];
    assert_eq!((&buy["signal"], &buy["rows"], &buy["pending"]), (&"BUY".into(), &1.into(), &1.into()));
    assert!(buy["worked_percentage"].is_null(), "nothing is decided yet");
    let json = world.run(&["stats", "--json", "--market", "USA"]).exits(0).json();
    assert_eq!(json["signals"][1]["worked_percentage"], "100");
    assert_eq!(json["total"]["rows"], 12);
}

#[test]
fn no_ledger_and_unknown_names_are_answered() {
    let world = World::new();
    world.run(&["stats"]).exits(0).prints("no rows; `thor-stack run` captures them");
    assert_eq!(world.run(&["stats", "--json"]).exits(0).json()["total"]["rows"], 0);
    world.run(&["stats", "--future", "AAPL"]).exits(2).says("no future \"AAPL\"; known: YM, ES");
    world.run(&["stats", "--market", "Japn"]).exits(2).says("did you mean \"Japan\"?");
    assert!(!world.home().exists());
}
