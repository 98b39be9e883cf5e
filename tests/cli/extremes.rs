//! `thor-stack extremes`, `extremes seed`.

use super::desk::ledger;
use crate::ledger::rows::{first, price};
use crate::support::program::World;
use jiff::{Timestamp, ToSpan};
use thor_stack::ledger::{DayRange, Ledger};
use thor_stack::rules::extremes::DailyRange;
use thor_stack::value::bundled_zone;

/// So many days ago in New York.
fn days_ago(days: i64) -> jiff::civil::Date {
    let zone = bundled_zone("America/New_York").unwrap();
    zone.to_datetime(Timestamp::now()).date().checked_sub(days.days()).unwrap()
}

#[test]
fn seeds_and_days_are_merged() {
    let world = World::new();
    world.run(&["extremes"]).exits(0).prints("no extremes yet");
    let (high, low) = (days_ago(100), days_ago(200));
    world.file(
        "seeds.csv",
        &format!(
            "Future,High,high_date,low,low_date\n/ym,48528,{high},36708.5,{low}\nZB,119.5625,{high},,\n"
        ),
    );
    world.run(&["extremes", "seed", "seeds.csv"]).exits(0).prints("seeded 2 futures");
    let range = DailyRange { date: days_ago(3), high: price("49000"), low: price("48000") };
    ledger(&world).record_extremes(&first(), &[DayRange { future: "YM".into(), range }], &[]).unwrap();
    let json = world.run(&["extremes", "--json"]).exits(0).json();
    assert_eq!(json["schema"], 1);
    let ym = &json["extremes"][0];
    assert_eq!((&ym["future"], &ym["partial"]), (&"YM".into(), &false.into()));
    assert_eq!(ym["high"]["price"], "49000");
    assert_eq!(ym["low"]["price"], "36708.5");
    assert_eq!(ym["low"]["date"], low.to_string());
    assert_eq!(ym["coverage_from"], days_ago(3).to_string());
    assert_eq!(json["extremes"][1]["partial"], true, "ZB has no low");
    let ran = world.run(&["extremes"]);
    ran.exits(0).prints("52W HIGH").prints("36708.5").prints("partial");
    assert!(ran.stdout().lines().all(|line| line.chars().count() <= 120), "{ran}");
}

#[test]
fn a_bad_line_is_named_and_nothing_is_seeded() {
    let world = World::new();
    let (past, future) = (days_ago(1), days_ago(-2));
    world.file(
        "bad.csv",
        &format!(
            "future,high,high_date,low,low_date\nYM,48528,{past},36708,{past}\nRTT,1,{past},,\nES,1,{past},2,{past}\n\
             NQ,1,,,\nCL,,,,\nSI,1,{future},,\nHG,1.2.3,{past},,\nYM,1,{past},,\nTOTAL,1,{past},,\nGC,0,{past},,\n"
        ),
    );
    let ran = world.run(&["extremes", "seed", "bad.csv"]);
    ran.exits(1).says("bad.csv: nothing was seeded");
    ran.says("line 3: no future \"RTT\"; did you mean RTY?").says("line 4: the high 1 is below the low 2");
    ran.says("line 5: no high_date").says("line 6: neither a high nor a low").says("line 7: high_date");
    ran.says("line 8: high \"1.2.3\"").says("line 9: YM is seeded twice").says("line 10: TOTAL is no future");
    ran.says("line 11: high 0");
    assert!(!world.home().exists(), "not even a ledger was made");
    world.file("other.csv", "name,price\nYM,1\n");
    let ran = world.run(&["extremes", "seed", "other.csv"]);
    ran.exits(1).says("the columns are future, high, high_date, low, low_date, not name, price");
}
