//! The calendar that follows the user's file of overrides while the stack runs.

use super::{Calendar, Overrides, Problem};
use crate::os::file;
use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

/// The file in the home folder with `[[calendar.override]]` tables.
pub const OVERRIDE_FILE_NAME: &str = "calendar.toml";

/// Thousands of overrides; more is not a file that a person wrote.
const MAX_BYTES: u64 = 256 * 1024;

/// A file changed so shortly ago may change again without a new time stamp: it is read again until it is older.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(2);

/// A calendar and a file of overrides on top of it, which is read again when it changes: a closure announced this
/// morning needs neither a new build nor a restart. Shared by reference; once the file has been looked at, no caller
/// waits for another.
///
/// A file that cannot be used changes nothing: the overrides before it stay, and [`LiveCalendar::problems`] says
/// why. A file that lacks an override, or is removed, takes it along once it has said so for two seconds: while an editor
/// saves it, it is empty, half written or gone for a moment, in which a day that the user closed would be open.
pub struct LiveCalendar {
    base: Calendar,
    path: PathBuf,
    current: ArcSwap<Calendar>,
    problems: ArcSwap<Vec<Problem>>,
    seen: Mutex<Seen>, // held while the file is read
    has_looked: AtomicBool,
}

/// The file as it was last read.
#[derive(Default)]
struct Seen {
    looked: bool,
    stamp: Option<Stamp>,
    text: String,
    overrides: Overrides,
    /// A text that lacks some of them, and since when it stands there.
    lacking: Option<(String, Timestamp)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
    identity: (u64, u64),
}

impl LiveCalendar {
    /// `base` (the published calendar with config's hours and overrides) under the file at `path`, which need not
    /// exist. Nothing is read before the first [`LiveCalendar::at`].
    #[must_use]
    pub fn new(base: Calendar, path: impl Into<PathBuf>) -> LiveCalendar {
        LiveCalendar {
            current: ArcSwap::from_pointee(base.clone()),
            base,
            path: path.into(),
            problems: ArcSwap::default(),
            seen: Mutex::default(),
            has_looked: AtomicBool::new(false),
        }
    }

    /// The calendar as the file says it at `now`. Costs one stat where the file has not changed.
    ///
    /// Workers start together: who asks while the file is read for the first time waits for it, since without it a
    /// day that the user closed would be open.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Arc<Calendar> {
        let seen = if self.has_looked.load(Ordering::Acquire) {
            self.seen.try_lock()
        } else {
            Some(self.seen.lock())
        };
        if let Some(mut seen) = seen {
            self.look(&mut seen, now);
            self.has_looked.store(true, Ordering::Release);
        }
        self.current.load_full()
    }

    /// Why the file as it is now is not used; empty when all is well.
    #[must_use]
    pub fn problems(&self) -> Arc<Vec<Problem>> {
        self.problems.load_full()
    }

    /// Where the file is looked for.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn look(&self, seen: &mut Seen, now: Timestamp) {
        let stamp = match fs::metadata(&self.path) {
            Ok(metadata) => Some(Stamp::of(&metadata)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return self.unreadable(seen, problem(format!("cannot be read: {error}"))),
        };
        let is_settled = stamp.is_none_or(|stamp| stamp.is_settled(now));
        if seen.looked && seen.stamp == stamp && is_settled {
            seen.lacking = None;
            return;
        }
        match stamp.map_or(Ok(String::new()), |_| read(&self.path)) {
            Ok(text) if seen.looked && seen.text == text => seen.lacking = None,
            Ok(text) => {
                if !self.adopt(seen, &text, now) {
                    return;
                }
                seen.text = text;
                seen.lacking = None;
            }
            Err(problem) => return self.unreadable(seen, problem),
        }
        seen.looked = true;
        seen.stamp = stamp;
    }

    fn unreadable(&self, seen: &mut Seen, problem: Problem) {
        seen.looked = false; // so the same text, readable again, clears the problem
        self.refuse(vec![problem]);
    }

    /// Whether `text` counts from now on, be it that its problems are told.
    fn adopt(&self, seen: &mut Seen, text: &str, now: Timestamp) -> bool {
        match Overrides::parse(text) {
            Ok(overrides) => {
                if !overrides.has_days_of(&seen.overrides) && !seen.has_lacked(text, now) {
                    return false;
                }
                log::debug!("{}: {} calendar overrides", self.path.display(), overrides.len());
                self.current.store(Arc::new(self.base.clone().with_overrides(&overrides)));
                self.problems.store(Arc::default());
                seen.overrides = overrides;
            }
            Err(problems) => self.refuse(problems),
        }
        true
    }

    fn refuse(&self, problems: Vec<Problem>) {
        if **self.problems.load() == problems {
            return;
        }
        for problem in &problems {
            log::warn!("{}: {problem}; the overrides before it stay", self.path.display());
        }
        self.problems.store(Arc::new(problems));
    }
}

impl Seen {
    /// Whether this very text, which lacks overrides, has stood there for a while.
    fn has_lacked(&mut self, text: &str, now: Timestamp) -> bool {
        match &self.lacking {
            Some((known, since)) if known == text => now.duration_since(*since).abs() > SETTLED_AFTER,
            _ => {
                self.lacking = Some((text.to_owned(), now));
                false
            }
        }
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        Stamp { len: metadata.len(), modified: metadata.modified().ok(), identity: file::identity(metadata) }
    }

    fn is_settled(self, now: Timestamp) -> bool {
        let modified = self.modified.and_then(|modified| Timestamp::try_from(modified).ok());
        modified.is_some_and(|modified| now.duration_since(modified) > SETTLED_AFTER)
    }
}

fn read(path: &Path) -> Result<String, Problem> {
    let mut text = String::new();
    match File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text)) {
        Ok(_) if text.len() as u64 > MAX_BYTES => Err(problem(format!("is larger than {MAX_BYTES} bytes"))),
        Ok(_) => Ok(text),
        // It went away after the stat: as if it had not been there.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(problem(format!("cannot be read: {error}"))),
    }
}

fn problem(message: String) -> Problem {
    Problem { line: None, message }
}
