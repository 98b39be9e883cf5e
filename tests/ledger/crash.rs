//! A process that is killed while it writes.

use super::rows::*;
use super::scene;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use thor_stack::ledger::Ledger;

#[test]
fn a_killed_writer_leaves_every_capture_whole_and_none_of_the_confirmed_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut confirmed = 0;
    for kill_after in [1, 2, 3, 5, 8, 13] {
        let mut writer = scene::play("ledger::crash::scene_of_captures_without_end", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut next =
            || lines.by_ref().find_map(|line| line.strip_prefix("committed ")?.parse::<usize>().ok());
        for _ in 0..kill_after {
            confirmed = next().unwrap();
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        while let Some(later) = next() {
            confirmed = later; // said before the kill arrived
        }
        let ledger = open(&folder.path().join("ledger.db"));
        ledger.verify().unwrap();
        let rows = all(&ledger);
        assert_eq!(rows.len() % 12, 0, "half a capture");
        let captures = rows.len() / 12;
        assert!(captures == confirmed || captures == confirmed + 1, "{captures} of {confirmed} confirmed");
        confirmed = captures;
    }
}

#[test]
#[ignore = "a scene of a_killed_writer_leaves_every_capture_whole_and_none_of_the_confirmed_out"]
fn scene_of_captures_without_end() {
    let Some(folder) = scene::folder() else { return };
    let ledger = open(&folder.join("ledger.db"));
    let before = all(&ledger).len() / 12;
    let mut day = date("2000-01-01").checked_add(jiff::Span::new().days(before as i64)).unwrap();
    for number in before + 1.. {
        captured(&ledger, &capture("USA", &day.to_string()));
        println!("committed {number}");
        day = day.tomorrow().unwrap();
    }
}
