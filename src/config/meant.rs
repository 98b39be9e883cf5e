//! The whole configuration as meant: every value validated.

use super::{
    BusConfig, InstrumentConfig, LogConfig, SUPERVISORS, SupervisorConfig, WorkbookConfig, home, instruments,
};
use crate::value::Instruments;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The whole configuration. [`Config::default`] is what an empty file means; a host may set any field before it
/// builds a stack, and reads files and variables with [`load`](super::load).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The folder of lock, control socket, ledger and logs.
    pub home: PathBuf,
    /// What is read, and how often.
    pub workbook: WorkbookConfig,
    /// Where quotes leave the process.
    pub bus: BusConfig,
    /// How each worker is restarted and watched, by supervisor name.
    pub supervisors: BTreeMap<String, SupervisorConfig>,
    /// The futures, in the order in which they are shown.
    pub instruments: Vec<InstrumentConfig>,
    /// What the program logs, and where to.
    pub log: LogConfig,
}

impl Config {
    /// The alias table that every reader uses.
    #[must_use]
    pub fn instruments(&self) -> Instruments {
        instruments::table(&self.instruments)
    }

    /// The settings of the supervisor of this name; the defaults for one that is not configured.
    #[must_use]
    pub fn supervisor(&self, name: &str) -> SupervisorConfig {
        self.supervisors.get(name).cloned().unwrap_or_else(|| SupervisorConfig::default_of(name))
    }

    /// The defaults, with this home.
    #[must_use]
    pub fn at_home(home: PathBuf) -> Config {
        let supervisors = SUPERVISORS.iter();
        Config {
            home,
            workbook: WorkbookConfig::default(),
            bus: BusConfig::default(),
            supervisors: supervisors
                .map(|name| ((*name).to_string(), SupervisorConfig::default_of(name)))
                .collect(),
            instruments: InstrumentConfig::defaults(),
            log: LogConfig::default(),
        }
    }
}

/// The defaults; the home is the platform's data folder, or `thor-stack` in the current folder where the
/// environment names none.
impl Default for Config {
    fn default() -> Config {
        let platform = home::platform_folder(|name| std::env::var(name).ok());
        Config::at_home(platform.unwrap_or_else(|| PathBuf::from("thor-stack")))
    }
}
