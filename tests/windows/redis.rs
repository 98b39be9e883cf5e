//! Redis on another system (WSL, a container, another machine) by TCP: a Windows process cannot start its own here.

use super::poll;
use crate::feed::fixture;
use crate::support::program::World;

/// The port on loopback of an empty redis-server that `scripts/windows` starts and ends.
const PORT: &str = "TEST_REDIS_PORT";

#[test]
fn what_is_published_by_tcp_is_read_back() {
    let Ok(port) = std::env::var(PORT) else {
        println!("skipped: {PORT} names no redis-server");
        return;
    };
    let url = format!("redis://127.0.0.1:{port}");
    let world = World::new().with("THOR_STACK_BUS_URL", &url);
    let path = world.path("RTD_TOS.xlsx");
    std::fs::copy(fixture("rtd_tos_2025-11-29.xlsx"), &path).unwrap();
    let published = poll(&world, path.to_str().unwrap()).exits(0).json()["quotes"].clone();
    let read = world.run(&["quotes", "--json"]).exits(0).json()["quotes"].clone();
    assert_eq!(published.as_array().unwrap().len(), read.as_array().unwrap().len(), "{read}");
    assert!(read.to_string().contains("47551"), "{read}");
}
