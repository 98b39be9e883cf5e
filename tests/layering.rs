//! The house has five layers and arrows only point down: read from the `use` lines and paths of every file.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms by layer, the lowest first (architecture). `main`, `cli` and `logging` belong to the program.
const LAYERS: [&[&str]; 5] = [
    &["value", "os", "fault", "sync"],
    &["rules", "supervise"],
    &["board", "calendar", "config", "feed", "journal", "lease", "ledger", "log_file", "outlet", "simulator"],
    &["workers"],
    &[
        "background",
        "stack",
        "replay",
        "cli",
        "control",
        "ffi",
        "guard",
        "instance",
        "logging",
        "main",
        "lib",
    ],
];

/// Rooms of one layer that may look at each other, as the architecture says: what is read and written speaks of the
/// configuration, the outlet sends what the board holds.
const SIDEWAYS: [(&str, &str); 10] = [
    ("feed", "config"),
    ("outlet", "config"),
    ("outlet", "board"),
    ("outlet", "lease"),
    ("calendar", "config"),
    ("ledger", "config"),
    ("ledger", "calendar"),
    ("log_file", "config"),
    ("journal", "board"),
    ("journal", "outlet"),
];

fn layer(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be listed") {
        let path = entry.expect("an entry of src").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that a line of code names: `crate::ROOM`, and in the program `thor_stack::ROOM`.
fn rooms_named(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or_default();
    let mut rooms = Vec::new();
    for root in ["crate::", "thor_stack::"] {
        for (at, _) in code.match_indices(root) {
            let rest = &code[at + root.len()..];
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(list) => {
                    list.split(',').map(|part| part.trim().split("::").next().unwrap_or_default()).collect()
                }
                None => vec![rest],
            };
            for name in names {
                let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                rooms.push(name);
            }
        }
    }
    rooms
}

fn violations(room: &str, text: &str) -> Vec<String> {
    let own = layer(room).unwrap_or_else(|| panic!("src/{room} stands in no layer: add it to LAYERS"));
    let mut found = Vec::new();
    for line in text.lines() {
        for named in rooms_named(line) {
            let Some(other) = layer(&named) else { continue };
            let allowed =
                named == room || other < own || own == 4 || SIDEWAYS.contains(&(room, named.as_str()));
            if !allowed {
                found.push(format!("src/{room}: {}", line.trim()));
            }
        }
    }
    found
}

#[test]
fn arrows_point_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 10, "found only {} files", files.len());
    let mut found = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&src).expect("inside src");
        let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
        let room = first.trim_end_matches(".rs");
        found.extend(violations(room, &fs::read_to_string(&file).expect("readable")));
    }
    assert!(found.is_empty(), "arrows that point up or sideways:\n{}", found.join("\n"));
}

#[test]
fn an_arrow_that_points_up_is_seen() {
    assert_eq!(violations("board", "use crate::workers::ExcelPoller;").len(), 1);
    assert_eq!(violations("supervise", "use crate::{value::Price, outlet::Outlet};").len(), 1);
    assert_eq!(violations("workers", "use crate::board::Board;").len(), 0);
}
