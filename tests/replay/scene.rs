//! An hour before New York's open, simulated, recorded and replayed.

use rusqlite::{Connection, types::Value};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thor_stack::config::{Config, JOURNAL_WRITER};
use thor_stack::ledger::Ledger;
use thor_stack::replay::{Driver, Recording, Run, Saves, SimulatedDay};
use thor_stack::supervise::{Factory, Policy};
use thor_stack::workers::JournalWriter;

/// The session of Pre_USA on 2025-11-19, from five minutes before its open to its close.
pub(super) const HOUR: (&str, &str) = ("2025-11-19T13:25:00Z", "2025-11-19T14:30:00Z");

/// A config at `home` that watches Pre_USA alone.
pub(super) fn config(home: &Path) -> Config {
    let mut config = Config::at_home(home.into());
    config.markets.iter_mut().for_each(|market| market.enabled = market.name == "Pre_USA");
    config
}

/// A run and every row of every table that it left.
pub(super) struct Played {
    pub(super) run: Run,
    pub(super) rows: Vec<String>,
}

impl Played {
    /// Asserts that every row of every table is that of `other`.
    #[track_caller]
    pub(super) fn equals(&self, other: &Played) {
        let first = self.rows.iter().zip(&other.rows).find(|(one, other)| one != other);
        assert_eq!(first, None);
        assert_eq!(self.rows.len(), other.rows.len());
    }

    /// The session rows.
    pub(super) fn sessions(&self) -> Vec<&String> {
        self.rows.iter().filter(|row| row.starts_with("sessions")).collect()
    }
}

/// Simulates the hour with a journal writer among the workers; the journals are in `home`.
pub(super) fn record(home: &Path) -> Played {
    std::fs::create_dir_all(home).unwrap();
    let config = config(home);
    let ends = (HOUR.0.parse().unwrap(), HOUR.1.parse().unwrap());
    let mut day = SimulatedDay::new(home.join("demo.xlsx"), &config.workbook, 1, ends);
    let mut driver = Driver::new(config, ends.0, None).unwrap();
    let (board, config) = (Arc::clone(&driver.floor().board), Arc::clone(&driver.floor().config));
    let factory: Factory = Arc::new(move |ctx| Ok(Box::new(JournalWriter::new(&config, &board, ctx))));
    driver.add(JOURNAL_WRITER, Policy::default(), factory);
    play(driver, &mut day)
}

/// Replays `paths` under `config`.
pub(super) fn replay(paths: &[PathBuf], config: Config) -> Played {
    let mut recording = Recording::open(paths, &config.workbook).unwrap();
    let first = recording.next_at().unwrap().unwrap();
    play(Driver::new(config, first, None).unwrap(), &mut recording)
}

fn play(mut driver: Driver, saves: &mut dyn Saves) -> Played {
    let run = driver.run(saves, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(run.failures.is_empty(), "{:?}", run.failures);
    Played { rows: dump(driver.ledger().as_ref()), run }
}

/// Every row of every table.
pub(super) fn dump(ledger: &dyn Ledger) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    ledger.backup(&copy).unwrap();
    let connection = Connection::open(&copy).unwrap();
    let query =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut tables = connection.prepare(query).unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    tables.iter().flat_map(|table| rows(&connection, table)).collect()
}

fn rows(connection: &Connection, table: &str) -> Vec<String> {
    let mut select = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns = select.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let values: Vec<Value> = (0..columns).map(|at| row.get(at).unwrap()).collect();
        Ok(format!("{table} {values:?}"))
    };
    let mut rows: Vec<String> = select.query_map([], row).unwrap().map(Result::unwrap).collect();
    rows.sort();
    rows
}

/// The lines of the journals in `home`.
pub(super) fn lines(home: &Path) -> Vec<String> {
    let mut text = String::new();
    for file in journals(home) {
        let bytes = std::fs::read(file).unwrap();
        text.push_str(&String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap());
    }
    text.lines().map(String::from).collect()
}

/// The journals in `home`.
pub(super) fn journals(home: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(home.join("journal")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Writes a plain journal of `lines`.
pub(super) fn plain(folder: &Path, lines: &[String]) -> PathBuf {
    let path = folder.join("plain.jsonl");
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    path
}
