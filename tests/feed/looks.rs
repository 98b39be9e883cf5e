//! What repeated looks say while Excel saves.

use super::{DEFAULT_RANGE, Saved, age, look, quote, reader, sheet_of};
use crate::support::workbooks::WorkbookWriter;
use jiff::Timestamp;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use thor_stack::feed::Look;

const HOUR: Duration = Duration::from_secs(3600);

fn workbook(last: f64) -> WorkbookWriter {
    WorkbookWriter::with_headers().future("ES", "Last", last)
}

#[test]
fn a_file_that_is_not_saved_is_unchanged() {
    let saved = Saved::workbook(&workbook(6835.0));
    age(&saved.path, HOUR);
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    sheet_of(look(&mut reader));
    for _ in 0..3 {
        assert!(matches!(look(&mut reader), Ok(Look::Unchanged)));
    }
}

#[test]
fn a_save_of_the_same_content_confirms_it() {
    let saved = Saved::workbook(&workbook(6835.0));
    age(&saved.path, HOUR);
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    let first = sheet_of(look(&mut reader)).saved_at;
    workbook(6835.0).save_like_excel(&saved.path);
    match look(&mut reader) {
        Ok(Look::Confirmed { saved_at }) => assert!(saved_at > first),
        other => panic!("{other:?}"),
    }
    assert!(matches!(look(&mut reader), Ok(Look::Unchanged)));
}

#[test]
fn a_save_of_another_price_is_read() {
    let saved = Saved::workbook(&workbook(6835.0));
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    sheet_of(look(&mut reader));
    workbook(6835.25).save_like_excel(&saved.path);
    let sheet = sheet_of(look(&mut reader));
    assert_eq!(quote(&sheet, "ES").last.unwrap().to_string(), "6835.25");
}

/// The racy case: saved in place twice within the clock's granularity, with the same size and time.
#[test]
fn a_second_save_within_the_same_tick_is_not_missed() {
    let saved = Saved::workbook(&workbook(6835.25));
    let modified = std::fs::metadata(&saved.path).unwrap().modified().unwrap();
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    sheet_of(look(&mut reader));
    let size = std::fs::metadata(&saved.path).unwrap().len();
    let (last, bytes) = same_size(size);
    std::fs::write(&saved.path, bytes).unwrap();
    std::fs::File::options().append(true).open(&saved.path).unwrap().set_modified(modified).unwrap();
    let sheet = sheet_of(look(&mut reader));
    assert_eq!(quote(&sheet, "ES").last.unwrap().to_string(), last.to_string());
}

/// Another last price with which the workbook has exactly `size` bytes.
fn same_size(size: u64) -> (f64, Vec<u8>) {
    let candidates = (1..1000).map(|tick| 6835.25 + f64::from(tick));
    let mut workbooks = candidates.map(|last| (last, workbook(last).bytes()));
    workbooks.find(|(_, bytes)| bytes.len() as u64 == size).expect("a price of the same size")
}

/// Every 200th look reads the workbook whatever its stat says.
#[test]
fn a_change_that_stat_hides_is_seen_in_the_end() {
    let saved = Saved::workbook(&workbook(6835.25));
    age(&saved.path, HOUR);
    let modified = std::fs::metadata(&saved.path).unwrap().modified().unwrap();
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    sheet_of(look(&mut reader));
    let (last, bytes) = same_size(std::fs::metadata(&saved.path).unwrap().len());
    std::fs::write(&saved.path, bytes).unwrap();
    std::fs::File::options().append(true).open(&saved.path).unwrap().set_modified(modified).unwrap();
    let seen = (0..200).find_map(|_| match look(&mut reader) {
        Ok(Look::Changed(sheet)) => Some(sheet),
        _ => None,
    });
    assert_eq!(quote(&seen.unwrap(), "ES").last.unwrap().to_string(), last.to_string());
}

/// Regression: the reading of every 200th look made a new save of it, whose quotes were fresh for as long again.
#[test]
fn a_file_from_the_future_is_one_save_however_often_it_is_read() {
    let saved = Saved::workbook(&workbook(6835.25));
    let file = std::fs::File::options().append(true).open(&saved.path).unwrap();
    file.set_modified(std::time::SystemTime::now() + 10 * HOUR).unwrap();
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    let first = Timestamp::now();
    let mut look_after = |seconds: i64| {
        let now = first.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        reader.look(now, &mut |_| true).unwrap()
    };
    assert_eq!(sheet_of(Ok(look_after(0))).saved_at, first);
    let mut reads = 0;
    for second in 1..=400 {
        match look_after(second) {
            Look::Changed(sheet) => {
                assert_eq!(sheet.saved_at, first, "{second} s later");
                reads += 1;
            }
            Look::Confirmed { saved_at } => panic!("saved at {saved_at}, {second} s later"),
            Look::Unchanged => {}
        }
    }
    assert_eq!(reads, 2);
}

