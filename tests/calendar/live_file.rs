//! The file of overrides in the home folder, changed while the stack runs.

use jiff::Timestamp;
use std::fs::{self, File};
use std::io::Write;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use thor_stack::calendar::{Calendar, LiveCalendar, OVERRIDE_FILE_NAME};
use thor_stack::value::Market;

const USA_CLOSED: &str = "[[calendar.override]]\nmarket = \"USA\"\ndate = 2026-11-30\nclosed = true\n";

struct Home {
    folder: TempDir,
    calendar: LiveCalendar,
}

impl Home {
    fn new() -> Home {
        let folder = TempDir::new().unwrap();
        let calendar = LiveCalendar::new(Calendar::embedded(), folder.path().join(OVERRIDE_FILE_NAME));
        Home { folder, calendar }
    }

    /// Saves the file, always at the same instant: a file system's time stamps may be that coarse.
    fn write(&self, text: &str) {
        let saved_at: Timestamp = "2026-11-27T11:59:59Z".parse().unwrap();
        let mut file = File::create(self.calendar.path()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let since_epoch = Duration::from_secs(saved_at.as_second().unsigned_abs());
        file.set_modified(SystemTime::UNIX_EPOCH + since_epoch).unwrap();
    }

    /// Whether New York has a session on 2026-11-30, as a worker sees it when it wakes.
    fn is_session(&self) -> bool {
        self.is_session_at("2026-11-27T12:00:00Z")
    }

    fn is_session_at(&self, now: &str) -> bool {
        let calendar = self.calendar.at(now.parse().unwrap());
        calendar.session_on(Market::USA, "2026-11-30".parse().unwrap()).unwrap().is_some()
    }

    fn problems(&self) -> Vec<String> {
        self.calendar.problems().iter().map(ToString::to_string).collect()
    }
}

#[test]
fn an_override_holds_from_the_next_look_on_and_goes_with_its_file() {
    let home = Home::new();
    assert!(home.is_session());
    home.write(USA_CLOSED);
    assert!(!home.is_session());
    home.write(&USA_CLOSED.replace("closed = true", "open = '10:00'\nclose = '11:00'"));
    assert!(home.is_session());
    home.write(&format!("{}\n", USA_CLOSED.replace("true", "true # half past nine")));
    assert!(!home.is_session());
    home.write(&format!("{}\n", USA_CLOSED.replace("true", "true # half past ten ")));
    assert!(!home.is_session(), "same length, same time stamp");
    fs::remove_file(home.calendar.path()).unwrap();
    assert!(!home.is_session(), "an editor may be replacing it");
    assert!(home.is_session_at("2026-11-27T12:00:03Z"));
    assert_eq!(home.problems(), [""; 0]);
}

/// Regression: while an editor wrote the file anew, in place, it was empty, and a market that the user had closed was open,
/// at its open of all times.
#[test]
fn a_file_that_is_being_written_opens_no_market() {
    let home = Home::new();
    let canada = USA_CLOSED.replace("USA", "Canada");
    home.write(&format!("{canada}{USA_CLOSED}"));
    assert!(!home.is_session());
    for half in ["", &canada] {
        home.write(half);
        assert!(!home.is_session_at("2026-11-27T12:00:00Z"));
        assert!(!home.is_session_at("2026-11-27T12:00:01Z"));
        home.write(&format!("{canada}{USA_CLOSED}"));
        assert!(!home.is_session_at("2026-11-27T12:00:05Z"));
    }
    home.write(&canada);
    assert!(!home.is_session_at("2026-11-27T12:00:10Z"), "counted from when it was seen last");
    assert!(home.is_session_at("2026-11-27T12:00:13Z"));
}

/// Half of the workers had the published calendar at their first look: a closed market was captured, and the rows of a
/// session with hours of its own were closed in the middle of it.
#[test]
fn whoever_asks_first_and_together_sees_the_file() {
    for _ in 0..20 {
        let home = Home::new();
        home.write(&format!("{}{USA_CLOSED}", "# long enough to be read for a while\n".repeat(5_000)));
        let together = Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    together.wait();
                    assert!(!home.is_session());
                });
            }
        });
    }
}

#[test]
fn a_bad_file_keeps_what_was_and_says_why() {
    let home = Home::new();
    home.write(USA_CLOSED);
    assert!(!home.is_session());
    home.write("[[calendar.override]]\nmarket = \"USB\"\ndate = 2026-12-01\nclosed = true\n");
    assert!(!home.is_session());
    assert_eq!(home.problems(), ["line 2: no market \"USB\"; did you mean \"USA\"?"]);
    home.write("");
    assert!(!home.is_session());
    assert!(home.is_session_at("2026-11-27T12:00:03Z"));
    assert_eq!(home.problems(), [""; 0]);
}

#[test]
fn a_file_that_cannot_be_read_keeps_what_was_until_it_can() {
    let home = Home::new();
    home.write(USA_CLOSED);
    assert!(!home.is_session());
    let aside = home.folder.path().join("aside.toml");
    fs::rename(home.calendar.path(), &aside).unwrap();
    fs::create_dir(home.calendar.path()).unwrap();
    assert!(!home.is_session());
    assert!(home.problems()[0].starts_with("cannot be read: "), "{:?}", home.problems());
    fs::remove_dir(home.calendar.path()).unwrap();
    fs::rename(&aside, home.calendar.path()).unwrap();
    assert!(!home.is_session());
    assert_eq!(home.problems(), [""; 0]);
    home.write(&"#".repeat(300_000));
    assert!(!home.is_session());
    assert_eq!(home.problems(), ["is larger than 262144 bytes"]);
}
