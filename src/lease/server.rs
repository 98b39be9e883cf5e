//! Where the lease is kept, as its holder sees it.

use super::Leader;
use jiff::Timestamp;
use jiff::civil::Date;
use std::time::Duration;

/// Where the lease is kept. Every call is one bounded exchange; the error is text for people.
pub trait LeaseServer: Send {
    /// Takes the lease, if nobody holds it.
    ///
    /// # Errors
    /// The server does not answer, or refuses.
    fn acquire(&mut self, ask: &Ask) -> Result<Acquired, String>;

    /// Renews the lease for `ttl`, if `token` still holds it.
    ///
    /// # Errors
    /// As [`LeaseServer::acquire`].
    fn renew(&mut self, token: &str, ttl: Duration) -> Result<Renewed, String>;

    /// Gives the lease back within `bound`, if `token` still holds it. Does not connect: what cannot be told at once
    /// runs out by itself.
    ///
    /// # Errors
    /// As [`LeaseServer::acquire`].
    fn release(&mut self, token: &str, bound: Duration) -> Result<(), String>;

    /// Claims `market`'s open of `date` for the holder of `token`, once: a capture that another has finished is not
    /// claimed again. One that an earlier holder began and did not finish passes to this one.
    ///
    /// # Errors
    /// As [`LeaseServer::acquire`].
    fn claim(&mut self, token: &str, market: &str, date: Date, at: Timestamp) -> Result<Claimed, String>;

    /// Notes that this host has captured `market`'s open of `date`, in its tenure `fence` (0: an earlier one).
    ///
    /// # Errors
    /// As [`LeaseServer::acquire`].
    fn captured(&mut self, fence: u64, market: &str, date: Date, at: Timestamp) -> Result<Noted, String>;

    /// Who else has captured `market`'s open of `date`, if anybody has.
    ///
    /// # Errors
    /// As [`LeaseServer::acquire`].
    fn captured_elsewhere(&mut self, market: &str, date: Date) -> Result<Option<String>, String>;

    /// How long after a failure every call fails at once.
    fn retry_after(&self) -> Duration;
}

/// The wish for the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// For how long.
    pub ttl: Duration,
    /// The highest fence that this host has seen; the new one is higher.
    pub above: u64,
    /// Take it even from a server that has lost that fence, and so perhaps the lease of a host that lives.
    pub anew: bool,
}

/// What became of the wish for the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// This host holds it.
    Ours {
        /// The number of the tenure.
        fence: u64,
        /// The lease's value.
        token: String,
        /// This host, as others see it.
        leader: Leader,
    },
    /// Another does.
    Held(Other),
    /// The server has lost what it held, and the wish was not to take it anew.
    Lost,
}

/// Another holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Who it is, as far as its token says; `None`: another program wrote it.
    pub leader: Option<Leader>,
    /// The lease's value.
    pub token: String,
    /// Whether this home's own process holds it.
    pub is_this_home: bool,
    /// How long its term lasts yet; `None`: without an end.
    pub left: Option<Duration>,
}

/// What became of a renewal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewed {
    /// Its term begins anew.
    Ours,
    /// Nobody holds the lease any more: it ran out, or the server lost it.
    Gone,
    /// Another holds it.
    Held(Other),
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It is this host's to capture.
    Granted,
    /// It was captured before, by this host.
    Captured(String),
    /// The token does not hold the lease.
    Fenced,
}

/// What became of the note of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noted {
    /// It stands.
    Noted,
    /// This host has captured the same open.
    Twice(String),
}
