//! What others make, and what fails at the edges: hostile input, and edges that are told to fail.

mod edges;
mod handles;
mod hostile;
mod reconnecting;
mod traps;

use std::fs;
use std::path::{Path, PathBuf};

/// The text of every source in `folder` of this repository.
fn sources(folder: &str) -> String {
    fn below(folder: &Path) -> String {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let text = |path: PathBuf| match path.is_dir() {
            true => below(&path),
            false if path.extension().is_some_and(|kind| kind == "rs") => fs::read_to_string(&path).unwrap(),
            false => String::new(),
        };
        entries.map(text).collect()
    }
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}
