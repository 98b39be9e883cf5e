//! The pipe from the parent to the stack that it started: one line that tells of the deaths before, then silence; its
//! end is the parent's end.

use anyhow::Context;
use std::io::{self, BufRead, Read, Write};
use std::process::Child;
use thor_stack::Respawns;
use thor_stack::supervise::thread::spawn_named;

/// Enough for waiting in a read, and for a log line.
const STACK_SIZE: usize = 128 * 1024;

/// The parent's side: tells `child` of the deaths before it. The pipe stays open as long as `child` is held.
///
/// # Errors
/// The pipe is broken: the child has died already.
pub(crate) fn tell(child: &mut Child, respawns: &Respawns) -> io::Result<()> {
    let mut line = serde_json::to_vec(respawns)?;
    line.push(b'\n');
    let pipe = child.stdin.as_mut();
    pipe.ok_or_else(|| io::Error::other("the pipe to the stack is missing"))?.write_all(&line)
}

/// The stack's side: what the parent tells; nothing where it died before it could.
pub(crate) fn hear() -> Respawns {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(_) => serde_json::from_str(&line).unwrap_or_default(),
        Err(_) => Respawns::default(),
    }
}

/// Calls `gone` when the parent has ended. Costs nothing until then: a thread waits in a read.
///
/// # Errors
/// The system refuses the thread.
pub(crate) fn watch(gone: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
    let body = move || {
        // Nothing more is ever said, so whatever ends the reading means that the other side is gone.
        io::copy(&mut io::stdin().lock().take(u64::MAX), &mut io::sink()).ok();
        gone();
    };
    spawn_named("parent-watch", STACK_SIZE, body)
        .map(drop)
        .context("starting the thread that watches the parent")
}
