//! The business rules as tables: input → expected, each case with where it comes from.

mod backtest;
mod capture;
mod composite;
mod entry;
mod extremes;
mod grading;
mod instruments;
mod intraday;
mod metrics;
mod readiness;
mod reference;
mod signals;
mod spoken;
mod targets;
mod vwap;
