//! The one door to new threads, which requires a name.

use super::{Clock, Mono};
use crate::fault::edge;
use crate::os::signals;
use crate::sync::{self, AtomicBool, Builder, JoinHandle, Mutex, Ordering, Receiver};
use std::convert::Infallible;
use std::io;
use std::sync::Arc;

/// Starts a thread called `name` with a stack of `stack_size` bytes. Signals stay with the host's own threads.
///
/// # Errors
/// What the system said when it refused the thread (too many, no memory); `InvalidInput` for a name with a NUL.
pub fn spawn_named<F>(name: &str, stack_size: usize, body: F) -> io::Result<JoinHandle<()>>
where
    F: FnOnce() + Send + 'static,
{
    if name.contains('\0') {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("thread name {name:?} has a NUL")));
    }
    edge!("thread.spawn", std::convert::identity);
    let _held = signals::hold();
    Builder::new().name(name.to_owned()).stack_size(stack_size).spawn(body)
}

/// What a thread runs.
pub(super) type Body = Box<dyn FnOnce() + Send>;

/// The door as a value, so that a test can close it.
pub(super) type Door = Arc<dyn Fn(&str, usize, Body) -> io::Result<JoinHandle<()>> + Send + Sync>;

/// The door that asks the system.
pub(super) fn system_door() -> Door {
    Arc::new(spawn_named)
}

/// The place of a thread that can be waited for with a deadline.
#[derive(Default)]
pub(super) struct Slot {
    thread: Mutex<Option<Thread>>,
    was_started: AtomicBool,
}

struct Thread {
    handle: JoinHandle<()>,
    ended: Ended,
}

/// Disconnects when the body of a thread has ended; never has a message.
pub(super) type Ended = Receiver<Infallible>;

impl Slot {
    /// Starts a thread and keeps it here.
    pub(super) fn spawn(&self, door: &Door, name: &str, stack_size: usize, body: Body) -> io::Result<()> {
        // The thread owns a sender that it never uses: its disconnect says that the body has ended.
        let (owned, ended) = sync::bounded::<Infallible>(0);
        let guarded = Box::new(move || {
            let _ended = owned;
            body();
        });
        let mut thread = self.thread.lock();
        let handle = door(name, stack_size, guarded)?;
        *thread = Some(Thread { handle, ended });
        self.was_started.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether a thread was ever started here.
    pub(super) fn was_started(&self) -> bool {
        self.was_started.load(Ordering::Acquire)
    }

    /// Lets go of a thread that hangs: the place is free for another.
    pub(super) fn abandon(&self) -> Option<Ended> {
        self.thread.lock().take().map(|thread| thread.ended)
    }

    /// Waits until the thread has ended, at most until `deadline`; whether it has. No thread has ended.
    pub(super) fn join_until(&self, clock: &dyn Clock, deadline: Mono) -> bool {
        let Some(ended) = self.thread.lock().as_ref().map(|thread| thread.ended.clone()) else { return true };
        sync::select_biased! {
            recv(ended) -> _ => {},
            recv(clock.timer(deadline)) -> _ => return false,
        }
        if let Some(thread) = self.thread.lock().take() {
            // The body has ended; what is left is the system's own tidying. Bodies catch their panics.
            thread.handle.join().ok();
        }
        true
    }
}
