//! What the system tells of a thread that hangs: nothing that a process could read without stopping the thread.

/// The number by which the system knows this thread: none that would help.
pub(crate) fn this_thread() -> Option<u32> {
    None
}

/// Where the thread is.
pub(crate) fn of(_thread: Option<u32>) -> String {
    "this system tells a process nothing of where its threads are".to_owned()
}
