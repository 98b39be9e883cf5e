//! The homes that this process holds, for what the system's lock does not exclude: two stacks in one process.
//!
//! Read and written without a lock, so that a child forked in the middle of it finds nothing locked. A child finds
//! its parent's entries too, and knows them by their process id.

use super::home::HomeId;
use super::{HolderInfo, Role};
use arc_swap::ArcSwapOption;
use std::process;
use std::sync::Arc;
use std::thread;

static HELD: ArcSwapOption<Vec<Entry>> = ArcSwapOption::const_empty();

/// How often to look again at a home that another thread is trying; a try takes microseconds.
const LOOKS: u32 = 10_000;

#[derive(Debug, Clone)]
struct Entry {
    id: HomeId,
    role: Role,
    pid: u32,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    /// A thread has the lock's file open. Nobody else may open it: closing it would give back a lock just taken.
    Trying,
    /// A stack has the home.
    Held(HolderInfo),
}

impl Entry {
    fn is(&self, id: &HomeId, role: Role, pid: u32) -> bool {
        (&self.id, self.role, self.pid) == (id, role, pid)
    }
}

/// A home that no other thread of this process can try or take; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Reservation {
    id: HomeId,
    role: Role,
    pid: u32,
}

impl Reservation {
    /// Reserves the home for a try, or says which stack of this process has it. `Err(None)`: a thread of this
    /// process has been trying it for long.
    pub(super) fn take(id: &HomeId, role: Role) -> Result<Reservation, Option<HolderInfo>> {
        let pid = process::id();
        for _ in 0..LOOKS {
            match insert(id, role, pid) {
                None => return Ok(Reservation { id: id.clone(), role, pid }),
                Some(State::Held(info)) => return Err(Some(info)),
                Some(State::Trying) => thread::yield_now(),
            }
        }
        Err(None)
    }

    /// The try succeeded: the home is held.
    pub(super) fn hold(&self, info: &HolderInfo) {
        self.update(|entries| {
            for entry in entries.iter_mut().filter(|entry| entry.is(&self.id, self.role, self.pid)) {
                entry.state = State::Held(info.clone());
            }
        });
    }

    /// False in a child that was forked after it was taken.
    pub(super) fn is_of_this_process(&self) -> bool {
        self.pid == process::id()
    }

    fn update(&self, change: impl Fn(&mut Vec<Entry>)) {
        HELD.rcu(|held| {
            let mut entries = of_process(held.as_deref(), self.pid);
            change(&mut entries);
            Some(Arc::new(entries))
        });
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.is_of_this_process() {
            self.update(|entries| entries.retain(|entry| !entry.is(&self.id, self.role, self.pid)));
        }
    }
}

/// Adds an entry, or gives back the state of the one that is there.
fn insert(id: &HomeId, role: Role, pid: u32) -> Option<State> {
    let mut found = None;
    HELD.rcu(|held| {
        let mut entries = of_process(held.as_deref(), pid);
        found = entries.iter().find(|entry| entry.is(id, role, pid)).map(|entry| entry.state.clone());
        if found.is_none() {
            entries.push(Entry { id: id.clone(), role, pid, state: State::Trying });
        }
        Some(Arc::new(entries))
    });
    found
}

/// What the list has of this process; entries of the process that it was forked from mean nothing here.
fn of_process(held: Option<&Vec<Entry>>, pid: u32) -> Vec<Entry> {
    held.into_iter().flatten().filter(|entry| entry.pid == pid).cloned().collect()
}
