//! A process that is killed while it writes.

use super::rows::*;
use super::scene;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use thor_stack::ledger::Ledger;

const TEST: &str = "ledger::crash::a_killed_writer_leaves_every_capture_whole_and_none_of_the_confirmed_out";

#[test]
fn a_killed_writer_leaves_every_capture_whole_and_none_of_the_confirmed_out() {
    if let Some(folder) = scene::folder() {
        return capture_without_end(&folder);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut confirmed = 0;
    for kill_after in [1, 2, 3, 5, 8, 13] {
        let mut writer = scene::play(TEST, folder.path()).stdout(Stdio::piped()).spawn().unwrap();
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

fn capture_without_end(folder: &Path) {
    let ledger = open(&folder.join("ledger.db"));
    let before = all(&ledger).len() / 12;
    let mut day = date("2000-01-01").checked_add(jiff::Span::new().days(before as i64)).unwrap();
    for number in before + 1.. {
        captured(&ledger, &capture("USA", &day.to_string()));
        println!("committed {number}");
        day = day.tomorrow().unwrap();
    }
}
