//! Faults that tests put at the edges of the program. Without the feature `failpoints` nothing of this file is built,
//! and an `edge!` is no code at all; what is shipped is built without.
//!
//! An edge is set by `FAILPOINTS="edge=action;edge=action"`, or while the program runs by the file that
//! `FAILPOINTS_FILE` names, one `edge=action` a line, looked at whenever an edge is passed. The actions are those of the
//! crate `fail`, of which `return(what)` says what happens:
//!
//! | what | the edge |
//! |---|---|
//! | `panic` | panics |
//! | `full`, `denied`, `refused` | fails as a full disk, a missing permission, a lack of threads does |
//! | `wait 250ms` | goes on later; bounded by the deadlines of whoever calls |
//! | `hold ANYTHING` | goes on when the file says so no longer, a minute later at most |
//! | `overflow`, `exhaust`, `drop`, `hook`, `extern` | ends the process, as no `catch_unwind` can prevent: by an overflow of the stack, memory that is refused, a panic in a drop while another unwinds, one in the panic hook, one out of `extern "C"` |
//! | anything else | fails with this text |
//!
//! A line `clock=SECONDS` shifts the wall clock. Every fault that happened is a line of `FAILPOINTS_FILE` + `.fired`.

/// An edge of this name: `$into` makes the caller's error of the `std::io::Error` of a fault.
#[cfg(feature = "failpoints")]
macro_rules! edge {
    ($name:expr, $into:expr) => {
        $crate::fault::pass($name).map_err($into)?
    };
}

/// An edge of this name; no code in a build without `failpoints`.
#[cfg(not(feature = "failpoints"))]
macro_rules! edge {
    ($name:expr, $into:expr) => {};
}

pub(crate) use edge;

#[cfg(feature = "failpoints")]
pub(crate) use set::{pass, shifted};

#[cfg(feature = "failpoints")]
mod set {
    use jiff::{SignedDuration, Timestamp};
    use parking_lot::Mutex;
    use std::collections::BTreeMap;
    use std::fs::{self, Metadata, OpenOptions};
    use std::io::{Error, ErrorKind, Result, Write};
    use std::path::PathBuf;
    use std::sync::LazyLock;
    use std::time::{Duration, SystemTime};

    /// How often a hold looks whether it is over.
    const LOOK: Duration = Duration::from_millis(20);

    /// The longest hold.
    const MINUTE: Duration = Duration::from_secs(60);

    static CONTROL: LazyLock<Mutex<Control>> = LazyLock::new(|| Mutex::new(Control::new()));

    /// Passes the edge, or does to it what is set.
    pub(crate) fn pass(edge: &str) -> Result<()> {
        CONTROL.lock().look();
        let Some(what) = fail::eval(edge, |what| what.unwrap_or_default()) else { return Ok(()) };
        CONTROL.lock().note(edge, &what);
        happen(edge, &what)
    }

    /// `now`, shifted by what `clock=` says.
    pub(crate) fn shifted(now: Timestamp) -> Timestamp {
        let mut control = CONTROL.lock();
        control.look();
        now.checked_add(control.shift).unwrap_or(now)
    }

    #[allow(clippy::panic, reason = "panics are what is injected")]
    fn happen(edge: &str, what: &str) -> Result<()> {
        match what {
            "panic" => panic!("injected at {edge}"),
            "overflow" | "exhaust" | "drop" | "hook" | "extern" => death::by(what),
            "full" => Err(ErrorKind::StorageFull.into()),
            "denied" => Err(ErrorKind::PermissionDenied.into()),
            "refused" => Err(ErrorKind::WouldBlock.into()),
            what if what.starts_with("hold ") => {
                hold(edge, what);
                Ok(())
            }
            what => match what.strip_prefix("wait ").and_then(|wait| wait.strip_suffix("ms")?.parse().ok()) {
                Some(ms) => {
                    crossbeam_channel::never::<()>().recv_timeout(Duration::from_millis(ms)).ok();
                    Ok(())
                }
                None => Err(Error::other(format!("injected at {edge}: {what}"))),
            },
        }
    }

