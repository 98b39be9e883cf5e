//! Hints from the workbook's folder.

use super::{DEFAULT_RANGE, Saved, look, reader};
use crate::support::workbooks::WorkbookWriter;
use crossbeam_channel::{Receiver, unbounded};
use std::time::{Duration, Instant};
use thor_stack::feed::FolderWatch;

const DEADLINE: Duration = Duration::from_secs(5);

fn watched() -> (Saved, FolderWatch, Receiver<()>) {
    let saved = Saved::workbook(&WorkbookWriter::of_size(3, 0));
    let (sender, hints) = unbounded();
    let watch = FolderWatch::start(&saved.path, move || {
        sender.send(()).ok();
    });
    (saved, watch.unwrap(), hints)
}

#[test]
fn a_save_hints_at_once() {
    let (saved, watch, hints) = watched();
    WorkbookWriter::of_size(3, 1).save_like_excel(&saved.path);
    hints.recv_timeout(DEADLINE).expect("a hint");
    assert!(watch.is_alive());
}

/// Reading must not hint, or the poller would wake itself for ever; nor do Excel's temporary and owner files.
#[test]
fn reads_and_other_files_hint_nothing() {
    let (saved, _watch, hints) = watched();
    look(&mut reader(&saved.path, DEFAULT_RANGE)).unwrap();
    std::fs::write(saved.folder.path().join("~$RTD.xlsx"), b"owner").unwrap();
    std::fs::write(saved.folder.path().join("3F2A1B00"), b"temporary").unwrap();
    // Events come in order: once the save's hint is here, the others would have been.
    WorkbookWriter::of_size(3, 1).save_like_excel(&saved.path);
    hints.recv_timeout(DEADLINE).expect("a hint");
    let settle = Instant::now() + Duration::from_millis(200);
    let more = std::iter::from_fn(|| hints.recv_deadline(settle).ok()).count();
    assert!(more <= 3, "one rename hinted {} times", more + 1);
}

#[test]
#[cfg_attr(windows, ignore = "Wine still shows a folder that is about to be deleted")]
fn a_folder_that_goes_away_ends_the_watch() {
    let (saved, watch, hints) = watched();
    let folder = saved.folder.path().to_path_buf();
    drop(saved);
    hints.recv_timeout(DEADLINE).expect("a hint");
    let deadline = Instant::now() + DEADLINE;
    while watch.is_alive() {
        assert!(Instant::now() < deadline, "the watch of {} should have ended", folder.display());
        hints.recv_timeout(Duration::from_millis(10)).ok();
    }
}

#[test]
fn dropping_the_watch_ends_its_thread() {
    let (_saved, watch, hints) = watched();
    drop(watch);
    let deadline = Instant::now() + DEADLINE;
    // The thread owns the sender: the channel closes when it has ended.
    loop {
        match hints.recv_deadline(deadline) {
            Ok(()) => {}
            Err(error) => {
                assert!(Instant::now() < deadline, "the thread still runs: {error}");
                break;
            }
        }
    }
}

#[test]
fn a_folder_that_is_not_there_is_an_error_with_a_way_on() {
    let saved = Saved::workbook(&WorkbookWriter::new());
    let missing = saved.folder.path().join("missing/RTD.xlsx");
    let error = FolderWatch::start(&missing, || {}).map(|_| ()).unwrap_err().to_string();
    assert!(
        error.ends_with("missing: it does not exist; saves are seen by workbook.interval alone"),
        "{error}"
    );
}
