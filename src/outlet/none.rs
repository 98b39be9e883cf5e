//! No outlet: the board in this process is all (`bus.url = "local"`, the embedded default).

use super::{Edition, Outlet, OutletError, Published};
use crate::supervise::Generation;

/// Accepts every edition and drops it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoOutlet;

impl Outlet for NoOutlet {
    fn publish(&mut self, generation: &Generation, _: &Edition<'_>) -> Result<Published, OutletError> {
        generation.check()?;
        Ok(Published::default())
    }
}
