//! What is wrong with a configuration: everything, at once.

use super::Origin;
use std::fmt;

/// One bad value, unknown key or unreadable file. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub origin: Origin,
    /// The key, as a dotted path; empty where none is to blame.
    pub key: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// `config.toml:3: workbook.interval: …`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.origin != Origin::Default {
            write!(f, "{}: ", self.origin)?;
        }
        // `--set KEY` names the key already.
        if !self.key.is_empty() && !self.origin.to_string().ends_with(&format!(" {}", self.key)) {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with a configuration, one problem a line. Nothing starts half-configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{problem}")?;
        }
        Ok(())
    }
}
