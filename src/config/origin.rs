//! Where a value came from.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// Nobody set it.
    #[default]
    Default,
    /// A line of the config file, from 1.
    File(PathBuf, usize),
    /// A variable of the environment.
    Environment(String),
    /// A flag of the command line, without its value: `--workbook`, `--set bus.url`.
    Flag(String),
}

impl Origin {
    /// `default`, `file`, `env` or `flag`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Origin::Default => "default",
            Origin::File(..) => "file",
            Origin::Environment(_) => "env",
            Origin::Flag(_) => "flag",
        }
    }
}

/// `default`, `PATH:LINE`, the variable's name or the flag.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path, line) => write!(f, "{}:{line}", path.display()),
            Origin::Environment(name) => f.write_str(name),
            Origin::Flag(flag) => f.write_str(flag),
        }
    }
}
