//! Configuration: from as typed (flags, variables, file) to as meant, every problem reported at once.
//!
//! [`load()`] reads what [`Sources`] hold and nothing else. Each key stands once, in the table of keys; the file,
//! the variables, `--set`, the `config` command and the reference all come from it.

mod alarm;
mod bus;
mod bus_url;
mod calendar;
mod capture;
mod guard;
mod instruments;
mod lease;
mod log;
mod markets;
mod meant;
mod monitors;
mod storage;
mod supervisors;
mod workbook;

mod loaded;
mod origin;
mod problem;
mod sources;

mod aliases;
mod apply;
mod check;
mod decimal;
mod duration;
mod environment;
mod file;
mod home;
mod key;
mod keys;
mod kind;
mod load;
mod raw;
mod reference;
mod set;
mod suggest;

pub use alarm::AlarmConfig;
pub use bus::{BusConfig, PublishMode};
pub use bus_url::{BusUrl, BusUrlError, redact};
pub use calendar::CalendarOverride;
pub use capture::{CaptureConfig, GraderConfig, SignalsConfig};
pub use duration::{DurationError, format_duration, parse_duration};
pub(crate) use environment::ALARM_VARIABLES;
pub use guard::{GuardConfig, RequireRunMain};
pub use instruments::{InstrumentConfig, Stats, TargetMode, Targets};
pub use lease::LeaseConfig;
pub use load::load;
pub use loaded::{Effective, Loaded};
pub use log::{LogConfig, Rotation};
pub use markets::MarketConfig;
pub use meant::Config;
pub use monitors::{IntradayConfig, PreopenConfig, Week52Config};
pub use origin::Origin;
pub use problem::{Problem, Problems};
pub use reference::{reference, sample};
pub use sources::{Flag, Sources};
pub use storage::{JournalConfig, LedgerConfig, LedgerUrl};
pub use suggest::did_you_mean;
pub use supervisors::{
    BackoffConfig, EXCEL_POLLER, FailureLimit, INTRADAY_METRICS, JOURNAL_WRITER, LEASE_KEEPER,
    MARKET_OPEN_CAPTURE, MARKET_OPEN_GRADER, PREOPEN_BACKTEST, QUOTE_SUBSCRIBER, SUPERVISORS,
    SupervisorConfig, WEEK52,
};
pub use workbook::{CellRange, CellRangeError, WorkbookConfig};
