//! The program as a script or a user meets it.

mod calendar;
mod capture;
mod check;
mod config;
mod crashes;
mod desk;
mod exit_codes;
mod extremes;
mod gaps;
mod ledger;
mod logging;
mod markets;
mod output;
mod sessions;
mod stats;
