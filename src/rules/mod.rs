//! Decisions: pure functions of what is known and `now`. No input or output, no clock, no thread, no float.
//!
//! The market clock comes first: [`market_clock`] says whether a market is open and what comes next, and
//! [`global_composite`] how much of the world's market is.
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
pub mod global_composite;
pub mod grading;
mod instrument;
pub mod intraday;
mod limits;
pub mod market_clock;
pub mod metrics;
mod observation;
pub mod readiness;
pub mod signal;
pub mod targets;
pub mod vwap;

pub use instrument::{DEFAULT_RULES, DefaultRules, InstrumentRules, RuleBook, RulesError};
pub use limits::CaptureLimits;
pub use observation::{Observation, age, elapsed};
