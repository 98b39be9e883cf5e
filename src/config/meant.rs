//! The whole configuration as meant: every value validated.

use super::{
    AlarmConfig, BusConfig, CalendarOverride, CaptureConfig, GraderConfig, GuardConfig, InstrumentConfig,
    IntradayConfig, JournalConfig, LeaseConfig, LedgerConfig, LedgerUrl, LogConfig, MarketConfig,
    PreopenConfig, SUPERVISORS, SignalsConfig, SupervisorConfig, Week52Config, WorkbookConfig, home,
    instruments,
};
use crate::rules::RuleBook;
use crate::value::Instruments;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A thread that hangs holds its stack, and perhaps a lock or a file: a few are borne, more are a disease.
const DEFAULT_MAX_ZOMBIES: u32 = 4;

/// The whole configuration. [`Config::default`] is what an empty file means; a host may set any field before it
/// builds a stack, and reads files and variables with [`load()`](super::load()).
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
    /// How many threads may hang in workers that were replaced before no further one is, and the program starts anew.
    pub max_zombies: u32,
    /// Where sessions, extremes and VWAP minutes are kept.
    pub ledger: LedgerConfig,
    /// The row set that each market's open leaves.
    pub capture: CaptureConfig,
    /// How captured rows are decided.
    pub grader: GraderConfig,
    /// Where signals come from.
    pub signals: SignalsConfig,
    /// The monitor of 52-week extremes.
    pub week52: Week52Config,
    /// The backtest before each open.
    pub preopen: PreopenConfig,
    /// Intraday metrics and VWAP minutes.
    pub intraday: IntradayConfig,
    /// The control markets, east to west.
    pub markets: Vec<MarketConfig>,
    /// Days that differ from the markets' calendars.
    pub calendar_overrides: Vec<CalendarOverride>,
    /// Every save's changes, for replay.
    pub journal: JournalConfig,
    /// Whether several hosts share one stack.
    pub lease: LeaseConfig,
    /// The futures, in the order in which they are shown.
    pub instruments: Vec<InstrumentConfig>,
    /// Who is told when something is wrong before an open.
    pub alarm: AlarmConfig,
    /// In which hosts the stack starts by itself.
    pub guard: GuardConfig,
    /// What the program logs, and where to.
    pub log: LogConfig,
}

impl Config {
    /// The alias table that every reader uses.
    #[must_use]
    pub fn instruments(&self) -> Instruments {
        instruments::table(&self.instruments)
    }

    /// The rules of every future.
    #[must_use]
    pub fn rule_book(&self) -> RuleBook {
        RuleBook::new(self.instruments.iter().map(|one| (one.name.clone(), one.rules())))
    }

    /// The settings of the supervisor of this name; the defaults for one that is not configured.
    #[must_use]
    pub fn supervisor(&self, name: &str) -> SupervisorConfig {
        self.supervisors.get(name).cloned().unwrap_or_else(|| SupervisorConfig::default_of(name))
    }

    /// The ledger's file.
    #[must_use]
    pub fn ledger_path(&self) -> PathBuf {
        let LedgerUrl::Sqlite(path) = &self.ledger.url;
        self.home.join(path)
    }

    /// The folder of the journals.
    #[must_use]
    pub fn journal_folder(&self) -> PathBuf {
        self.home.join("journal")
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
            max_zombies: DEFAULT_MAX_ZOMBIES,
            ledger: LedgerConfig::default(),
            capture: CaptureConfig::default(),
            grader: GraderConfig::default(),
            signals: SignalsConfig::default(),
            week52: Week52Config::default(),
            preopen: PreopenConfig::default(),
            intraday: IntradayConfig::default(),
            markets: MarketConfig::defaults(),
            calendar_overrides: Vec::new(),
            journal: JournalConfig::default(),
            lease: LeaseConfig::default(),
            instruments: InstrumentConfig::defaults(),
            alarm: AlarmConfig::default(),
            guard: GuardConfig::default(),
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
