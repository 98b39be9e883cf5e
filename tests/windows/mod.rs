//! What differs on Windows: share modes, paths, drives, handles, consoles, services. By the real program where it can be.

mod alarms;
mod console;
mod deaths;
mod excel;
mod paths;
mod places;
mod redis;
mod saver;
mod service;
mod starts;

use crate::support::program::{Ran, World};

/// The quotes that one read of `workbook` finds, by symbol and last price.
fn poll(world: &World, workbook: &str) -> Ran {
    world.run(&["poll", "--once", "--json", "--workbook", workbook])
}
