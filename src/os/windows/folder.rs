//! Where a user's programs keep their data.

use std::path::PathBuf;

/// The data folder, by the folders that variables name: `%LOCALAPPDATA%`, which no roaming profile copies about.
pub(crate) fn data(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    variable("LOCALAPPDATA")
}
