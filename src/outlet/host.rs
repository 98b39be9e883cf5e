//! An outlet of the host's own, with the bus's state kept for it.

use super::{BusWatch, Edition, Outlet, OutletError, Published};
use crate::supervise::{Clock, Generation, SystemClock};

/// Passes editions on to a host's outlet, and tells `status` what became of them.
pub(crate) struct HostOutlet {
    outlet: Box<dyn Outlet>,
    watch: BusWatch,
    clock: SystemClock,
}

impl HostOutlet {
    pub(crate) fn new(outlet: Box<dyn Outlet>, watch: &BusWatch) -> HostOutlet {
        HostOutlet { outlet, watch: watch.clone(), clock: SystemClock::new() }
    }
}

impl Outlet for HostOutlet {
    fn publish(&mut self, generation: &Generation, edition: &Edition<'_>) -> Result<Published, OutletError> {
        generation.check()?;
        let began = self.clock.mono();
        let published = self.outlet.publish(generation, edition);
        match &published {
            Ok(_) => self.watch.succeeded(edition.now, self.clock.mono().since(began)),
            Err(OutletError::Revoked(_)) => {}
            Err(error) => {
                self.watch.failed(&error.to_string(), matches!(error, OutletError::Held { .. }));
            }
        }
        published
    }
}
