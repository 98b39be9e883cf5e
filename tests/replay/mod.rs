//! Journals, replays and simulated days.

#[cfg(target_os = "linux")]
mod full_disk;
mod journal;
#[cfg(unix)]
mod kill;
mod program;
mod recordings;
mod scene;
mod simulator;
