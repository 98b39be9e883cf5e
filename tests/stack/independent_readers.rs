//! What others read: the raw cells by openpyxl, the bus by redis-py, compared with what the program says.

use crate::support::program::World;
use crate::support::redis::RedisServer;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The real workbooks.
const WORKBOOKS: [&str; 2] = ["rtd_tos_2025-11-29.xlsx", "rtd_tos_2025-10-18_older_headers.xlsx"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the reader that is written in Python from the domain's rules.
fn python(arguments: &[&Path]) -> Value {
    let python = root().join("target/venv/bin/python");
    assert!(python.exists(), "scripts/setup makes the Python environment of the tests; run it first");
    let mut command = Command::new(python);
    command.arg(root().join("tests/reference/sheet_quotes.py")).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The fields of `quote` that the sheet has, in `expected`'s terms.
#[track_caller]
fn assert_agrees(quote: &Value, expected: &Value) {
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&quote[field], value, "{field} of {}", expected["symbol"]);
    }
}

fn workbook(name: &str) -> PathBuf {
    root().join("tests/fixtures/workbooks").join(name)
}

#[test]
fn poll_once_gives_what_a_reader_of_the_raw_cells_writes_down() {
    for name in WORKBOOKS {
        let path = workbook(name);
        let ran = World::new().run(&["poll", "--once", "--json", "--workbook", path.to_str().unwrap()]);
        let said = ran.exits(0).json();
        let expected = python(&[&path]);
        let (quotes, expected) = (said["quotes"].as_array().unwrap(), expected.as_array().unwrap());
        assert_eq!(quotes.len(), expected.len(), "{name}");
        quotes.iter().zip(expected).for_each(|(quote, expected)| assert_agrees(quote, expected));
        assert_eq!(
            (&said["schema"], &said["sheet"], &said["range"]),
            (&1.into(), &"LiveData".into(), &"A1:N13".into())
        );
        assert_eq!(said["rejected"], Value::Array(Vec::new()), "{name}");
    }
}

#[test]
fn symbols_that_are_not_loaded_are_named() {
    let path = workbook(WORKBOOKS[1]);
    let ran =
        World::new().run(&["poll", "--once", "--dry-run", "--json", "--workbook", path.to_str().unwrap()]);
    let said = ran.exits(0).json();
    let quotes = said["quotes"].as_array().unwrap();
    assert!(quotes.iter().all(|quote| quote["published_at"].is_null()), "nothing was published");
    let not_loaded = said["not_loaded"].clone();
    assert_eq!(not_loaded, serde_json::json!(["CL", "SI", "HG", "GC", "VX", "$DXY", "ZB"]));
}

#[test]
fn redis_py_reads_the_documented_hash_and_heartbeat() {
    let (world, redis) = (
        World::new().with("EXCEL_DATA_FILE", workbook(WORKBOOKS[0]).to_str().unwrap()),
        RedisServer::start(),
    );
    let url = format!("bus.url={}", redis.unix_url());
    world.run(&["poll", "--once", "--set", &url]).exits(0).prints("117.625");
    let path = workbook(WORKBOOKS[0]);
    let (found, expected) = (python(&[&path, &redis.socket()]), python(&[&path]));
    let mut expected = expected.as_array().unwrap().clone();
    expected.sort_by_key(|quote| quote["symbol"].as_str().unwrap().to_owned());
    let quotes = found["quotes"].as_array().unwrap();
    assert_eq!(quotes.len(), expected.len());
    for (quote, expected) in quotes.iter().zip(&expected) {
        assert_agrees(quote, expected);
        assert_eq!((&quote["type"], &quote["source"]), (&"quote".into(), &"EXCEL".into()));
    }
    assert_eq!(found["heartbeat"]["quotes"], 11);
    let term = found["heartbeat_ttl"].as_u64().unwrap();
    assert!((1..=9_000).contains(&term), "three poll intervals of 3 s: {term} ms");
    let last = quotes.iter().map(|quote| quote["seq"].as_u64().unwrap()).max().unwrap();
    assert_eq!(found["seq"].as_str().unwrap(), last.to_string());
    assert_eq!(redis.cli(&["EXISTS", "live_data:excel_lock"]), "0", "the lock is given back");
}
