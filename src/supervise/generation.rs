//! The token that says which incarnation of a worker may still write.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One incarnation of a worker. Board, outlet and ledger check it at every write, so that an incarnation which was
/// abandoned (hung, replaced) changes nothing when it wakes up.
#[derive(Clone)]
pub struct Generation {
    number: u64,
    revoked: Arc<AtomicBool>,
    warrant: Option<Warrant>,
}

/// A further condition for writing, asked at every write; it reads no more than a clock.
pub type Warrant = Arc<dyn Fn() -> bool + Send + Sync>;

/// The write came from an incarnation that has been replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("generation {0} of this worker was replaced or lost the lease; its writes are refused")]
pub struct Revoked(pub u64);

impl Generation {
    /// The `number`-th incarnation, not revoked.
    #[must_use]
    pub fn new(number: u64) -> Generation {
        Generation { number, revoked: Arc::new(AtomicBool::new(false)), warrant: None }
    }

    /// The same incarnation, which may write only while `warrant` says so too.
    #[must_use]
    pub fn under(&self, warrant: Warrant) -> Generation {
        Generation { warrant: Some(warrant), ..self.clone() }
    }

    /// Which incarnation this is, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether this incarnation may write.
    ///
    /// # Errors
    /// [`Revoked`] once it has been replaced, and while its warrant does not hold.
    pub fn check(&self) -> Result<(), Revoked> {
        let warranted = || self.warrant.as_ref().is_none_or(|warrant| warrant());
        if self.revoked.load(Ordering::Acquire) || !warranted() { Err(Revoked(self.number)) } else { Ok(()) }
    }

    /// Takes the right to write away, for good and in every clone.
    pub fn revoke(&self) {
        self.revoked.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Generation({}{})", self.number, if self.check().is_err() { ", revoked" } else { "" })
    }
}
