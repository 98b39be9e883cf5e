//! `thor-stack sessions`, `sessions show`, `sessions import`.

use super::desk::{count, ledger, two_sessions};
use crate::ledger::rows::{all, capture_of, captured, full_row};
use crate::support::program::{World, names_below};
use thor_stack::ledger::Ledger;
use thor_stack::value::SessionRow;

#[test]
fn an_empty_stack_has_no_sessions_and_gets_no_files() {
    let world = World::new();
    world.run(&["sessions"]).exits(0).prints("no sessions yet: `thor-stack run` captures");
    let json = world.run(&["sessions", "--json"]).exits(0).json();
    assert_eq!(json, serde_json::json!({ "schema": 1, "sessions": [], "missed": [] }));
    assert_eq!(world.run(&["sessions", "--csv"]).exits(0).stdout().lines().count(), 1, "the header");
    world.run(&["sessions", "show", "1"]).exits(1).says("no session 1");
    world.run(&["sessions", "show", "x"]).exits(2).says("no number; write it like 17");
    assert!(!world.home().exists(), "reading creates nothing");
}

#[test]
fn the_table_shows_trades_outcomes_and_what_was_missed() {
    let world = two_sessions();
    let ran = world.run(&["sessions", "--color", "always"]);
    ran.exits(0).prints("\u{1b}[32mWORKED\u{1b}[0m").prints("missed: Germany 2025-11-28: no fresh quotes");
    let ran = world.run(&["sessions", "--market", "usa", "--future", "ym"]);
    ran.exits(0).never_shows("\u{1b}").never_shows("Japan");
    let line = ran.stdout().lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(line, "1 2025-11-28 USA YM BUY 117.78125 117.875 117.6875 WORKED 117.875 14:31:00Z");
    let ran = world.run(&["sessions"]);
    assert!(ran.stdout().lines().all(|line| line.chars().count() <= 120), "{ran}");
}

/// The keys of interfaces.md and the columns of domain.md section 7.
#[test]
fn json_has_every_column_by_name() {
    let world = two_sessions();
    let json = world.run(&["sessions", "--json", "--market", "USA"]).exits(0).json();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["missed"], serde_json::json!([]));
    let rows = json["sessions"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    for column in SessionRow::COLUMNS {
        assert!(rows[0].get(column.name).is_some(), "{}", column.name);
    }
    assert_eq!(rows[0]["entry_price"], "117.78125");
    assert_eq!(rows[0]["session_number"], 1);
    assert!(rows[0]["bid_price"].is_null());
    let json = world.run(&["sessions", "--json", "--market", "Frankfurt"]).exits(0).json();
    let missed = serde_json::json!([
        { "market": "Germany", "session_date": "2025-11-28", "reason": "no fresh quotes" }
    ]);
    assert_eq!(json["missed"], missed);
}

#[test]
fn filters_are_heeded_and_bad_ones_answered() {
    let world = two_sessions();
    let count = |arguments: &[&str]| {
        let json = world.run(&[&["sessions", "--json"], arguments].concat()).exits(0).json();
        json["sessions"].as_array().unwrap().len()
    };
    assert_eq!(count(&[]), 24);
    assert_eq!(count(&["--outcome", "worked"]), 1);
    assert_eq!(count(&["--outcome", "PENDING", "--market", "USA"]), 11);
    assert_eq!(count(&["--future", "$DXY"]), 2);
    assert_eq!(count(&["--future", "total"]), 2);
    assert_eq!(count(&["--from", "2025-11-29"]), 0);
    assert_eq!(count(&["--to", "2025-11-28"]), 24);
    assert_eq!(count(&["--last", "5"]), 5);
    world.run(&["sessions", "--from", "2031-01-01"]).exits(0).prints("no such sessions");
    world.run(&["sessions", "--market", "US"]).exits(2).says("did you mean \"USA\"?");
    world.run(&["sessions", "--future", "RTT"]).exits(2).says("no future \"RTT\"; did you mean RTY?");
    world.run(&["sessions", "--outcome", "won"]).exits(2).says("known: PENDING, WORKED, DIDNT_WORK, NEUTRAL");
    world.run(&["sessions", "--from", "2025-11-28", "--to", "2025-11-01"]).exits(2).says("swap them");
}

