//! Whose capture of an open it is, where several hosts share the work.

use super::holder::Lease;
use super::server::Claimed;
use jiff::Timestamp;
use jiff::civil::Date;

/// Decides who captures an open. A capture is claimed right before it is stored and noted right after, so that an
/// open whose capture began on a host that died is not lost, and one that was captured is not captured again.
pub trait Claims: Send + Sync {
    /// Claims `market`'s open of `date` for this host.
    fn claim(&self, market: &str, date: Date) -> Claim;

    /// This host's ledger has the open.
    fn captured(&self, market: &str, date: Date);

    /// Which other host has captured the open, if one has.
    ///
    /// # Errors
    /// It cannot be told now; in words for people.
    fn captured_elsewhere(&self, market: &str, date: Date) -> Result<Option<String>, String>;

    /// What kept this host from working between `from` and `to`, if anything did.
    fn absence(&self, from: Timestamp, to: Timestamp) -> Option<String>;
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The open is this host's to capture.
    Granted,
    /// Another host has captured it.
    Captured(String),
    /// This host does not lead any more.
    Lost,
    /// It cannot be told now, and so nothing is captured; in words for people.
    Unknown(String),
}

/// No other host: everything is this one's.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoClaims;

impl Claims for NoClaims {
    fn claim(&self, _: &str, _: Date) -> Claim {
        Claim::Granted
    }

    fn captured(&self, _: &str, _: Date) {}

    fn captured_elsewhere(&self, _: &str, _: Date) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn absence(&self, _: Timestamp, _: Timestamp) -> Option<String> {
        None
    }
}

impl Claims for Lease {
    fn claim(&self, market: &str, date: Date) -> Claim {
        let Some(tenure) = self.tenure() else { return Claim::Lost };
        let at = self.clock().now();
        match self.ask(|server| server.claim(&tenure.token, market, date, at)) {
            Ok(Claimed::Granted) => Claim::Granted,
            Ok(Claimed::Captured(by)) => Claim::Captured(by),
            Ok(Claimed::Fenced) => {
                self.fenced(tenure.fence);
                Claim::Lost
            }
            Err(error) => Claim::Unknown(format!("the open could not be claimed: {error}")),
        }
    }

    fn captured(&self, market: &str, date: Date) {
        self.note(market, date);
    }

    fn captured_elsewhere(&self, market: &str, date: Date) -> Result<Option<String>, String> {
        self.ask(|server| server.captured_elsewhere(market, date))
    }

    fn absence(&self, from: Timestamp, to: Timestamp) -> Option<String> {
        self.absent_between(from, to)
    }
}
