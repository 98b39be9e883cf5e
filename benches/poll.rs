//! What a whole poll costs, from the saved file to Redis, beside a minimal program that does the same unverified:
//! calamine's `worksheet_range`, one JSON a row, one pipeline of HSET and PUBLISH.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a bench that cannot go on says so

#[path = "../tests/support/redis.rs"]
#[allow(dead_code, unreachable_pub)]
mod redis_server;
#[path = "../tests/support/workbooks.rs"]
mod workbooks;

use calamine::{Data, Reader, Xlsx, open_workbook};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use redis_server::RedisServer;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::Board;
use thor_stack::config::{BusConfig, CellRange, WorkbookConfig};
use thor_stack::outlet::{self, BusWatch, PublisherTerms};
use thor_stack::supervise::{Clock, Context, SystemClock, Worker};
use thor_stack::workers::ExcelPoller;
use workbooks::WorkbookWriter;

/// A workbook that is saved again and again, every row with other prices than before.
struct Book {
    path: PathBuf,
    saves: [Vec<u8>; 2],
    next: usize,
}

/// The real workbook in two saves, in which every number of the sheet differs.
fn real_saves() -> [Vec<u8>; 2] {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx");
    let real = std::fs::read(path).unwrap();
    [
        real.clone(),
        with_sheet(&real, |sheet| sheet.replace("<v>4", "<v>5").replace("<v>2", "<v>3").replace(".", ".1")),
    ]
}

fn with_sheet(workbook: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..old.len() {
        let mut part = old.by_index(index).unwrap();
        let (name, mut content) = (part.name().unwrap().into_owned(), String::new());
        part.read_to_string(&mut content).unwrap();
        if name == "xl/worksheets/sheet1.xml" {
            content = change(&content);
        }
        new.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        new.write_all(content.as_bytes()).unwrap();
    }
    new.finish().unwrap().into_inner()
}

impl Book {
    fn new(folder: &Path, rows: usize) -> Book {
        let made = |tick| WorkbookWriter::of_size(rows, tick).bytes();
        Book::of(folder, rows, if rows == 12 { real_saves() } else { [made(0), made(1)] })
    }

    /// Every tenth row differs from save to save.
    fn of_tenths(folder: &Path, rows: usize) -> Book {
        let made = |tick| WorkbookWriter::of_ticks(rows, |row| if row % 10 == 3 { tick } else { 0 }).bytes();
        Book::of(folder, rows, [made(1), made(2)])
    }

    fn of(folder: &Path, rows: usize, saves: [Vec<u8>; 2]) -> Book {
        let mut book = Book { path: folder.join(format!("{rows}.xlsx")), saves, next: 0 };
        book.save();
        book
    }

    fn save(&mut self) {
        let beside = self.path.with_extension("tmp");
        std::fs::write(&beside, &self.saves[self.next % 2]).unwrap();
        std::fs::rename(beside, &self.path).unwrap();
        self.next += 1;
    }
}

fn poller(book: &Book, rows: usize, bus: &BusConfig, clock: &Arc<dyn Clock>) -> ExcelPoller {
    let last_row = u32::try_from(rows).unwrap();
    let workbook = WorkbookConfig {
        path: Some(book.path.clone()),
        range: CellRange { first_row: 0, first_column: 0, last_row, last_column: 13 },
        watch: false,
        ..WorkbookConfig::default()
    };
    let terms = PublisherTerms { interval: workbook.interval, stale_after: workbook.stale_after };
    let outlet = outlet::open(bus, terms, &BusWatch::new(&bus.url)).unwrap();
    let board = Arc::new(Board::new(workbook.stale_after, clock.now()));
    ExcelPoller::new(workbook, bus.clone(), board, outlet).unwrap()
}

/// The least that a Rust program does.
fn minimal(path: &Path, connection: &mut redis::Connection) {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let range = workbook.worksheet_range("LiveData").unwrap();
    let headers: Vec<String> = range.rows().next().unwrap().iter().map(ToString::to_string).collect();
    let rows: Vec<(String, String)> =
        range.rows().skip(1).map(|row| (row[1].to_string(), json(&headers, row))).collect();
    let mut pipeline = redis::pipe();
    pipeline.cmd("HSET").arg("minimal:latest").arg(&rows).ignore();
    for (symbol, json) in &rows {
        pipeline.cmd("PUBLISH").arg(format!("minimal:{symbol}")).arg(json).ignore();
    }
    pipeline.query::<()>(connection).unwrap();
}

fn json(headers: &[String], row: &[Data]) -> String {
    let cells =
        headers.iter().zip(row).map(|(header, cell)| (header.clone(), serde_json::json!(cell.to_string())));
    serde_json::to_string(&cells.collect::<serde_json::Map<_, _>>()).unwrap()
}

fn polls(criterion: &mut Criterion) {
    compete(criterion, "poll, all rows changed", &[12, 1_000, 10_000], Book::new);
    compete(criterion, "poll, a tenth of the rows changed", &[1_000, 10_000], Book::of_tenths);
}

fn compete(criterion: &mut Criterion, name: &str, sizes: &[usize], book: fn(&Path, usize) -> Book) {
    let (folder, server) = (tempfile::tempdir().unwrap(), RedisServer::start());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let mut group = criterion.benchmark_group(name);
    group.measurement_time(Duration::from_secs(8)).sample_size(40);
    for &rows in sizes {
        let mut book = book(folder.path(), rows);
        let ctx = Context::detached(Arc::clone(&clock));
        let bus = BusConfig { timeout: Duration::from_secs(5), ..server.bus() };
        let mut poller = poller(&book, rows, &bus, &clock);
        poller.cycle(&ctx).unwrap();
        group.bench_function(BenchmarkId::new("thor-stack", rows), |bencher| {
            let cycle = |()| poller.cycle(&ctx).unwrap();
            bencher.iter_batched(|| book.save(), cycle, BatchSize::PerIteration);
        });
        let mut connection = redis::Client::open(server.unix_url()).unwrap().get_connection().unwrap();
        let path = book.path.clone();
        group.bench_function(BenchmarkId::new("minimal calamine + redis", rows), |bencher| {
            bencher.iter_batched(
                || book.save(),
                |()| minimal(&path, &mut connection),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, polls);
criterion_main!(benches);
