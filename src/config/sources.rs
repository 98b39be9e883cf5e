//! What a configuration is read from, handed in whole, so that reading it looks at nothing else.

use std::io;
use std::path::{Path, PathBuf};

/// What a configuration is read from. Nothing else is looked at: the environment, the current folder and the way
/// to read a file are values.
#[derive(Debug, Clone)]
pub struct Sources {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--home`.
    pub home: Option<PathBuf>,
    /// The environment's variables; what is not UTF-8 holds replacement characters.
    pub environment: Vec<(String, String)>,
    /// Flags that stand for one key each; they outrank `--set`.
    pub flags: Vec<Flag>,
    /// The texts of `--set KEY=VALUE`, in order; the last wins.
    pub sets: Vec<String>,
    /// The folder that relative paths in flags and variables are relative to.
    pub current_folder: PathBuf,
    /// Reads a whole file.
    pub read: fn(&Path) -> io::Result<Vec<u8>>,
}

/// A flag that stands for one key, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// As the user typed it: `--workbook`.
    pub name: &'static str,
    /// The key that it sets: `workbook.path`.
    pub key: &'static str,
    /// The value, as a bare string.
    pub value: String,
}

impl Default for Sources {
    /// No flags, no variables, the current folder `.`, files from the disk.
    fn default() -> Sources {
        Sources {
            config: None,
            home: None,
            environment: Vec::new(),
            flags: Vec::new(),
            sets: Vec::new(),
            current_folder: PathBuf::from("."),
            read: super::file::read,
        }
    }
}

impl Sources {
    /// The variables and the current folder of this process, without flags.
    #[must_use]
    pub fn of_process() -> Sources {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Sources {
            environment: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
            current_folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            ..Sources::default()
        }
    }

    /// The variable of this name, if it is set.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }
}
