//! `thor-stack calendar`.

use crate::support::program::World;

#[test]
fn prints_the_sessions_of_a_range() {
    let world = World::new();
    let ran = world.run(&["calendar", "tokyo", "--from", "2025-12-29", "--to", "2026-01-05", "--csv"]);
    ran.exits(0);
    assert_eq!(
        ran.stdout(),
        "market,session_date,open_utc,close_utc\n\
         Japan,2025-12-29,2025-12-29T00:00:00Z,2025-12-29T06:30:00Z\n\
         Japan,2025-12-30,2025-12-30T00:00:00Z,2025-12-30T06:30:00Z\n\
         Japan,2026-01-05,2026-01-05T00:00:00Z,2026-01-05T06:30:00Z\n"
    );
    let json = world.run(&["calendar", "XTKS", "--from", "2026-01-05", "--to", "2026-01-05", "--json"]);
    let json = json.exits(0).json();
    assert_eq!((&json["schema"], &json["market"]), (&1.into(), &"Japan".into()));
    assert_eq!(json["sessions"][0]["close_utc"], "2026-01-05T06:30:00Z");
    let ran = world.run(&["calendar", "USA", "--from", "2025-11-27", "--to", "2025-11-28"]);
    ran.exits(0).prints("2025-11-28    Fri  2025-11-28 14:30  2025-11-28 18:00  09:30-13:00 EST");
    assert_eq!(ran.stdout().lines().count(), 2, "Thanksgiving is none: {ran}");
}

#[test]
fn past_the_published_days_it_prints_what_is_known_and_warns() {
    let world = World::new();
    let ran = world.run(&["calendar", "China", "--from", "2026-12-30", "--to", "2027-01-15", "--csv"]);
    ran.exits(0).says("the calendar of China ends on 2026-12-31: later sessions are unknown");
    assert_eq!(ran.stdout().lines().count(), 3, "{ran}");
    let ran = world.run(&["calendar", "China", "--from", "1999-01-01", "--to", "1999-01-15"]);
    ran.exits(0).says("begins on 2010").prints("no session of China is known from 1999-01-01 to 1999-01-15");
}

#[test]
fn without_a_range_it_shows_the_next_two_weeks() {
    let world = World::new();
    world.run(&["calendar", "USA"]).exits(0).prints("09:30-");
}

#[test]
fn bad_names_and_dates_are_answered() {
    let world = World::new();
    world.run(&["calendar", "Japn"]).exits(2).says("did you mean \"Japan\"?");
    world.run(&["calendar", "Atlantis"]).exits(2).says("known: Japan, China");
    world.run(&["calendar", "USA", "--from", "28.11.2025"]).exits(2).says("write it like 2025-11-28");
    world.run(&["calendar", "USA", "--from", "2025-02-29"]).exits(2).says("no date");
    let ran = world.run(&["calendar", "USA", "--from", "2025-11-28", "--to", "2025-11-01"]);
    ran.exits(2).says("--to 2025-11-01 is before --from 2025-11-28");
    world.run(&["calendar", "USA", "--csv", "--json"]).exits(2);
}
