//! Journals, replays and simulated days.

mod journal;
#[cfg(unix)]
mod kill;
mod program;
mod recordings;
mod scene;
mod simulator;