#[test]
fn show_prints_one_session() {
    let world = two_sessions();
    let ran = world.run(&["sessions", "show", "2"]);
    ran.exits(0)
        .prints("session 2: Japan on Fri 2025-11-28, captured 2025-11-28 14:30:01Z, 1250 ms after the open");
    ran.prints("SPREAD").never_shows("USA");
    let json = world.run(&["sessions", "show", "1", "--json"]).exits(0).json();
    assert_eq!(json["sessions"].as_array().unwrap().len(), 12);
    world
        .run(&["sessions", "show", "3"])
        .exits(1)
        .says("no session 3; `thor-stack sessions` lists the latest");
    world.run(&["sessions", "show", "three"]).exits(2);
}

#[test]
fn what_csv_exports_import_brings_back() {
    let from = World::new();
    let mut row = full_row("USA", "2025-11-28", "YM");
    row.record.data_gap = Some("=HYPERLINK(\"x\"), \"quoted\"\nand on".into());
    captured(
        &ledger(&from),
        &capture_of("USA", "2025-11-28", vec![row, full_row("USA", "2025-11-28", "ES")]),
    );
    let csv = from.run(&["sessions", "--csv"]).exits(0).stdout();
    assert!(csv.contains(r#""'=HYPERLINK(""x""), ""quoted"""#), "no spreadsheet runs it: {csv}");
    assert!(csv.contains(",-"), "numbers keep their signs: {csv}");

    let to = World::new();
    to.file("history.csv", &csv);
    to.run(&["sessions", "import", "history.csv"])
        .exits(0)
        .prints("imported 2 rows; 0 were in the ledger already");
    assert_eq!(all(&ledger(&to)), all(&ledger(&from)));
    to.run(&["sessions", "import", "history.csv"])
        .exits(0)
        .prints("imported 0 rows; 2 were in the ledger already");
}

/// An export of the original's table: its own id, other order and case, its symbols, floats for whole numbers.
#[test]
fn an_export_of_the_original_comes_in() {
    let world = World::new();
    world.file(
        "original.csv",
        "\u{feff}id,Country,future,year,month,date,captured_at,bhs,wndw,bid_size,entry_price,strong_buy_worked_percentage\n\
         7,United Kingdom,RT,2024.0,2,29,2024-02-29 08:00:01.25+00:00,STRONG_BUY,WORKED,12.0,2041.7000,33.33333333333333\n\
         8,United Kingdom,TOTAL,2024,2,29,2024-02-29 08:00:01.25+00:00,,NEUTRAL,,,\n\n",
    );
    let ran = world.run(&["sessions", "import", "original.csv"]);
    ran.exits(0).prints("imported 2 rows").says("column \"id\" is passed over");
    let row = &ledger(&world).session(1).unwrap()[0].row;
    assert_eq!((row.id.future.as_str(), row.id.day.as_str()), ("RTY", "Thu"));
    assert_eq!(row.book.bid_size, Some(12));
    assert_eq!(row.trade.entry_price.unwrap().to_string(), "2041.7");
    assert_eq!(row.history.strong_buy_worked_percentage.unwrap().to_string(), "33.3333");
}

/// Many opens, shuffled and without numbers: each open gets one number, in the order of the opens.
#[test]
fn sessions_without_numbers_are_numbered_in_their_order() {
    let world = World::new();
    let mut lines = Vec::new();
    for day in (1..=28).rev() {
        for future in ["YM", "ES", "NQ", "RTY", "CL", "SI", "HG", "GC", "VX", "DX", "ZB"] {
            for market in ["USA", "Japan"] {
                lines.push(format!("2025,11,{day},2025-11-{day:02}T14:30:01Z,{market},{future},NEUTRAL\n"));
            }
        }
    }
    let (odd, even): (Vec<_>, Vec<_>) = lines.into_iter().enumerate().partition(|(at, _)| at % 5 == 0);
    let text: String = odd.into_iter().chain(even).map(|(_, line)| line).collect();
    world.file("plain.csv", &format!("year,month,date,captured_at,country,future,wndw\n{text}"));
    world.run(&["sessions", "import", "plain.csv"]).exits(0).prints("imported 616 rows");
    for (number, market, date) in [(1, "Japan", 1), (2, "USA", 1), (55, "Japan", 28), (56, "USA", 28)] {
        let rows = ledger(&world).session(number).unwrap();
        assert_eq!(rows.len(), 11, "an open is not torn apart");
        assert!(rows.iter().all(|it| (it.row.id.country.as_str(), it.row.id.date) == (market, date)));
    }
}

#[test]
fn a_bad_line_is_named_and_nothing_is_imported() {
    let world = World::new();
    world.file(
        "bad.csv",
        "year,month,date,day,captured_at,country,future,wndw\n\
         2025,11,28,Fri,2025-11-28T14:30:01Z,USA,YM,WORKED\n\
         2025,11,31,Fri,2025-11-28T14:30:01Z,USA,YM,WORKED\n\
         2025,11,28,Mon,2025-11-28T14:30:01Z,USA,ES,WORKED\n\
         2025,11,28,Fri,noon,USA,ES,WORKED\n\
         2025,11,28,Fri,2025-11-28T14:30:01Z,Atlantis,ES,WORKED\n\
         2025,11,28,Fri,2025-11-28T14:30:01Z,USA,RTT,WORKED\n\
         2025,11,28,Fri,2025-11-28T14:30:01Z,USA,ES,WON\n\
         2025,11,28,Fri\n",
    );
    let ran = world.run(&["sessions", "import", "bad.csv"]);
    ran.exits(1).says("bad.csv: nothing was imported");
    ran.says("line 3: 2025-11-31 is no date").says("line 4: 2025-11-28 is a Fri, not Mon");
    ran.says("line 5: column captured_at: \"noon\"").says("line 6: no market \"Atlantis\"");
    ran.says("line 7: no future \"RTT\"; did you mean RTY?").says("line 8: column wndw: \"WON\"");
    ran.says("line 9: 4 cells, but the header has 8");
    assert!(!ran.stderr().contains("line 2:"), "{ran}");
    assert!(!world.home().exists(), "not even a ledger was made");
    world.file("short.csv", "year,month\n2025,11\n");
    world
        .run(&["sessions", "import", "short.csv"])
        .exits(1)
        .says("no column date, captured_at, country, future, wndw");
    world.file("empty.csv", "");
    world.run(&["sessions", "import", "empty.csv"]).exits(1).says("the file is empty");
    world.run(&["sessions", "import", "absent.csv"]).exits(1).says("reading absent.csv: ");
    std::fs::write(world.path("latin.csv"), b"year,month\n\xe9,1\n").unwrap();
    world.run(&["sessions", "import", "latin.csv"]).exits(1);
}

#[test]
fn what_the_ledger_has_wins_over_an_import() {
    let world = two_sessions();
    let csv = world.run(&["sessions", "--csv", "--market", "USA"]).exits(0).stdout();
    world.file("changed.csv", &csv.replacen(",WORKED,", ",NEUTRAL,", 1));
    let ran = world.run(&["sessions", "import", "changed.csv"]);
    ran.exits(1)
        .says("nothing was imported, what the ledger has was kept")
        .says("line 2: YM of USA 2025-11-28 is in the ledger already");
    assert_eq!(count(&world), 24);
}

/// A reader of a ledger that nobody writes to leaves its folder as it was.
#[test]
fn reading_leaves_no_files_behind() {
    let world = two_sessions();
    let before = names_below(&world.home());
    for arguments in
        [vec!["sessions"], vec!["sessions", "--csv"], vec!["stats"], vec!["extremes"], vec!["check"]]
    {
        world.run(&arguments).exits(0);
        assert_eq!(names_below(&world.home()), before, "{arguments:?}");
    }
}
