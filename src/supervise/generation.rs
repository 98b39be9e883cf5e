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
}

/// The write came from an incarnation that has been replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("generation {0} of this worker was replaced; its writes are refused")]
pub struct Revoked(pub u64);

impl Generation {
    /// The `number`-th incarnation, not revoked.
    #[must_use]
    pub fn new(number: u64) -> Generation {
        Generation { number, revoked: Arc::new(AtomicBool::new(false)) }
    }

    /// Which incarnation this is, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether this incarnation may write.
    ///
    /// # Errors
    /// [`Revoked`] once it has been replaced.
    pub fn check(&self) -> Result<(), Revoked> {
        if self.revoked.load(Ordering::Acquire) { Err(Revoked(self.number)) } else { Ok(()) }
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
