//! The program as a script or a user meets it.

mod check;
mod config;
mod exit_codes;
mod logging;
mod output;
