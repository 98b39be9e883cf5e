//! The business rules as tables: input → expected, each case with where it comes from.
#![allow(clippy::unwrap_used, clippy::panic)] // a failing table is a failing test, in its helpers too

mod backtest;
mod capture;
mod composite;
mod entry;
mod extremes;
mod grading;
mod guard;
mod instruments;
mod intraday;
mod markets;
mod metrics;
mod paths;
mod readiness;
mod reference;
mod signals;
pub(crate) mod spoken;
mod targets;
mod vwap;
