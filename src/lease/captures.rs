//! What this host has captured, and what of it the server has been told.

use super::holder::{LOG_TARGET, Lease};
use super::server::Noted;
use jiff::Timestamp;
use jiff::civil::Date;
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// How many are kept to be told again to a server that lost its data: a week of nine markets.
const REMEMBERED: usize = 64;

/// This host's captures, by date and market.
#[derive(Default)]
pub(super) struct Captures(Mutex<BTreeMap<(Date, String), Capture>>);

/// A capture of this host's.
#[derive(Clone, Copy)]
struct Capture {
    fence: u64,
    at: Timestamp,
    told: bool,
}

impl Captures {
    fn add(&self, market: &str, date: Date, fence: u64, at: Timestamp) {
        let mut captures = self.0.lock();
        captures.entry((date, market.to_string())).or_insert(Capture { fence, at, told: false });
        if captures.len() > REMEMBERED {
            captures.pop_first();
        }
    }

    /// The server may be another than the one that was told.
    pub(super) fn tell_anew(&self) {
        self.0.lock().values_mut().for_each(|capture| capture.told = false);
    }

    fn untold(&self) -> Vec<((Date, String), Capture)> {
        let captures = self.0.lock();
        let untold = captures.iter().filter(|(_, capture)| !capture.told);
        untold.map(|(open, capture)| (open.clone(), *capture)).collect()
    }

    fn told(&self, open: &(Date, String)) {
        if let Some(capture) = self.0.lock().get_mut(open) {
            capture.told = true;
        }
    }
}

impl Lease {
    /// Notes a capture and tells the server, now or with a later turn.
    pub(super) fn note(&self, market: &str, date: Date) {
        let fence = self.tenure().map_or(0, |tenure| tenure.fence);
        self.captures().add(market, date, fence, self.clock().now());
        self.tell_captures();
    }

    /// Tells the server what it has not heard of; what is wrong with Redis is said elsewhere.
    pub(super) fn tell_captures(&self) {
        for (open, Capture { fence, at, .. }) in self.captures().untold() {
            let (date, market) = &open;
            let Ok(noted) = self.ask(|server| server.captured(fence, market, *date, at)) else { return };
            if let Noted::Twice(by) = noted {
                log::error!(
                    target: LOG_TARGET,
                    "{market} {date} is captured twice: here, and by {by}; keep one of them"
                );
            }
            self.captures().told(&open);
        }
    }
}
