//! What is fed with bytes of anybody's making, each by the way that such bytes take: a panic, an abort, or a broken promise
//! is a finding. Included by the fuzz targets and by the tests that replay the corpora.

use std::ffi::{CString, c_char};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use thor_stack::config::{self, Sources};
use thor_stack::control::{Answer, Control, Refusal, Server, Updates};
use thor_stack::feed::{Look, WorkbookReader};
use thor_stack::instance::{Attempt, HolderInfo, InstanceLock};
use thor_stack::journal::{JournalReader, Tape};
use thor_stack::simulator::{Cell, pack, workbook as pack_rows};
use thor_stack::value::{Price, Sheet};

/// A harness by the name of its corpus.
pub type Harness = fn(&[u8]);

/// All of them.
pub const ALL: [(&str, Harness); 7] = [
    ("workbook", workbook),
    ("part", part),
    ("cell", cell),
    ("config", config),
    ("control", control),
    ("journal", journal),
    ("c_abi", c_abi),
];

const NOW: &str = "2025-11-29T00:00:00Z";

/// A file of these bytes, gone with the value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Scratch {
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let thread = format!("{:?}", std::thread::current().id()).replace(|c: char| !c.is_ascii_digit(), "");
        let path = folder.join(format!("thor-stack-fuzz-{}-{thread}-{name}", std::process::id()));
        fs::write(&path, bytes).expect("a scratch file");
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

fn read(bytes: &[u8]) -> Option<Sheet> {
    let file = Scratch::new("workbook", bytes);
    let range = "A1:N40".parse().expect("a range");
    let mut reader = WorkbookReader::new(&file.0, "LiveData", range);
    let look = reader.look(NOW.parse().expect("an instant"), &mut |_| false);
    match look {
        Ok(Look::Changed(sheet)) => Some(sheet),
        Ok(other) => panic!("the first look of a file is {other:?}"),
        Err(error) => {
            assert!(error.to_string().len() < 4000, "an error of {} bytes", error.to_string().len());
            None
        }
    }
}

fn check(sheet: &Sheet) {
    for quote in &sheet.quotes {
        let prices = [quote.last, quote.bid, quote.ask, quote.open, quote.high, quote.low, quote.close];
        for price in prices.into_iter().flatten() {
            let text = price.to_string();
            assert_eq!(text.parse::<Price>().ok(), Some(price), "{text} does not read back");
        }
        let symbol = quote.symbol.to_string();
        assert!(!symbol.is_empty() && !symbol.chars().any(char::is_control), "{symbol:?} is no symbol");
    }
}

/// A whole file.
pub fn workbook(data: &[u8]) {
    if let Some(sheet) = read(data) {
        check(&sheet);
    }
}

/// One part of a workbook whose checksums hold: the first byte says which of an .xlsx, or that it is the content of an .ods,
/// or that the second says which of an .xlsb.
pub fn part(data: &[u8]) {
    const OF_AN_ODS: u8 = u8::MAX;
    const OF_AN_XLSB: u8 = u8::MAX - 1;
    let (mut parts, which, content) = match data {
        [OF_AN_ODS, content @ ..] => {
            let manifest = ("META-INF/manifest.xml".to_string(), b"<manifest:manifest/>".to_vec());
            (vec![("content.xml".to_string(), Vec::new()), manifest], 0, content)
        }
        [OF_AN_XLSB, which, content @ ..] => (binary(), *which, content),
        [which, content @ ..] => (plain(), *which, content),
        [] => return,
    };
    let which = usize::from(which) % parts.len();
    parts[which].1 = content.to_vec();
    if let Some(sheet) = read(&pack(&parts).expect("a zip")) {
        check(&sheet);
    }
}

