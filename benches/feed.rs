//! What a look at the workbook costs, beside a minimal program on calamine's `worksheet_range`.

#![allow(missing_docs, clippy::expect_used, clippy::unwrap_used)] // a bench is a test

#[path = "../tests/support/workbooks.rs"]
mod workbooks;

use calamine::{Reader, Xlsx, open_workbook};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use thor_stack::config::CellRange;
use thor_stack::feed::{Look, WorkbookReader};
use workbooks::WorkbookWriter;

const REAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx");

/// A workbook in two saves of different content.
struct Case {
    name: &'static str,
    rows: u32,
    saves: [PathBuf; 2],
}

fn cases(folder: &Path) -> Vec<Case> {
    let made = |name: &'static str, rows: usize| {
        let saves = [0, 1].map(|tick| {
            let path = folder.join(format!("{rows}-{tick}.xlsx"));
            WorkbookWriter::of_size(rows, tick).save(&path);
            path
        });
        Case { name, rows: rows as u32, saves }
    };
    let real = Case { name: "12 rows (real)", rows: 12, saves: [PathBuf::from(REAL), PathBuf::from(REAL)] };
    vec![real, made("1,000 rows", 1000), made("10,000 rows", 10_000)]
}

fn reader(path: &Path, rows: u32) -> WorkbookReader {
    let range = CellRange { first_row: 0, first_column: 0, last_row: rows, last_column: 13 };
    WorkbookReader::new(path, "LiveData", range)
}

fn look(reader: &mut WorkbookReader) -> Look {
    reader.look(Timestamp::now(), &mut |_| false).expect("a workbook")
}

/// The least that a Rust program does: every cell of the sheet, nothing verified, nothing told apart.
fn worksheet_range(path: &Path) -> usize {
    let mut workbook: Xlsx<_> = open_workbook(path).expect("a workbook");
    workbook.worksheet_range("LiveData").expect("a sheet").used_cells().count()
}

fn benches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    for case in cases(folder.path()) {
        let mut group = criterion.benchmark_group(case.name);
        group
            .sample_size(30)
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(3));
        group.bench_function("calamine worksheet_range", |bencher| {
            bencher.iter(|| worksheet_range(black_box(&case.saves[0])));
        });
        group.bench_function("changed look", |bencher| {
            bencher.iter_batched_ref(
                || reader(&case.saves[0], case.rows),
                |reader| assert!(matches!(look(reader), Look::Changed(_))),
                BatchSize::SmallInput,
            );
        });
        unchanged(&mut group, &folder.path().join("saved.xlsx"), &case);
        group.finish();
    }
}

fn unchanged(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    path: &Path,
    case: &Case,
) {
    std::fs::copy(&case.saves[1], path).expect("a workbook");
    let file = std::fs::File::options().append(true).open(path).expect("the workbook");
    let hours_ago = |hours: u64| SystemTime::now() - Duration::from_secs(3600 * hours);
    file.set_modified(hours_ago(10)).expect("setting its time");
    let mut seen = reader(path, case.rows);
    look(&mut seen);
    // Every 200th look reads the file unconditionally: part of what a look costs.
    group.bench_function("unchanged look", |bencher| bencher.iter(|| look(&mut seen)));
    let mut seen = reader(path, case.rows);
    look(&mut seen);
    let mut tick = 0;
    group.bench_function("confirmed look", |bencher| {
        bencher.iter_batched(
            || {
                tick += 1;
                file.set_modified(hours_ago(5) + Duration::from_millis(tick)).expect("setting its time");
            },
            |()| look(&mut seen),
            BatchSize::PerIteration,
        );
    });
}

criterion_group!(feed, benches);
criterion_main!(feed);
