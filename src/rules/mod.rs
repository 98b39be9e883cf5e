//! Decisions: pure functions of what is known and `now`. No input or output, no clock, no thread, no float.
//!
//! In the order of a trading day: [`signal`] says what a quote means and [`composite`] what all of them mean together;
//! [`readiness`] says when an open can be captured, [`entry`] (with [`targets`] and [`book`]) whether a row trades, and
//! [`capture`] composes the rows; [`grading`] decides them, [`intraday`] follows them to the close, [`vwap`] and
//! [`extremes`] keep their own records, and [`backtest`] counts what earlier rows did.

pub mod backtest;
pub mod book;
pub mod capture;
pub mod composite;
pub mod entry;
pub mod extremes;
pub mod grading;
mod instrument;
pub mod intraday;
mod limits;
pub mod metrics;
mod observation;
pub mod readiness;
pub mod signal;
pub mod targets;
pub mod vwap;

pub use instrument::{DEFAULT_RULES, DefaultRules, InstrumentRules, RuleBook, RulesError};
pub use limits::CaptureLimits;
pub use observation::{Observation, elapsed};
