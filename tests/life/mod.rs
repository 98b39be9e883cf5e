//! The scripted life of a stack, by the real program: started, asked, killed, stopped.

#[cfg(unix)] // signals
mod clients;
#[cfg(unix)]
mod deaths;
#[cfg(unix)]
mod descriptors;
#[cfg(unix)]
mod hangs;
mod homes;
#[cfg(unix)]
mod hosts;
mod logs;
mod quotes;
#[cfg(unix)]
mod scripts;
#[cfg(unix)]
mod service;
mod starts;

use crate::support::program::{Ran, SOON, World};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use thor_stack::instance::{Role, holder_as};

/// A home in a world of its own; whatever runs in it is ended, by process id, when the test is over.
pub(crate) struct Life {
    pub(crate) world: World,
    home: PathBuf,
}

impl Life {
    pub(crate) fn new() -> Life {
        Life::at("home")
    }

    pub(crate) fn at(home: &str) -> Life {
        Life::within(World::new(), home)
    }

    pub(crate) fn within(world: World, home: &str) -> Life {
        let home = world.path(home);
        Life { world, home }
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// The program's arguments with this home before them.
    pub(crate) fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let mut all = vec!["--home", self.home.to_str().unwrap()];
        all.extend(arguments);
        all
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.world.run(&self.arguments(arguments))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.world.command(&self.arguments(arguments))
    }

    pub(crate) fn status(&self) -> serde_json::Value {
        self.run(&["status", "--json"]).json()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.home.join("thor-stack.log")).unwrap_or_default()
    }

    /// Who holds the home as a stack or as a parent.
    pub(crate) fn pid(&self, role: Role) -> Option<u32> {
        holder_as(role, &self.home).unwrap().map(|holder| holder.pid.expect("named by the system"))
    }

    pub(crate) fn stack(&self) -> u32 {
        self.pid(Role::Stack).expect("a stack runs")
    }

    pub(crate) fn parent(&self) -> u32 {
        self.pid(Role::Parent).expect("a parent runs")
    }

    /// Waits until nobody holds the home.
    pub(crate) fn is_free(&self) {
        until("the home is free", || {
            [Role::Parent, Role::Stack].iter().all(|role| self.pid(*role).is_none())
        });
    }

    /// Waits for a stack in another process than `before`, that answers.
    pub(crate) fn runs_again(&self, before: u32) -> serde_json::Value {
        let mut status = serde_json::Value::Null;
        until("it runs again", || {
            let ran = self.run(&["status", "--json"]);
            status = serde_json::from_str(&ran.stdout()).unwrap_or_default();
            status["state"] == "running" && status["pid"] != before
        });
        status
    }
}

impl Drop for Life {
    /// The parent first, which would start the stack again.
    fn drop(&mut self) {
        for _ in 0..100 {
            let holders = [Role::Parent, Role::Stack].map(|role| holder_as(role, &self.home).ok().flatten());
            let pids = holders.into_iter().flatten().filter_map(|holder| holder.pid);
            let pids: Vec<u32> = pids.filter(|pid| *pid != std::process::id()).collect();
            if pids.is_empty() {
                return;
            }
            pids.iter().for_each(|pid| signal(*pid, "KILL"));
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }
}

/// Ends the one process of this id; Windows knows no other signal.
#[cfg(windows)]
pub(crate) fn signal(pid: u32, signal: &str) {
    assert_eq!(signal, "KILL");
    thor_stack::os::process::terminate(pid).ok(); // gone already, as with kill
}

/// Sends a signal to the one process of this id.
#[cfg(unix)]
pub(crate) fn signal(pid: u32, signal: &str) {
    assert!(pid > 1, "no process of ours");
    Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).output().unwrap();
}

/// Looks again and again until `found` says yes.
#[track_caller]
pub(crate) fn until(what: &str, mut found: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !found() {
        assert!(Instant::now() < deadline, "not within {SOON:?}: {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
