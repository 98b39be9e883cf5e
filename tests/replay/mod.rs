//! Journals, replays and simulated days.

mod journal;
mod program;
mod recordings;
mod scene;
mod simulator;
