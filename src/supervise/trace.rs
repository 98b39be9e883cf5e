//! Where a panic was: its location and its stack, noted by a panic hook that is opted in.
//!
//! The stack is captured as bare addresses, which takes microseconds; names are looked up when it is printed, which
//! takes up to a tenth of a second the first time. The hook holds no lock of ours while it does either.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::PanicHookInfo;
use std::sync::{Arc, Once};

/// How long a printed stack gets, bytes.
const LONGEST: usize = 16 * 1024;

thread_local! {
    static SUPERVISED: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<Trace>> = const { RefCell::new(None) };
}

/// Where a panic was.
#[derive(Clone, PartialEq, Eq)]
pub struct Trace {
    /// `file:line:column`.
    pub location: String,
    /// The stack.
    pub stack: Stack,
}

/// A stack whose addresses get their names when it is printed.
#[derive(Clone)]
pub struct Stack(Arc<Backtrace>);

/// Makes panics of supervised threads tell where they were: location and stack stand in the crash record.
///
/// The panic hook is the process's, so the library never sets it unasked: this sets it, once, in front of the one that
/// is there, which is called after it for every panic. On threads that are not ours nothing else happens. A host that
/// sets a hook of its own later takes this one away.
pub fn record_panics() {
    static ONCE: Once = Once::new();
    if std::thread::panicking() {
        return; // the hook cannot be changed from here
    }
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            note(panic);
            before(panic);
        }));
    });
}

/// This thread works for a supervisor.
pub(super) fn supervised() {
    SUPERVISED.try_with(|supervised| supervised.set(true)).ok(); // a thread that ends needs no traces
}

/// Where the last panic on this thread was that [`forget`] has not come after, once.
pub(super) fn take() -> Option<Trace> {
    LAST.try_with(|last| last.try_borrow_mut().ok()?.take()).ok().flatten()
}

/// What panicked before is of no interest any more.
pub(super) fn forget() {
    drop(take());
}

/// Runs `f`, whose own panics are of no interest.
pub(super) fn keeping_the_last(f: impl FnOnce()) {
    let last = take();
    f();
    LAST.try_with(|place| place.try_borrow_mut().map(|mut place| *place = last).ok()).ok();
}

fn note(panic: &PanicHookInfo<'_>) {
    if SUPERVISED.try_with(Cell::get) != Ok(true) {
        return;
    }
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let trace = Trace { location, stack: Stack(Arc::new(Backtrace::force_capture())) };
    LAST.try_with(|last| last.try_borrow_mut().map(|mut last| *last = Some(trace)).ok()).ok();
}

/// A line a frame, the innermost first, from where it panicked to where the supervisor called the worker. Empty where
/// the program was stripped of the names of its functions.
impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&frames(&self.0.to_string()))
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stack(..)") // its frames take a tenth of a second
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trace").field(&self.location).finish()
    }
}

/// Two stacks are the same if they were captured together.
impl PartialEq for Stack {
    fn eq(&self, other: &Stack) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Stack {}

/// What a frame is called in a program without names.
const NAMELESS: &str = "<unknown>";

/// The frames between the machinery of panics and that of catching them, where both can be told.
fn frames(printed: &str) -> String {
    let frames = grouped(printed);
    if frames.iter().all(|frame| frame.contains(NAMELESS)) {
        return String::new();
    }
    let is_panic = |frame: &String| {
        ["rust_begin_unwind", "core::panicking::", "begin_panic", "panic_any", "panic_display"]
            .iter()
            .any(|name| frame.contains(name))
    };
    let is_catch = |frame: &String| {
        ["std::panicking::try", "std::panicking::catch_unwind", "std::panic::catch_unwind"]
            .iter()
            .any(|name| frame.contains(name))
    };
    let first = frames.iter().rposition(is_panic).map_or(0, |at| at + 1);
    let last = frames.iter().skip(first).position(is_catch).map_or(frames.len(), |at| first + at);
    let mut text = frames[first..last].join("\n");
    if text.len() > LONGEST {
        let cut = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(cut);
        text.push_str("\n…");
    }
    text
}

/// One text a frame: its name, and on the same line where it is in the source, if that is known.
fn grouped(printed: &str) -> Vec<String> {
    let mut frames: Vec<String> = Vec::new();
    for line in printed.lines().map(str::trim) {
        match (line.strip_prefix("at "), frames.last_mut()) {
            (Some(place), Some(frame)) => *frame = format!("{frame} at {place}"),
            _ => {
                let name = line.split_once(": ").map_or(line, |(_, name)| name);
                frames.push(name.to_owned());
            }
        }
    }
    frames
}
