//! A journal whose disk is full. The scene has a disk of its own.

use crate::ledger::disk::on_a_disk_of;
use crate::support::redis::eventually;
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::Board;
use thor_stack::config::{Config, WorkbookConfig};
use thor_stack::replay::{Recording, Saves};
use thor_stack::supervise::{Clock, Generation, ManualClock, Policy, Running, Supervisors};
use thor_stack::value::{Price, Quote, Sheet, Symbol};
use thor_stack::workers::JournalWriter;

/// As long as the writer keeps lines in memory, and as long as it waits after a failure, with a second to spare.
const FLUSH: Duration = Duration::from_secs(6);
const RETRY: Duration = Duration::from_secs(31);

/// A board, and the journal of what it shows.
struct Desk {
    clock: ManualClock,
    board: Arc<Board>,
    writer: Running,
    saves: u64,
}

impl Desk {
    fn in_home(home: &Path) -> Desk {
        let clock = ManualClock::starting_at("2025-11-19T14:30:00Z".parse().unwrap());
        let board = Arc::new(Board::new(Duration::from_secs(60), clock.now()));
        let mut supervisors = Supervisors::new(Arc::new(clock.clone()));
        let (config, its) = (Config::at_home(home.into()), Arc::clone(&board));
        supervisors
            .add("Journal", Policy::default(), move |ctx| {
                Ok(Box::new(JournalWriter::new(&config, &its, ctx)))
            })
            .unwrap();
        let writer = supervisors.start().unwrap();
        eventually("the writer is there", || writer.status()[0].cycles > 0);
        Desk { clock, board, writer, saves: 0 }
    }

    fn shows(&self, field: &str) -> Value {
        self.writer.status()[0].detail[field].clone()
    }

    fn count(&self, field: &str) -> u64 {
        self.shows(field).as_u64().unwrap()
    }

    /// A save of rows that do not compress, a second later; the writer has dealt with it when this returns.
    fn save(&mut self) {
        self.clock.advance(Duration::from_secs(1));
        self.saves += 1;
        let quote = |row: u64| {
            let noise = (row + self.saves * 1_000).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            let last = Price::from(noise as i64 + 1);
            Arc::new(Quote { last: Some(last), ..Quote::absent(Symbol::new(&format!("S{row}")).unwrap()) })
        };
        let (saved_at, quotes) = (self.clock.now(), (0..500).map(quote).collect());
        let sheet = Sheet { saved_at, quotes, not_loaded: Vec::new(), rejected: Vec::new() };
        self.board.apply(&Generation::new(1), &sheet, saved_at).unwrap();
        eventually("the save is written or lost", || self.count("lines") + self.count("lost") == self.saves);
    }

    fn passes(&self, time: Duration) {
        self.clock.advance(time);
    }
}

#[test]
fn a_full_disk_costs_lines_of_the_journal_and_says_how_many() {
    const NAME: &str = "replay::full_disk::a_full_disk_costs_lines_of_the_journal_and_says_how_many";
    on_a_disk_of("2m", NAME, fill);
}

fn fill(home: &Path) {
    let mut desk = Desk::in_home(home);
    desk.save();
    desk.passes(FLUSH);
    desk.save();
    let written = desk.count("lines");
    fill_up(&home.join("ballast"));
    (0..4).for_each(|_| desk.save());
    desk.passes(FLUSH);
    eventually("the failure is shown", || desk.shows("failing") == true);
    assert!(desk.shows("last_error")["message"].as_str().unwrap().contains("No space left"));
    assert!(desk.count("lost") >= 4, "{}", desk.count("lost"));

    for _ in 0..3 {
        desk.passes(RETRY); // tries again, in vain: no success is claimed, and no empty file is left
        desk.save();
        assert_eq!(desk.shows("failing"), true);
    }
    assert_eq!(journals(home).len(), 1);
    assert!(desk.count("lines") <= written);
    assert_eq!(desk.board.snapshot().quotes().len(), 500, "quotes go on");
    assert_eq!(desk.writer.status()[0].restarts, 0);

    fs::remove_file(home.join("ballast")).unwrap();
    desk.passes(RETRY);
    desk.save();
    assert_eq!(desk.shows("failing"), false);
    desk.save();
    let kept = desk.count("lines");
    drop(desk);
    assert_eq!(readable(home), kept);
}

/// Leaves not a byte.
fn fill_up(path: &Path) {
    let mut ballast = File::create(path).unwrap();
    while ballast.write(&[1; 512]).is_ok_and(|bytes| bytes > 0) {}
}

fn journals(home: &Path) -> Vec<PathBuf> {
    fs::read_dir(home.join("journal")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// How many saves a replay finds.
fn readable(home: &Path) -> u64 {
    let mut recording = Recording::open(&[home.join("journal")], &WorkbookConfig::default()).unwrap();
    let mut saves = 0;
    while let Some(at) = recording.next_at().unwrap() {
        recording.take(at).unwrap();
        saves += 1;
    }
    saves
}
