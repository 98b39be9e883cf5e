//! The platform's folder for the data of a user's programs.

use crate::os;
use std::path::{Path, PathBuf};

/// The stack's folder in the platform's data folder, by the variables that `variable` returns; `None` where they
/// name none.
pub(super) fn platform_folder(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let folder = |name: &str| {
        let folder = PathBuf::from(variable(name)?);
        // The XDG specification asks to ignore relative paths; an empty variable is one.
        folder.is_absolute().then_some(folder)
    };
    Some(os::folder::data(folder)?.join("thor-stack"))
}

/// `path` as seen from `folder`.
pub(super) fn absolute(folder: &Path, path: &Path) -> PathBuf {
    // Collected anew so that `./live.xlsx` is shown without the dot.
    folder.join(path).components().collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn follows_xdg() {
        for (xdg, home, expected) in [
            (Some("/data"), Some("/home/ana"), Some("/data/thor-stack")),
            (None, Some("/home/ana"), Some("/home/ana/.local/share/thor-stack")),
            (Some("relative"), Some("/home/ana"), Some("/home/ana/.local/share/thor-stack")),
            (Some(""), Some("/home/ana"), Some("/home/ana/.local/share/thor-stack")),
            (None, Some(""), None),
            (None, None, None),
        ] {
            let folder = platform_folder(|name| match name {
                "XDG_DATA_HOME" => xdg.map(String::from),
                "HOME" => home.map(String::from),
                _ => None,
            });
            assert_eq!(folder, expected.map(PathBuf::from), "{xdg:?} {home:?}");
        }
    }
}
