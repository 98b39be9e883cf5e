//! Watches the workbook's folder: an event is a hint to look now, never more.

use crate::os::file::{WATCHES_TELL_THEIR_END, for_libraries};
use notify::event::{Event, EventKind};
use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A watch of the folder that holds the workbook. The folder and not the file: Excel saves by renaming a new file
/// over the old one. Dropping it ends the watch and its thread.
///
/// Folders on network shares may send no events at all; looking at the configured interval is the base, with or
/// without a watch.
pub struct FolderWatch {
    folder: PathBuf,
    alive: Arc<AtomicBool>,
    _watcher: RecommendedWatcher,
}

/// The folder cannot be watched; the workbook is then looked at by the interval alone.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch the folder {}: {reason}; saves are seen by workbook.interval alone", folder.display())]
pub struct WatchError {
    folder: PathBuf,
    reason: String,
}

impl FolderWatch {
    /// Watches the folder of `workbook` and calls `on_hint` from the watch's own thread whenever the workbook may have
    /// been saved. `on_hint` must not block. Reading the workbook hints nothing.
    ///
    /// # Errors
    /// [`WatchError`] if the system refuses: no such folder, no permission, too many watches.
    pub fn start(workbook: &Path, on_hint: impl Fn() + Send + 'static) -> Result<FolderWatch, WatchError> {
        let folder = folder_of(workbook);
        let fail = |error| WatchError { folder: folder.clone(), reason: reason(error) };
        // The system's own answer to this is no clear one on Windows.
        if !folder.is_dir() {
            return Err(fail(notify::Error::path_not_found()));
        }
        let alive = Arc::new(AtomicBool::new(true));
        let watched = for_libraries(&folder);
        let filter = Filter {
            folder: watched.clone(),
            name: workbook.file_name().unwrap_or_default().to_os_string(),
            alive: Arc::clone(&alive),
        };
        let handler = move |event| {
            if filter.is_hint(event) {
                on_hint();
            }
        };
        let mut watcher = notify::recommended_watcher(handler).map_err(fail)?;
        watcher.watch(&watched, RecursiveMode::NonRecursive).map_err(fail)?;
        Ok(FolderWatch { folder, alive, _watcher: watcher })
    }

    /// Whether events can still come: `false` once the folder was removed or renamed, or the system gave up. Start a
    /// new watch then.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        // Where a watch is not told that its folder or its drive went away, a new one there needs a new watch.
        if !WATCHES_TELL_THEIR_END && !self.folder.is_dir() {
            self.alive.store(false, Ordering::Release);
        }
        self.alive.load(Ordering::Acquire)
    }
}

/// Which events are about the workbook.
struct Filter {
    folder: PathBuf,
    name: OsString,
    alive: Arc<AtomicBool>,
}

impl Filter {
    fn is_hint(&self, event: notify::Result<Event>) -> bool {
        match event {
            // Our own reads.
            Ok(Event { kind: EventKind::Access(_), .. }) => false,
            Ok(event) => event.need_rescan() || self.is_end(&event) || self.names_workbook(&event),
            Err(_) => {
                self.alive.store(false, Ordering::Release);
                true
            }
        }
    }

    /// Whether the folder itself went away; remembers it.
    fn is_end(&self, event: &Event) -> bool {
        let gone = matches!(
            event.kind,
            EventKind::Remove(_) | EventKind::Modify(notify::event::ModifyKind::Name(_))
        ) && event.paths.contains(&self.folder);
        if gone {
            self.alive.store(false, Ordering::Release);
        }
        gone
    }

    fn names_workbook(&self, event: &Event) -> bool {
        event.paths.iter().filter_map(|path| path.file_name()).any(|name| same_name(name, &self.name))
    }
}

fn reason(error: notify::Error) -> String {
    match error.kind {
        ErrorKind::PathNotFound => "it does not exist".into(),
        ErrorKind::MaxFilesWatch => "the system allows no more watches".into(),
        ErrorKind::Io(error) => error.to_string(),
        kind => format!("{kind:?}"),
    }
}

/// Case does not matter to Windows and macOS, and a hint too many does no harm elsewhere.
fn same_name(one: &OsStr, other: &OsStr) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn folder_of(workbook: &Path) -> PathBuf {
    match workbook.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}