#[test]
fn a_save_in_progress_is_waited_for_and_bounded() {
    let saved = Saved::workbook(&workbook(6835.0));
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    sheet_of(look(&mut reader));
    std::fs::remove_file(&saved.path).unwrap();

    let mut pauses = Vec::new();
    let error = reader.look(Timestamp::now(), &mut |pause| {
        pauses.push(pause);
        true
    });
    assert!(error.unwrap_err().is_transient());
    assert_eq!(pauses, [Duration::from_millis(20); 5]);

    let mut pauses = 0;
    let sheet = reader.look(Timestamp::now(), &mut |_| {
        pauses += 1;
        match pauses {
            1 => std::fs::write(&saved.path, &workbook(6836.0).bytes()[..300]).unwrap(),
            2 => workbook(6836.0).save(&saved.path),
            _ => panic!("the save was complete"),
        }
        true
    });
    assert_eq!(quote(&sheet_of(sheet), "ES").last.unwrap().to_string(), "6836");
}

#[test]
fn a_stop_ends_the_wait_for_a_save() {
    let saved = Saved::workbook(&workbook(6835.0));
    std::fs::remove_file(&saved.path).unwrap();
    let mut pauses = 0;
    let error = reader(&saved.path, DEFAULT_RANGE).look(Timestamp::now(), &mut |_| {
        pauses += 1;
        false
    });
    assert!(error.unwrap_err().is_transient());
    assert_eq!(pauses, 1);
}

#[test]
fn an_error_forgets_nothing() {
    let saved = Saved::workbook(&workbook(6835.0));
    age(&saved.path, HOUR);
    let aside = saved.folder.path().join("aside.xlsx");
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    sheet_of(look(&mut reader));
    std::fs::rename(&saved.path, &aside).unwrap();
    assert!(look(&mut reader).is_err());
    std::fs::rename(&aside, &saved.path).unwrap();
    assert!(matches!(look(&mut reader), Ok(Look::Unchanged)));
}

/// A workbook that Excel saved with another sheet changed only: theme, calculation chain and sheet 2 do not matter.
#[test]
fn a_change_elsewhere_in_the_workbook_confirms_the_quotes() {
    let saved = Saved::workbook(&workbook(6835.0));
    age(&saved.path, HOUR);
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    sheet_of(look(&mut reader));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workbook(6835.0).bytes())).unwrap();
    let mut parts: Vec<(String, String)> = (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let name = part.name().unwrap().into_owned();
            (name, std::io::read_to_string(&mut part).unwrap())
        })
        .collect();
    parts.insert(0, ("xl/theme/theme1.xml".to_string(), "<theme/>".to_string()));
    std::fs::write(&saved.path, crate::support::workbooks::pack(&parts)).unwrap();
    assert!(matches!(look(&mut reader), Ok(Look::Confirmed { .. })));
}

/// A poller and Excel at work at the same time (with Windows' share modes: tests/windows/excel.rs), both ways of saving: every sheet that is read is of one save.
#[test]
#[cfg_attr(windows, ignore = "std renames over no open file there")]
fn no_sheet_is_half_of_one_save() {
    const SAVES: usize = 150;
    type Save = fn(&WorkbookWriter, &std::path::Path);
    for save in [WorkbookWriter::save_like_excel as Save, WorkbookWriter::save as Save] {
        let saved = Saved::workbook(&WorkbookWriter::of_size(12, 0));
        let mut reader = reader(&saved.path, DEFAULT_RANGE);
        let (mut seen, both) = (0, AtomicBool::new(false));
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let more = (1..)
                    .take_while(|tick| *tick < SAVES || !both.load(Ordering::Relaxed) && *tick < 100 * SAVES);
                more.for_each(|tick| save(&WorkbookWriter::of_size(12, tick), &saved.path));
            });
            while !writer.is_finished() {
                match look(&mut reader) {
                    Ok(Look::Changed(sheet)) => {
                        assert_one_save(&sheet);
                        seen += 1;
                        both.store(seen > 1, Ordering::Relaxed);
                    }
                    Ok(_) => {}
                    Err(error) => {
                        assert!(error.problem.is_transient() || error.to_string().contains("damaged"));
                    }
                }
            }
        });
        assert!(seen > 1, "no save was seen");
        if let Ok(Look::Changed(sheet)) = look(&mut reader) {
            assert_one_save(&sheet);
        }
    }
}

/// The volume tells the tick of the save, and from it follows every price.
fn assert_one_save(sheet: &thor_stack::value::Sheet) {
    assert_eq!(sheet.quotes.len(), 12);
    let tick = quote(sheet, "S0").volume.unwrap() - 1000;
    for (index, quote) in sheet.quotes.iter().enumerate() {
        let close = 1000.0 + index as f64 + tick as f64 * 0.25;
        assert_eq!((quote.volume, quote.close.unwrap().to_string()), (Some(1000 + tick), close.to_string()));
    }
}
