//! The market workers of a driver, in the stack's start order.

use crate::supervise::{Factory, Policy};
use crate::workers::Floor;
use jiff::Timestamp;

/// Name, policy and factory of each market worker that the config has not switched off.
pub(super) fn market_workers(_floor: &Floor, _first: Timestamp) -> Vec<(&'static str, Policy, Factory)> {
    Vec::new()
}
