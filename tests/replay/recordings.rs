//! A recording replayed leaves what the recorded run left, on every run, in whatever order its lines come.

use super::scene::{config, journals, lines, plain, record, replay};
use std::path::PathBuf;
use thor_stack::config::WorkbookConfig;
use thor_stack::replay::{Recording, Saves};
use thor_stack::value::Price;

#[test]
fn a_replay_leaves_every_row_of_the_recorded_run_every_time() {
    let home = tempfile::tempdir().unwrap();
    let recorded = record(home.path());
    assert_eq!(recorded.sessions().len(), 12, "an open was captured");
    let played = [0, 1].map(|_| replay(&journals(home.path()), config(home.path())));
    for again in played {
        assert_eq!(again.run.saves, recorded.run.saves);
        again.equals(&recorded);
    }
}

#[test]
fn lines_out_of_order_and_repeated_lines_change_nothing() {
    let home = tempfile::tempdir().unwrap();
    let recorded = record(home.path());
    let mut shuffled = lines(home.path());
    // The first line stays the first, as it has every quote.
    for at in (1..shuffled.len() - 40).step_by(17) {
        shuffled.swap(at, at + 31);
    }
    let repeated = shuffled[300..330].to_vec();
    shuffled.extend(repeated);
    let mut files = journals(home.path());
    files.push(plain(home.path(), &shuffled));
    replay(&files[1..], config(home.path())).equals(&recorded);
    replay(&files, config(home.path())).equals(&recorded); // beside the original
}

#[test]
fn what_is_whole_of_a_cut_journal_is_used() {
    let home = tempfile::tempdir().unwrap();
    record(home.path());
    let whole = std::fs::read(&journals(home.path())[0]).unwrap();
    let cut: PathBuf = home.path().join("cut.jsonl.zst");
    std::fs::write(&cut, &whole[..whole.len() * 2 / 3]).unwrap();
    let played = replay(std::slice::from_ref(&cut), config(home.path()));
    let all = lines(home.path()).len() as u64;
    assert!((all / 3..all).contains(&played.run.saves), "{} of {all}", played.run.saves);
    assert_eq!(played.sessions().len(), 12);
}

#[test]
fn other_targets_lead_to_other_exits_and_to_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    record(home.path());
    let before = replay(&journals(home.path()), config(home.path()));
    let mut changed = config(home.path());
    let nq = changed.instruments.iter_mut().find(|one| one.name == "NQ").unwrap();
    nq.targets.high = Some(Price::from(3));
    nq.targets.low = Some(Price::from(3));
    let after = replay(&journals(home.path()), changed);
    let differ = |(one, other): &(&&String, &&String)| one != other;
    let (one, other) = (before.sessions(), after.sessions());
    let differing: Vec<_> = one.iter().zip(&other).filter(differ).collect();
    assert_eq!(differing.len(), 1);
    assert!(differing[0].0.contains("\"NQ\""), "{}", differing[0].0);
}

#[test]
fn opens_before_the_recording_are_neither_captured_nor_missed() {
    let home = tempfile::tempdir().unwrap();
    record(home.path());
    let late: Vec<String> = lines(home.path())
        .into_iter()
        .filter(|line| line.as_str() > r#"{"at":"2025-11-19T13:30:01"#)
        .collect();
    let played = replay(&[plain(home.path(), &late)], config(home.path()));
    assert!(played.run.saves > 500);
    let recorded = |row: &&String| row.starts_with("sessions") || row.starts_with("missed");
    assert_eq!(played.rows.iter().filter(recorded).count(), 0);
}

#[test]
fn what_is_no_recording_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    let refusal = |name: &str, content: &str| {
        let path = home.path().join(name);
        std::fs::write(&path, content).unwrap();
        let opened = Recording::open(&[path], &WorkbookConfig::default());
        opened.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(refusal("notes.jsonl", "hello\n").contains("notes.jsonl: no line of a journal in it; line 1"));
    assert!(refusal("empty.jsonl", "").contains("no line of a journal"));
    assert!(refusal("book.xlsx", "PK").contains("named by its time"));
    let folder = Recording::open(&[home.path().into()], &WorkbookConfig::default()).err();
    assert!(folder.is_some());
    let absent =
        Recording::open(&[home.path().join("absent.jsonl")], &WorkbookConfig::default()).err().unwrap();
    assert!(absent.to_string().contains("absent.jsonl"));
}

/// Who writes a journal and is killed in its first seconds leaves a file without a line; the others have the day.
#[test]
fn a_journal_without_a_line_does_not_hide_those_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let recorded = record(home.path());
    let empty = home.path().join("journal/20251119T132000Z.jsonl.zst");
    std::fs::write(&empty, "").unwrap();
    let mut recording = Recording::open(&[home.path().join("journal")], &WorkbookConfig::default()).unwrap();
    assert!(recording.next_at().unwrap().is_some());
    let (damage, problems) = recording.damage();
    assert_eq!((damage[0].path.as_path(), problems), (empty.as_path(), 1));
    replay(&[home.path().join("journal")], config(home.path())).equals(&recorded);
}

/// Workbooks named by their time are a recording too.
#[test]
fn workbooks_are_read_in_the_order_of_their_names() {
    let home = tempfile::tempdir().unwrap();
    let fixture = "tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx";
    for name in ["20251119T133000Z.xlsx", "20251119T132955Z save.xlsx", "20251119T133010Z.xlsx"] {
        std::fs::copy(fixture, home.path().join(name)).unwrap();
    }
    let played = replay(&[home.path().into()], config(home.path()));
    assert_eq!(played.run.saves, 3);
    assert_eq!(played.run.first.unwrap().to_string(), "2025-11-19T13:29:55Z");
    assert_eq!(played.sessions().len(), 12, "{:#?}", played.sessions());
}