    fn hold(edge: &str, what: &str) {
        let is_set = || {
            let mut control = CONTROL.lock();
            control.look();
            control.set.get(edge).is_some_and(|action| action.contains(what))
        };
        for _ in 0..MINUTE.as_millis() / LOOK.as_millis() {
            if !is_set() {
                return;
            }
            crossbeam_channel::never::<()>().recv_timeout(LOOK).ok();
        }
    }

    /// What `catch_unwind` does not catch.
    #[allow(clippy::panic, reason = "panics are what is injected")]
    mod death {
        use std::hint::black_box;
        use std::io::Result;

        pub(super) fn by(what: &str) -> Result<()> {
            match what {
                "overflow" => drop(black_box(deeper(0))),
                "exhaust" => drop(black_box(vec![1_u8; isize::MAX as usize / 2])),
                "drop" => {
                    let _unwound = PanicsInDrop;
                    panic!("the first of two");
                }
                "hook" => {
                    std::panic::set_hook(Box::new(|_| panic!("in the hook")));
                    panic!("the hook is called");
                }
                _ => out_of_c(),
            }
            Ok(())
        }

        /// Needs more stack than there is.
        fn deeper(depth: u64) -> u64 {
            let frame = black_box([depth; 128]);
            if depth == u64::MAX { depth } else { deeper(depth + 1) + frame[0] }
        }

        struct PanicsInDrop;

        impl Drop for PanicsInDrop {
            fn drop(&mut self) {
                panic!("the second of two");
            }
        }

        extern "C" fn out_of_c() {
            panic!("out of extern \"C\"");
        }
    }

    /// What the file says, read again when it was replaced.
    struct Control {
        file: Option<PathBuf>,
        seen: Option<(SystemTime, u64)>,
        set: BTreeMap<String, String>,
        shift: SignedDuration,
    }

    impl Control {
        fn new() -> Control {
            // Reads FAILPOINTS; its drop would clear every edge.
            std::mem::forget(fail::FailScenario::setup());
            let file = std::env::var_os("FAILPOINTS_FILE").map(PathBuf::from);
            Control { file, seen: None, set: BTreeMap::new(), shift: SignedDuration::ZERO }
        }

        fn look(&mut self) {
            let Some(file) = &self.file else { return };
            let seen = fs::metadata(file).ok().and_then(|it: Metadata| Some((it.modified().ok()?, it.len())));
            // Where it cannot be read (no descriptor is left), what was set stays.
            if seen.is_some()
                && seen != self.seen
                && let Ok(text) = fs::read_to_string(file)
            {
                self.seen = seen;
                self.take_over(&text);
            }
        }

        /// Sets what is new in `text` and clears what is no longer there; what stays keeps its counts.
        fn take_over(&mut self, text: &str) {
            let lines = text.lines().filter_map(|line| line.split_once('='));
            let set: BTreeMap<String, String> = lines.map(|(edge, it)| (edge.into(), it.into())).collect();
            for edge in self.set.keys().filter(|edge| !set.contains_key(*edge)) {
                fail::remove(edge);
            }
            for (edge, action) in set.iter().filter(|(edge, action)| self.set.get(*edge) != Some(action)) {
                if edge != "clock"
                    && let Err(error) = fail::cfg(edge.as_str(), action)
                {
                    log::error!("fault {edge}={action}: {error}");
                }
            }
            let seconds = set.get("clock").and_then(|text| text.parse().ok());
            self.shift = seconds.map_or(SignedDuration::ZERO, SignedDuration::from_secs_f64);
            self.set = set;
        }

        fn note(&self, edge: &str, what: &str) {
            let Some(file) = &self.file else { return };
            let mut name = file.clone().into_os_string();
            name.push(".fired");
            let noted = OpenOptions::new().create(true).append(true).open(name);
            // A full disk, a lack of descriptors: then the fault is not counted, and happens all the same.
            noted.and_then(|mut fired| fired.write_all(format!("{edge} {what}\n").as_bytes())).ok();
        }
    }
}
