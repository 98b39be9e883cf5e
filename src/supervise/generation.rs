//! The token that says which incarnation of a worker may still write.

use crate::sync::{AtomicBool, AtomicU64, Ordering};
use std::fmt;
use std::sync::Arc;

/// One incarnation of a worker. Board, outlet and ledger check it at every write, so that an incarnation which was
/// abandoned (hung, replaced) changes nothing when it wakes up.
#[derive(Clone)]
pub struct Generation {
    number: u64,
    revoked: Arc<AtomicBool>,
    warrant: Option<Warrant>,
    /// Writes that were refused, of this incarnation and those before it.
    refused: Arc<AtomicU64>,
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
        Generation { number, revoked: Arc::default(), refused: Arc::default(), warrant: None }
    }

    /// The same incarnation, which may write only while `warrant` says so too.
    #[must_use]
    pub fn under(&self, warrant: Warrant) -> Generation {
        Generation { warrant: Some(warrant), ..self.clone() }
    }

    /// The incarnation after this one, which may write; what is refused is counted together.
    pub(super) fn successor(&self) -> Generation {
        Generation { refused: Arc::clone(&self.refused), ..Generation::new(self.number + 1) }
    }

    /// Which incarnation this is, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether this incarnation may write; asked before a write, which counts as refused if it may not.
    ///
    /// # Errors
    /// [`Revoked`] once it has been replaced, and while its warrant does not hold.
    pub fn check(&self) -> Result<(), Revoked> {
        if self.is_revoked() || self.warrant.as_ref().is_some_and(|warrant| !warrant()) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(Revoked(self.number));
        }
        Ok(())
    }

    /// Whether it has been replaced.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }

    /// How many writes of this worker were refused, this incarnation's and those before it.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Takes the right to write away, for good and in every clone.
    pub fn revoke(&self) {
        self.revoked.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Generation({}{})", self.number, if self.is_revoked() { ", revoked" } else { "" })
    }
}
