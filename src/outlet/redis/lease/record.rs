//! What the lease and the claims say of their holders.

use crate::lease::Leader;
use crate::outlet::redis::token::this_process;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;

/// The holder of the lease: the value of its key. The server puts the number first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holder {
    pub(super) fence: u64,
    pub(super) host: String,
    pub(super) pid: u32,
    /// Host and home folder: what a stack keeps over its restarts.
    pub(super) home: String,
    /// Random, so that no two tenures have the same value.
    pub(super) nonce: String,
}

impl Holder {
    /// This process as a holder, without a number.
    pub(super) fn here(home: &Path) -> Holder {
        let process = this_process();
        Holder {
            fence: 0,
            host: process.host.clone(),
            pid: process.pid,
            home: format!("{}:{}", process.host, home.display()),
            nonce: format!("{:016x}{:016x}", random(), random()),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Holder> {
        serde_json::from_str(text).ok()
    }

    /// What follows the number in the lease's value.
    pub(super) fn tail(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        text.split_once(',').map(|(_, tail)| tail.to_string()).unwrap_or_default()
    }

    /// The home as it stands in a record.
    pub(super) fn home_field(&self) -> String {
        format!("\"home\":{}", serde_json::Value::from(self.home.as_str()))
    }

    pub(super) fn leader(&self) -> Leader {
        Leader { host: self.host.clone(), pid: self.pid, fence: self.fence }
    }
}

/// A number that no other process has, from the system's seed of the standard hasher.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A claim of an open, or the note of its capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    state: String,
    fence: u64,
    host: String,
    home: String,
    at: Timestamp,
}

impl Record {
    pub(super) fn of(holder: &Holder, state: &str, fence: u64, at: Timestamp) -> Record {
        let (host, home) = (holder.host.clone(), holder.home.clone());
        Record { state: state.into(), fence, host, home, at }
    }

    pub(super) fn parse(text: &str) -> Option<Record> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn is_captured_apart_from(&self, holder: &Holder) -> bool {
        self.state == "captured" && self.home != holder.home
    }
}

/// Who stands in a record, for people.
pub(super) fn describe(text: &str) -> String {
    match Record::parse(text) {
        Some(Record { host, fence, at, .. }) => format!("{host} at {at} (fence {fence})"),
        None => "another program".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_as_the_server_writes_it_is_read_again() {
        let me = Holder::here(Path::new("/home/a \"b\""));
        let text = format!("{{\"fence\":7,{}", me.tail());
        assert_eq!(Holder::parse(&text), Some(Holder { fence: 7, ..me.clone() }));
        assert_ne!(Holder::here(Path::new("/home/a")).nonce, me.nonce);
        let record = Record::of(&me, "captured", 7, Timestamp::UNIX_EPOCH).text();
        assert!(record.contains(&me.home_field()), "{record}");
        assert!(record.contains("\"state\":\"captured\""), "as the script looks for it");
    }
}
