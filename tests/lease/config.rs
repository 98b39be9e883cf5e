//! What is asked of the configuration.

use crate::support::program::World;

#[test]
fn a_lease_needs_the_redis_that_the_hosts_share() {
    let world = World::new();
    let ran = world.run(&["run", "--set", "lease.enabled=true"]);
    ran.exits(2).says("lease.enabled").says("set bus.url");
    world.run(&["config", "--set", "lease.enabled=true", "--set", "bus.url=redis://127.0.0.1:1"]).exits(0);
    world.run(&["config", "--set", "lease.ttl=500ms"]).exits(2).says("lease.ttl");
}
