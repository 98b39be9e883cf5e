//! Events that a listener was too slow for.

use super::until;
use crate::support::program::World;
use std::time::Duration;
use thor_stack::Stack;
use thor_stack::config::Config;
use thor_stack::supervise::{Context, Policy, Worker, WorkerError};

#[test]
fn the_status_counts_what_a_host_did_not_read_in_time() {
    let world = World::new();
    let never =
        |_: &Context| -> Result<Box<dyn Worker>, WorkerError> { Err(WorkerError::new("no desk is free")) };
    let policy = Policy { first: Duration::ZERO, ..Policy::default() };
    let builder = Stack::builder(Config::at_home(world.path("home"))).worker("Guest", policy, never);
    let stack = builder.only(["Guest"]).start().unwrap();
    let events = stack.events();
    until("more events than a listener may lag behind", || stack.status().lost_events > 0);
    assert!(stack.shutdown(Duration::from_secs(5)).is_clean());
    assert_eq!(events.len(), 1_024, "the oldest are kept");
}