/// The parts of a small .xlsb with shared strings.
fn binary() -> Vec<(String, Vec<u8>)> {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let links = |links: &[(&str, &str)]| {
        let links = links.iter().zip(1..).map(|((kind, target), id)| {
            format!("<Relationship Id=\"rId{id}\" Type=\"{office}/{kind}\" Target=\"{target}\"/>")
        });
        format!("<Relationships>{}</Relationships>", links.collect::<String>()).into_bytes()
    };
    let wide = |text: &str| {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [(units.len() as u32 / 2).to_le_bytes().to_vec(), units].concat()
    };
    let record = |kind: &[u8], content: &[u8]| [kind, &[content.len() as u8], content].concat();
    let workbook = [
        record(&[0x9C, 0x01], &[&[0; 8][..], &wide("rId1"), &wide("LiveData")].concat()),
        record(&[0x90, 0x01], &[]),
        record(&[0x9D, 0x01], &[]),
    ];
    let sheet = [
        record(&[0x94, 0x01], &[0; 16]),
        record(&[0x91, 0x01], &[]),
        record(&[0x00], &[0; 4]),
        record(&[0x07], &[0; 12]),
        record(&[0x92, 0x01], &[]),
    ];
    let strings = [
        record(&[0x9F, 0x01], &[1, 0, 0, 0, 1, 0, 0, 0]),
        record(&[0x13], &[&[0][..], &wide("Symbol")].concat()),
        record(&[0xA0, 0x01], &[]),
    ];
    let styles =
        [record(&[0xE9, 0x04], &[1, 0, 0, 0]), record(&[0x2F], &[0, 0, 14, 0]), record(&[0xEA, 0x04], &[])];
    let of_workbook = [
        ("worksheet", "worksheets/sheet1.bin"),
        ("sharedStrings", "sharedStrings.bin"),
        ("styles", "styles.bin"),
    ];
    [
        ("xl/worksheets/sheet1.bin", sheet.concat()),
        ("xl/sharedStrings.bin", strings.concat()),
        ("xl/workbook.bin", workbook.concat()),
        ("xl/styles.bin", styles.concat()),
        ("xl/_rels/workbook.bin.rels", links(&of_workbook)),
        ("_rels/.rels", links(&[("officeDocument", "xl/workbook.bin")])),
    ]
    .map(|(name, content)| (name.to_string(), content))
    .into()
}

/// The parts of a small workbook with shared strings.
fn plain() -> Vec<(String, Vec<u8>)> {
    let part = |name: &str, text: &str| (name.to_string(), text.as_bytes().to_vec());
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let package = "http://schemas.openxmlformats.org/package/2006";
    vec![
        part(
            "xl/worksheets/sheet1.xml",
            "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row></sheetData></worksheet>",
        ),
        part("xl/sharedStrings.xml", "<sst uniqueCount=\"1\"><si><t>Symbol</t></si></sst>"),
        part(
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"LiveData\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        part(
            "xl/_rels/workbook.xml.rels",
            &format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{office}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
            ),
        ),
        part(
            "xl/styles.xml",
            &format!("<styleSheet xmlns=\"{main}\"><cellXfs><xf numFmtId=\"14\"/></cellXfs></styleSheet>"),
        ),
        part(
            "_rels/.rels",
            &format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        part("[Content_Types].xml", &format!("<Types xmlns=\"{package}/content-types\"/>")),
    ]
}

/// One cell's text in every column; the row beside it must not suffer.
pub fn cell(data: &[u8]) {
    let text: String = String::from_utf8_lossy(data).chars().filter(|c| !c.is_control()).take(200).collect();
    let headers = [
        "Type",
        "Symbol",
        "Last",
        "Bid",
        "Ask",
        "Open",
        "High",
        "Low",
        "Close",
        "Net Change",
        "Volume",
        "Signal",
    ];
    let strange = headers.iter().enumerate().map(|(at, _)| match at {
        0 => Cell::text("Futures"),
        1 => Cell::text("YM"),
        _ => Cell::text(&text),
    });
    let good = [
        Cell::text("Futures"),
        Cell::text("ES"),
        Cell::number("6835"),
        Cell::number("6834.75"),
        Cell::number("6835.75"),
    ];
    let rows = [headers.map(Cell::text).to_vec(), strange.collect(), good.to_vec()];
    let sheet = read(&pack_rows("LiveData", &rows).expect("a workbook")).expect("it can be read");
    check(&sheet);
    let es = sheet.quotes.iter().find(|quote| &*quote.symbol.to_string() == "ES").expect("the good row");
    assert_eq!(es.last, "6835".parse().ok());
    if let Ok(price) = text.parse::<Price>() {
        assert_eq!(price.to_string().parse::<Price>().ok(), Some(price));
    }
    if let Some(Ok(bytes)) = data.get(..8).map(<[u8; 8]>::try_from) {
        Price::from_f64(f64::from_le_bytes(bytes)).ok();
    }
}

/// The text of a config file; every problem is named and nothing is half taken.
pub fn config(data: &[u8]) {
    let file = Scratch::new("config.toml", data);
    let sources =
        Sources { config: Some(file.0.clone()), home: Some("/nonexistent".into()), ..Sources::default() };
    if let Err(problems) = config::load(&sources) {
        assert!(!problems.to_string().is_empty());
    }
    let set = String::from_utf8_lossy(data).lines().next().unwrap_or_default().to_string();
    config::load(&Sources { sets: vec![set], home: Some("/nonexistent".into()), ..Sources::default() }).ok();
}

struct Stack;

impl Control for Stack {
    fn ping(&self) -> serde_json::Value {
        serde_json::json!({ "pid": 1, "ready": true })
    }

    fn status(&self, names: &[String]) -> Result<serde_json::Value, Refusal> {
        Ok(serde_json::json!(names))
    }

