//! The stack inside hosts: this process, and real ones of Python, C, Django and gunicorn.

mod background;
mod c_host;
mod ctypes;
mod django;
mod gunicorn;
mod site;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a test waits for a host: each has to start Python and Django first, several at a time.
const SOON: Duration = Duration::from_secs(40);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The C library that was built with this test.
fn library() -> PathBuf {
    let name = format!("{}thor_stack{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let path = std::env::current_exe().unwrap().with_file_name(name);
    assert!(path.exists(), "{} was built with the tests", path.display());
    path
}

/// The interpreter of the tests, with nothing of this machine's environment but the path.
fn python() -> Command {
    let python = root().join("target/venv/bin/python");
    assert!(python.exists(), "scripts/setup makes the Python environment of the tests; run it first");
    let mut command = Command::new(python);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1").env("THOR_LIBRARY", library());
    command
}

/// Writes a config with a home and a real workbook, and returns its path.
fn config(folder: &Path) -> PathBuf {
    let workbook = root().join("tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx");
    let path = folder.join("desk.toml");
    let text = format!("home = {:?}\n[workbook]\npath = {workbook:?}\n", folder.join("home"));
    std::fs::write(&path, text).unwrap();
    path
}

/// Looks again and again until `found` says yes; `seen` tells what there was instead.
#[track_caller]
fn until(what: &str, mut found: impl FnMut() -> bool, seen: impl Fn() -> String) {
    let deadline = Instant::now() + SOON;
    while !found() {
        assert!(Instant::now() < deadline, "not within {SOON:?}: {what}; seen:\n{}", seen());
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
