//! Who holds a home: for people to read, never to decide by.

use super::Role;
use crate::os::file;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// What a holder says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderInfo {
    /// Its process id.
    pub pid: u32,
    /// When the stack was started.
    pub started_at: Timestamp,
    /// Its version.
    pub version: String,
}

impl HolderInfo {
    /// This process, with a stack started at `now`.
    #[must_use]
    pub fn current(now: Timestamp) -> HolderInfo {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        HolderInfo { pid: std::process::id(), started_at: now, version }
    }
}

/// The holder of a home as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holder {
    /// The process that has the lock as the system tells it, else as it says itself; `None`: not known, as for one
    /// in another container.
    pub pid: Option<u32>,
    /// What it says of itself, if it has said so yet.
    pub info: Option<HolderInfo>,
}

impl Holder {
    pub(super) fn of_this_process(info: Option<HolderInfo>) -> Holder {
        Holder { pid: Some(std::process::id()), info }
    }

    /// What the system knows, and what was found written, which may be of an earlier holder.
    pub(super) fn new(pid: Option<u32>, info: Option<HolderInfo>) -> Holder {
        let info = info.filter(|info| pid.is_none_or(|pid| pid == info.pid));
        Holder { pid: pid.or(info.as_ref().map(|info| info.pid)), info }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("a process that this system does not name")?,
        }
        match &self.info {
            Some(info) => write!(f, " (thor-stack {}, started {:.0})", info.version, info.started_at),
            None => Ok(()),
        }
    }
}

/// Describes the holder of `home`. A failure (a full disk) costs others the description alone.
pub(super) fn write(home: &Path, role: Role, info: &HolderInfo) {
    if let Err(error) = try_write(home, role, info) {
        log::warn!("others cannot read who holds home {}: {error}", home.display());
    }
}

fn try_write(home: &Path, role: Role, info: &HolderInfo) -> io::Result<()> {
    file::create_private(&home.join(role.info_file()))?.write_all(&serde_json::to_vec(info)?)
}

/// What the last holder wrote; `None` for half a description too.
pub(super) fn read(home: &Path, role: Role) -> Option<HolderInfo> {
    serde_json::from_slice(&fs::read(home.join(role.info_file())).ok()?).ok()
}

/// Takes the description away. One that stays does no harm: it decides nothing.
pub(super) fn remove(home: &Path, role: Role) {
    fs::remove_file(home.join(role.info_file())).ok();
}