    fn quotes(&self, symbols: &[String]) -> Result<serde_json::Value, Refusal> {
        Ok(serde_json::json!(symbols))
    }

    fn follow(&self, _symbols: &[String]) -> Result<Box<dyn Updates>, Refusal> {
        Ok(Box::new(Nothing))
    }

    fn stop(&self, _deadline: Option<Duration>) -> Answer {
        Answer::Now(Ok(serde_json::Value::Null))
    }

    fn restart(&self, names: &[String]) -> Answer {
        Answer::Now(Ok(serde_json::json!(names)))
    }
}

struct Nothing;

impl Updates for Nothing {
    fn next(&mut self) -> Option<serde_json::Value> {
        None
    }
}

/// A server that lasts as long as the process.
static SERVER: LazyLock<Mutex<(Server, InstanceLock, PathBuf)>> = LazyLock::new(|| {
    let home = std::env::temp_dir().join(format!("thor-stack-fuzz-{}", std::process::id()));
    let info = HolderInfo::current(NOW.parse().expect("an instant"));
    let Ok(Attempt::Acquired(lock)) = InstanceLock::try_acquire(&home, &info) else { panic!("no lock") };
    let server = Server::start(&lock, Arc::new(Stack)).expect("a server");
    let socket = fs::read_dir(&home).expect("a home").flatten().map(|entry| entry.path());
    let socket =
        socket.into_iter().find(|path| path.extension().is_some_and(|it| it == "sock")).expect("a socket");
    Mutex::new((server, lock, socket))
});

/// A client's bytes on the control socket; the next client is answered all the same.
pub fn control(data: &[u8]) {
    let server = SERVER.lock().expect("the server");
    let mut hostile = UnixStream::connect(&server.2).expect("the server listens");
    hostile.write_all(data).ok();
    drop(hostile);
    let mut client = UnixStream::connect(&server.2).expect("the server listens");
    client.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    client.write_all(b"{\"v\":1,\"op\":\"ping\"}\n").expect("it is read");
    let mut answer = String::new();
    BufReader::new(client).read_line(&mut answer).expect("an answer");
    assert!(answer.contains("\"ok\""), "{answer}");
}

/// Ends the server of [`control`]; its files go.
pub fn end() {
    let server = SERVER.lock().expect("the server");
    server.0.shutdown();
    server.2.parent().map(fs::remove_dir_all);
}

/// A journal, plain or compressed by its first byte.
pub fn journal(data: &[u8]) {
    let Some((kind, content)) = data.split_first() else { return };
    let name = if kind % 2 == 0 { "day.jsonl" } else { "day.jsonl.zst" };
    let file = Scratch::new(name, content);
    let Ok(mut reader) = JournalReader::open(&file.0) else { return };
    let mut tape = Tape::default();
    let mut last = None;
    for batch in reader.by_ref() {
        assert!(last.is_none_or(|last| last <= batch.at), "a journal goes back in time");
        last = Some(batch.at);
        if let Some(sheet) = tape.apply(&batch) {
            check(&sheet);
        }
    }
    let (told, all) = reader.damage();
    assert!(told.len() as u64 <= all);
}

unsafe extern "C" {
    fn thor_stack_start(config_toml_path: *const c_char) -> i32;
    fn thor_stack_stop(timeout_ms: u32) -> i32;
    fn thor_stack_status_json(buf: *mut c_char, len: usize) -> i32;
    fn thor_stack_last_error(buf: *mut c_char, len: usize) -> i32;
}

/// Arguments of the C entries: null, short and odd ones are answered by codes, and nothing is written past a length.
pub fn c_abi(data: &[u8]) {
    let Some((length, path)) = data.split_first() else { return };
    const GUARD: u8 = 0xa5;
    let length = usize::from(*length);
    let mut buffer = vec![GUARD; length + 16];
    let path =
        CString::new(path.iter().copied().filter(|byte| *byte != 0).collect::<Vec<u8>>()).expect("no NUL");
    let below = CString::new([b"/nonexistent/", path.as_bytes()].concat()).expect("no NUL");
    let into = buffer.as_mut_ptr().cast::<c_char>();
    // Safe: `into` points to more bytes than are named, and the paths end with a NUL.
    let codes = unsafe {
        [
            thor_stack_start(std::ptr::null()),
            thor_stack_start(below.as_ptr()),
            thor_stack_last_error(into, length),
            thor_stack_status_json(into, length),
            thor_stack_status_json(std::ptr::null_mut(), length),
            thor_stack_last_error(std::ptr::null_mut(), length),
            thor_stack_stop(u32::from(data[0])),
        ]
    };
    assert!(codes[0] < 0 && codes[1] < 0 && codes[4] < 0, "{codes:?}");
    assert!(buffer[length..].iter().all(|byte| *byte == GUARD), "written past {length} bytes: {codes:?}");
}
