//! Where a user's programs keep their data.

use std::path::PathBuf;

/// The data folder, by the folders that variables name: `$XDG_DATA_HOME`, else `~/.local/share`; macOS:
/// `~/Library/Application Support`.
pub(crate) fn data(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let below_home = |path: &str| variable("HOME").map(|home| home.join(path));
    if cfg!(target_os = "macos") {
        below_home("Library/Application Support")
    } else {
        variable("XDG_DATA_HOME").or_else(|| below_home(".local/share"))
    }
}
