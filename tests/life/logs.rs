//! One log file that several processes write and move aside.

use crate::support::program::SOON;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Instant;
use thor_stack::config::Rotation;
use thor_stack::log_file::LogFile;

const NAME: &str = "life::logs::of_several_processes_no_line_is_lost_torn_or_doubled";
const FOLDER: &str = "THOR_STACK_TEST_LOG_FOLDER";
const WRITER: &str = "THOR_STACK_TEST_LOG_WRITER";
const LINES: usize = 2_000;

/// As in a host: the stack of one process, and others that stand by.
#[test]
#[cfg_attr(
    windows,
    ignore = "Wine lets appends of several processes overwrite each other, which Windows does not"
)]
fn of_several_processes_no_line_is_lost_torn_or_doubled() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return write(Path::new(&folder), &std::env::var(WRITER).unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    let mut writers: Vec<Child> = ["one", "two", "three"].map(|writer| play(folder.path(), writer)).into();
    let began = Instant::now();
    for writer in &mut writers {
        assert!(writer.wait().unwrap().success());
    }
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    let files: Vec<PathBuf> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    // Some ninety; fewer where the one that moves them has to wait for a processor.
    assert!(files.len() > 3, "moved aside again and again: {}", files.len());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for file in files {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            *counts.entry(line.to_owned()).or_default() += 1;
        }
    }
    for writer in ["one", "two", "three"] {
        for number in 0..LINES {
            assert_eq!(counts.remove(&line(writer, number)), Some(1), "{writer} {number}");
        }
    }
    assert!(counts.is_empty(), "torn: {counts:?}");
}

fn play(folder: &Path, writer: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", NAME, "--nocapture", "--test-threads=1"]);
    command.env(FOLDER, folder).env(WRITER, writer).stdout(std::process::Stdio::null()).spawn().unwrap()
}

fn write(folder: &Path, writer: &str) {
    let mut file = LogFile::new(folder.join("log"), Some(Rotation { bytes: 4_000, keep: 1_000 }));
    for number in 0..LINES {
        file.write(&(line(writer, number) + "\n")).unwrap();
    }
}

fn line(writer: &str, number: usize) -> String {
    format!("writer {writer} says line {number}, and then some more to fill it")
}
