//! One poll of the workbook whenever standard input says so: the stack's own, and the least that others could do.
//!
//! A line of input is how many polls to make; the answer is a line of their durations in nanoseconds.

use calamine::{Data, Reader, Xlsx, open_workbook};
use std::fmt::Write as _;
use std::io::{BufRead, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::Board;
use thor_stack::config::{BusConfig, BusUrl, CellRange, WorkbookConfig};
use thor_stack::outlet::{self, BusWatch, PublisherTerms};
use thor_stack::supervise::{Clock, Context, SystemClock, Worker};
use thor_stack::workers::ExcelPoller;

pub(crate) fn run(program: &str, workbook: &Path, rows: u32, socket: &str) {
    let mut poll = contestant(program, workbook, rows, socket);
    poll();
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let times: usize = line.unwrap().parse().unwrap();
        let nanos: Vec<String> =
            (0..times).map(|_| super::samples::once(&mut poll).as_nanos().to_string()).collect();
        println!("{}", nanos.join(" "));
    }
}

fn contestant(program: &str, workbook: &Path, rows: u32, socket: &str) -> Box<dyn FnMut()> {
    let path = workbook.to_owned();
    let url = format!("redis+unix://{socket}");
    let connect = || redis::Client::open(url.as_str()).unwrap().get_connection().unwrap();
    match program {
        "thor-stack" => stack(workbook, rows, &url),
        "calamine" => {
            let mut connection = connect();
            Box::new(move || calamine(&path, &mut connection))
        }
        "floor" => {
            let mut connection = connect();
            Box::new(move || floor(&path, &mut connection))
        }
        _ => panic!("no contestant {program}"),
    }
}

fn stack(path: &Path, rows: u32, url: &str) -> Box<dyn FnMut()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let workbook = WorkbookConfig {
        path: Some(path.to_owned()),
        range: CellRange { first_row: 0, first_column: 0, last_row: rows, last_column: 13 },
        watch: false,
        ..WorkbookConfig::default()
    };
    let bus = BusConfig {
        url: BusUrl::Redis(url.to_owned()),
        timeout: Duration::from_secs(10),
        ..BusConfig::default()
    };
    let terms = PublisherTerms { interval: workbook.interval, stale_after: workbook.stale_after };
    let outlet = outlet::open(&bus, terms, &BusWatch::new(&bus.url)).unwrap();
    let board = Arc::new(Board::new(workbook.stale_after, clock.now()));
    let mut poller = ExcelPoller::new(workbook, bus, board, outlet).unwrap();
    let ctx = Context::detached(clock);
    Box::new(move || {
        poller.cycle(&ctx).unwrap();
    })
}

/// What a Rust program does that knows calamine and redis: every cell, one JSON a row, one pipeline. Nothing is
/// verified, nothing told apart.
fn calamine(path: &Path, connection: &mut redis::Connection) {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let range = workbook.worksheet_range("LiveData").unwrap();
    let headers: Vec<String> = range.rows().next().unwrap().iter().map(ToString::to_string).collect();
    let rows = range.rows().skip(1).map(|row| (row[1].to_string(), json(&headers, row)));
    publish("calamine", &rows.collect::<Vec<_>>(), connection);
}

fn json(headers: &[String], row: &[Data]) -> String {
    let cells =
        headers.iter().zip(row).map(|(header, cell)| (header.clone(), serde_json::json!(cell.to_string())));
    serde_json::to_string(&cells.collect::<serde_json::Map<_, _>>()).unwrap()
}

/// The floor: inflate two parts, look for the marks of cells, one pipeline. It reads no workbook but those made here.
fn floor(path: &Path, connection: &mut redis::Connection) {
    let mut package = zip::ZipArchive::new(std::io::Cursor::new(std::fs::read(path).unwrap())).unwrap();
    let mut part = |name| {
        let mut text = String::new();
        package.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let (strings, sheet) = (part("xl/sharedStrings.xml"), part("xl/worksheets/sheet1.xml"));
    let texts: Vec<&str> = between(&strings, "<si>", "</si>").collect();
    let mut rows = Vec::new();
    for row in between(&sheet, "<row ", "</row>").skip(1) {
        let (mut json, mut symbol) = (String::from("{"), "");
        for (place, cell) in row.split("<c ").skip(1).enumerate() {
            let value = between(cell, "<v>", "</v>").next().unwrap_or_default();
            let is_text = cell.split('>').next().is_some_and(|head| head.contains("t=\"s\""));
            let shared = || texts.get(value.parse::<usize>().ok()?).copied();
            let value = if is_text { shared().unwrap_or_default() } else { value };
            if place == 1 {
                symbol = value;
            }
            write!(json, "\"{place}\":\"{value}\",").unwrap();
        }
        rows.push((symbol.to_string(), json));
    }
    publish("floor", &rows, connection);
}

fn between<'a>(text: &'a str, start: &'static str, end: &'static str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(move |rest| Some(rest.split_once(end)?.0))
}

fn publish(name: &str, rows: &[(String, String)], connection: &mut redis::Connection) {
    let mut pipeline = redis::pipe();
    pipeline.cmd("HSET").arg(format!("{name}:latest")).arg(rows).ignore();
    for (symbol, json) in rows {
        pipeline.cmd("PUBLISH").arg(format!("{name}:{symbol}")).arg(json).ignore();
    }
    pipeline.query::<()>(connection).unwrap();
}
