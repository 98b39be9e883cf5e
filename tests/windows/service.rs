//! The service control manager starts the stack and stops it.

use crate::life::until;
use crate::support::program::World;
use std::process::{Command, Output};

/// A service that is removed when the test is over.
struct Service {
    name: String,
}

impl Service {
    fn install(world: &World) -> Service {
        let name = format!("thor-stack-test-{}", std::process::id());
        let program = world.command(&[]).get_program().to_str().unwrap().to_owned();
        let line = format!("\"{program}\" --home \"{}\" service", world.path("home").display());
        let output = sc(&["create", &name, "binPath=", &line, "start=", "demand"]);
        assert!(output.status.success(), "{output:?}");
        Service { name }
    }

    fn told(&self, order: &str) {
        let output = sc(&[order, &self.name]);
        assert!(output.status.success(), "{order}: {output:?}");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        sc(&["stop", &self.name]);
        sc(&["delete", &self.name]);
    }
}

fn sc(arguments: &[&str]) -> Output {
    Command::new("sc.exe").args(arguments).output().unwrap()
}

#[test]
fn the_manager_starts_and_stops_it() {
    let world = World::new();
    let home = world.path("home");
    let log = || std::fs::read_to_string(home.join("thor-stack.log")).unwrap_or_default();
    let service = Service::install(&world);
    service.told("start");
    until("it runs", || log().contains("MarketOpenCaptureSupervisor: started"));
    service.told("stop");
    until("it has stopped cleanly", || log().contains("stopped in"));
}

#[test]
fn nobody_else_runs_it() {
    let world = World::new();
    world.run(&["service"]).exits(1).prints("thor-stack run");
}
