//! What is asked of the configuration.

use crate::support::program::World;

#[test]
fn a_lease_needs_the_redis_that_the_hosts_share() {
    let world = World::new();
    let ran = world.run(&["run", "--set", "lease.enabled=true"]);
    ran.exits(2).says("lease.enabled").says("set bus.url");
    world.run(&["config", "--set", "lease.enabled=true", "--set", "bus.url=redis://127.0.0.1:1"]).exits(0);
    let shared = ["config", "--set", "lease.enabled=true", "--set", "bus.url=redis://127.0.0.1:1", "--set"];
    let with = |ttl: &'static str| world.run(&[&shared[..], &[ttl]].concat());
    with("lease.ttl=1200ms").exits(2).says("lease.ttl").says("bus.connect_timeout and bus.timeout together");
    with("lease.ttl=1201ms").exits(0);
    world.run(&["config", "--set", "lease.ttl=500ms"]).exits(2).says("lease.ttl");
}
