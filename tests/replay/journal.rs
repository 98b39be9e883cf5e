//! What is written to a journal is read back: values, times, departures, rows that are not loaded.

use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::{Board, BoardSnapshot};
use thor_stack::journal::{Journal, JournalReader, Tape};
use thor_stack::supervise::Generation;
use thor_stack::value::{Price, Quote, Sheet, Symbol};

const KEEP: Duration = Duration::from_secs(30 * 86_400);

fn at(second: i64) -> Timestamp {
    "2025-11-19T21:59:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn sheet(second: i64, rows: &[(&str, &str)], not_loaded: &[&str]) -> Sheet {
    let quote = |(name, last): &(&str, &str)| {
        let last: Option<Price> = Some(last.parse().unwrap());
        Arc::new(Quote { last, instrument_type: Some("Futures".into()), ..Quote::absent(symbol(name)) })
    };
    Sheet {
        saved_at: at(second) - SignedDuration::from_millis(250),
        quotes: rows.iter().map(quote).collect(),
        not_loaded: not_loaded.iter().map(|name| symbol(name)).collect(),
        rejected: Vec::new(),
    }
}

/// A board whose updates are written to a journal.
struct Desk {
    board: Board,
    generation: Generation,
    journal: Journal,
    seen: Vec<String>,
}

impl Desk {
    fn new(folder: &Path) -> Desk {
        let board = Board::new(Duration::from_secs(60), at(0));
        Desk { board, generation: Generation::new(1), journal: Journal::new(folder, KEEP), seen: Vec::new() }
    }

    fn save(&mut self, second: i64, rows: &[(&str, &str)], not_loaded: &[&str]) {
        let update =
            self.board.apply(&self.generation, &sheet(second, rows, not_loaded), at(second)).unwrap();
        assert!(self.journal.write(&update).unwrap());
        self.seen.push(shown(&update.snapshot));
    }

    fn confirm(&mut self, second: i64) {
        let update = self.board.confirm(&self.generation, at(second), at(second)).unwrap();
        assert!(self.journal.write(&update).unwrap());
        self.seen.push(shown(&update.snapshot));
    }
}

fn shown(snapshot: &BoardSnapshot) -> String {
    let row = |quote: &Arc<thor_stack::board::BoardQuote>| {
        format!("{:?} {} {}", quote.quote, snapshot.saved_at(quote), quote.unchanged_since)
    };
    let mut rows: Vec<String> = snapshot.quotes().iter().map(row).collect();
    rows.sort();
    format!("{:?} {rows:#?}", snapshot.seen_at)
}

/// The snapshots of a board that takes what the journals say.
fn replayed(folder: &Path) -> Vec<String> {
    let (board, generation) = (Board::new(Duration::from_secs(60), at(0)), Generation::new(1));
    let mut tape = Tape::default();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut seen = Vec::new();
    for file in files {
        for batch in JournalReader::open(&file).unwrap() {
            let update = match tape.apply(&batch) {
                Some(sheet) => board.apply(&generation, &sheet, batch.at).unwrap(),
                None => board.confirm(&generation, batch.saved_at, batch.at).unwrap(),
            };
            seen.push(shown(&update.snapshot));
        }
    }
    seen
}

#[test]
fn a_board_that_takes_a_journal_shows_what_the_recorded_one_showed() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(folder.path());
    desk.save(0, &[("YM", "47476"), ("ZB", "117.78125"), ("CL", "-37.63")], &["NQ"]);
    desk.save(3, &[("YM", "47476"), ("ZB", "117.8125"), ("CL", "-37.63")], &["NQ"]);
    desk.confirm(6);
    desk.save(9, &[("YM", "47480"), ("CL", "-37.63")], &["NQ", "ZB"]);
    desk.confirm(12);
    desk.save(15, &[("YM", "47480"), ("ZB", "117.8125"), ("NQ", "24500.25")], &[]);
    desk.confirm(70); // a new trading day: a new file
    desk.save(73, &[("YM", "47481"), ("ZB", "117.8125"), ("NQ", "24500.25")], &[]);
    let seen = std::mem::take(&mut desk.seen);
    drop(desk);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    assert_eq!(replayed(folder.path()), seen);
}

#[test]
fn quotes_that_turn_stale_are_no_save() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(folder.path());
    desk.save(0, &[("YM", "47476")], &[]);
    let stale = desk.board.mark_stale(&desk.generation, at(100)).unwrap();
    assert_eq!(stale.changed.len(), 1);
    assert!(!desk.journal.write(&stale).unwrap());
}

/// A crash loses what was not flushed; what was is read, and that the rest is missing is said.
#[test]
fn what_was_flushed_survives_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(folder.path());
    desk.save(0, &[("YM", "47476")], &[]);
    desk.journal.flush().unwrap();
    desk.save(3, &[("YM", "47477")], &[]);
    let file = desk.journal.path().unwrap().to_path_buf();
    let mut reader = JournalReader::open(&file).unwrap();
    assert_eq!(reader.by_ref().count(), 1);
    let (damage, problems) = reader.damage();
    assert_eq!(problems, 1);
    assert!(damage[0].to_string().contains("cut, or still being written"), "{}", damage[0]);
}

#[test]
fn a_bad_line_costs_itself_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plain.jsonl");
    let line = |second| format!(r#"{{"at":"{}","quotes":[{{"symbol":"YM","last":"1"}}]}}"#, at(second));
    let half = line(9)[..40].to_string();
    std::fs::write(&file, [line(0), "{\"at\":7}".into(), String::new(), line(6), half].join("\n")).unwrap();
    let mut reader = JournalReader::open(&file).unwrap();
    assert_eq!(reader.by_ref().map(|batch| batch.at).collect::<Vec<_>>(), [at(0), at(6)]);
    let lines: Vec<u64> = reader.damage().0.iter().map(|damage| damage.line).collect();
    assert_eq!(lines, [2, 5]);
}
