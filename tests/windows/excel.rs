//! A user's Excel saves while the poller reads: no save fails, and what is read is right.

use super::saver::{Excel, Way, hold};
use crate::feed::{DEFAULT_RANGE, look, quote, reader, sheet_of};
use crate::support::program::World;
use crate::support::workbooks::WorkbookWriter;
use std::fs::OpenOptions;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use thor_stack::feed::{Look, WorkbookReader};

/// How often Excel saves in each of its ways.
const SAVES: u64 = 1_000;

/// How long a save may take to be read.
const SOON: Duration = Duration::from_secs(20);

fn workbook(last: u64) -> WorkbookWriter {
    WorkbookWriter::with_headers().future("ES", "Last", last as f64)
}

/// What a reader that looks without pause has seen.
#[derive(Default)]
struct Seen {
    last: AtomicU64,
    looks: AtomicU64,
    reads: AtomicU64,
    transient: AtomicU64,
    stop: AtomicBool,
}

/// Looks as fast as it can; a price may only go up, and no error may last.
fn look_on(reader: &mut WorkbookReader, seen: &Seen) {
    while !seen.stop.load(Ordering::Acquire) {
        seen.looks.fetch_add(1, Ordering::Relaxed);
        match reader.look(jiff::Timestamp::now(), &mut |_| true) {
            Ok(Look::Changed(sheet)) => {
                let last: u64 = quote(&sheet, "ES").last.unwrap().to_string().parse().unwrap();
                let before = seen.last.fetch_max(last, Ordering::AcqRel);
                assert!(last >= before, "{last} after {before}");
                assert!(sheet.rejected.is_empty(), "{:?}", sheet.rejected);
                seen.reads.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Look::Unchanged | Look::Confirmed { .. }) => {}
            Err(error) => {
                assert!(error.is_transient(), "{error}");
                seen.transient.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Saves `SAVES` times while a reader looks on; every save is read before the next.
fn saves_while_polled(way: Way) {
    let world = World::new();
    let path = world.path("RTD_TOS.xlsm");
    workbook(1).save(&path); // a price of 0 is one that is not loaded
    let seen = Seen::default();
    let mut excel = Excel::open(&path);
    std::thread::scope(|scope| {
        let mut reader = reader(&path, DEFAULT_RANGE);
        let seen = &seen;
        let looking = scope.spawn(move || look_on(&mut reader, seen));
        let outcome = save_all(&mut excel, way, seen, || looking.is_finished());
        seen.stop.store(true, Ordering::Release);
        looking.join().unwrap();
        outcome.unwrap();
    });
    let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
    println!(
        "{SAVES} saves by {way:?}: {} looks, {} reads, {} transient, {} renames tried again",
        count(&seen.looks),
        count(&seen.reads),
        count(&seen.transient),
        excel.waits
    );
}

fn save_all(excel: &mut Excel, way: Way, seen: &Seen, over: impl Fn() -> bool) -> Result<(), String> {
    for number in 2..=SAVES + 1 {
        excel.save(&workbook(number), way).map_err(|error| format!("save {number}: {error}"))?;
        let deadline = Instant::now() + SOON;
        while seen.last.load(Ordering::Acquire) != number {
            if over() || Instant::now() > deadline {
                return Err(format!("save {number} was not read"));
            }
            std::thread::yield_now();
        }
    }
    Ok(())
}

#[test]
fn no_save_that_deletes_and_renames_is_broken() {
    saves_while_polled(Way::DeleteAndRename);
}

#[test]
fn no_save_that_renames_twice_is_broken() {
    saves_while_polled(Way::RenameTwice);
}

#[test]
fn no_save_that_replaces_is_broken() {
    saves_while_polled(Way::Replace);
}

/// A save that meets the poller in its very read: the old file is open for reading, as the poller opens it.
#[test]
fn a_file_that_is_being_read_can_be_deleted_and_renamed() {
    let world = World::new();
    let path = world.path("RTD_TOS.xlsm");
    workbook(1).save(&path);
    let mut excel = Excel::open(&path);
    let reading = OpenOptions::new().read(true).share_mode(0x7).open(&path).unwrap();
    excel.save(&workbook(2), Way::RenameTwice).unwrap();
    drop(reading);
    assert_eq!(last(&path), "2");
}

fn last(path: &Path) -> String {
    let sheet = sheet_of(look(&mut reader(path, DEFAULT_RANGE)));
    quote(&sheet, "ES").last.unwrap().to_string()
}

/// Excel's own hold while the workbook is open in it.
#[test]
fn a_workbook_that_is_open_in_excel_is_read() {
    let world = World::new();
    let path = world.path("RTD_TOS.xlsm");
    workbook(7).save(&path);
    let _held = hold(&path).unwrap();
    assert_eq!(last(&path), "7");
    let ran = super::poll(&world, path.to_str().unwrap());
    assert_eq!(ran.exits(0).json()["quotes"][0]["last"], "7");
}

/// Error 32 (held without sharing), error 2 (between deletion and rename).
#[test]
fn a_file_that_is_held_or_gone_for_a_moment_is_transient() {
    let world = World::new();
    let path = world.path("RTD_TOS.xlsm");
    workbook(1).save(&path);
    let mut reader = reader(&path, DEFAULT_RANGE);
    sheet_of(look(&mut reader));
    std::fs::remove_file(&path).unwrap();
    assert!(reader.look(jiff::Timestamp::now(), &mut |_| true).unwrap_err().is_transient(), "error 2");
    workbook(2).save(&path);
    let alone = OpenOptions::new().read(true).write(true).share_mode(0).open(&path).unwrap();
    let error = reader.look(jiff::Timestamp::now(), &mut |_| true).unwrap_err();
    assert!(error.is_transient(), "error 32: {error}");
    drop(alone);
    assert_eq!(quote(&sheet_of(look(&mut reader)), "ES").last.unwrap().to_string(), "2");
}

/// Error 33: another program has locked a range of the file, as some backups do.
#[test]
#[ignore = "Wine lets everybody read a locked range"]
fn a_file_with_a_locked_range_is_transient() {
    let world = World::new();
    let path = world.path("RTD_TOS.xlsm");
    workbook(1).save(&path);
    let share_all = OpenOptions::new().read(true).write(true).share_mode(0x7).open(&path).unwrap();
    share_all.lock().unwrap();
    let read = std::fs::read(&path).unwrap_err();
    assert_eq!(read.raw_os_error(), Some(33), "what the system says of a locked range: {read}");
    let mut reader = reader(&path, DEFAULT_RANGE);
    let error = reader.look(jiff::Timestamp::now(), &mut |_| true).unwrap_err();
    assert!(error.is_transient(), "error 33: {error}");
    drop(share_all);
    assert_eq!(quote(&sheet_of(look(&mut reader)), "ES").last.unwrap().to_string(), "1");
}

/// Error 5: a file that was deleted keeps its name until its last handle is closed, and nobody may open it meanwhile.
#[test]
#[ignore = "Wine opens a file that is about to be deleted"]
fn a_file_that_is_about_to_be_deleted_is_transient() {
    const DELETE: u32 = 0x0001_0000;
    let world = World::new();
    let path = world.path("RTD_TOS.xlsm");
    workbook(1).save(&path);
    let mut reader = reader(&path, DEFAULT_RANGE);
    sheet_of(look(&mut reader));
    let last_handle = OpenOptions::new().access_mode(DELETE | 0x1).share_mode(0x7).open(&path).unwrap();
    super::saver::delete_when_closed(&last_handle).unwrap();
    let open = std::fs::File::open(&path).unwrap_err();
    assert_eq!(open.raw_os_error(), Some(5), "what the system says of a name that goes: {open}");
    let error = reader.look(jiff::Timestamp::now(), &mut |_| true).unwrap_err();
    assert!(error.is_transient(), "error 5: {error}");
    drop(last_handle);
    workbook(2).save(&path);
    assert_eq!(quote(&sheet_of(look(&mut reader)), "ES").last.unwrap().to_string(), "2");
}

/// The owner file is no workbook, whatever its name ends with.
#[test]
fn the_running_stack_reads_each_save() {
    let world = World::new();
    let path = world.path("RTD_TOS.xlsm");
    workbook(100).save(&path);
    let mut excel = Excel::open(&path);
    let mut run = world.start(&[
        "run",
        "--quotes",
        "--workbook",
        path.to_str().unwrap(),
        "--set",
        "workbook.interval=250ms",
    ]);
    run.prints("100 ");
    for number in 101..=130 {
        excel.save(&workbook(number), Way::RenameTwice).unwrap();
        run.prints(&format!("{number} "));
    }
}
