//! Files: who may read them, which one a path leads to, how one takes another's place.

// The index of a file: std shows none.
#![allow(unsafe_code)]

use crossbeam_channel::after;
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::os::windows::io::AsRawHandle;
use std::path::{Path, PathBuf};
use std::time::Duration;
use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_LOCK_VIOLATION, ERROR_SHARING_VIOLATION};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_FLAG_DELETE_ON_CLOSE, FILE_SHARE_DELETE, FILE_SHARE_READ,
    FILE_SHARE_WRITE, GetFileInformationByHandle,
};

/// Tells folders apart whatever path leads to them: the canonical path.
pub(crate) type FolderId = PathBuf;

/// Whether a file can be renamed while another program has it open: only where that shares its deletion.
pub(crate) const RENAMES_WHAT_IS_OPEN: bool = false;

/// Whether a watched folder that goes away is always told.
pub(crate) const WATCHES_TELL_THEIR_END: bool = false;

/// The longest path that every program opens as it is (`MAX_PATH`, 260 with the NUL), less what a library appends to
/// it, such as `-journal` and `-wal`.
const LONGEST_PLAIN: usize = 240;

/// How often a replacement is tried again while another program holds the old file: scanners and indexers let go
/// within some milliseconds.
const REPLACE_ATTEMPTS: u32 = 25;

/// The pause between two attempts.
const REPLACE_PAUSE: Duration = Duration::from_millis(20);

/// Opens a file for reading; nobody is kept from writing, renaming or removing it, so Excel can save while this handle
/// is open.
pub(crate) fn open_shared(path: &Path) -> io::Result<File> {
    let share_all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    OpenOptions::new().read(true).share_mode(share_all).open(path)
}

/// A new or emptied file. The folder's ACL says who may read it: below `%LOCALAPPDATA%` this user alone.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

/// A file that nobody else has; it goes when this is dropped, or its process ends.
pub(crate) struct Alone {
    _file: File,
}

/// A file that nobody else can have meanwhile. Held by another: an error that says so.
pub(crate) fn hold_alone(path: &Path) -> io::Result<Alone> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).share_mode(0).custom_flags(FILE_FLAG_DELETE_ON_CLOSE);
    options.open(path).map(|_file| Alone { _file })
}

/// Makes a folder, and those above it, which inherit the ACL of the first that is there.
pub(crate) fn make_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Tells a file from the one that replaces it, mostly: std shows no file index, and NTFS gives a file that takes a
/// name within 15 s the creation time of the one that had it. Size and time of change, to 100 ns, tell the rest.
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.creation_time(), u64::from(metadata.file_attributes()))
}

/// Whether `path` leads to the file that is open: by the index that the volume gives each file.
pub(crate) fn is_same(file: &File, path: &Path) -> io::Result<bool> {
    Ok(index(file)? == index(&open_shared(path)?)?)
}

fn index(file: &File) -> io::Result<(u32, u32, u32)> {
    let mut found = BY_HANDLE_FILE_INFORMATION::default();
    // Safe: the handle is open, and the answer goes to a place of its type.
    match unsafe { GetFileInformationByHandle(file.as_raw_handle(), &mut found) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok((found.dwVolumeSerialNumber, found.nFileIndexHigh, found.nFileIndexLow)),
    }
}

/// Whether somebody besides its user may write a file: what the folder's ACL says, which is not looked at.
pub(crate) fn others_may_write(_metadata: &Metadata) -> bool {
    false
}

/// Whether a folder lets others look into it: what its ACL says, which is not looked at.
pub(crate) fn others_may_enter(_metadata: &Metadata) -> bool {
    false
}

/// Whether a folder belongs to another user: as above.
pub(crate) fn is_anothers(_metadata: &Metadata) -> bool {
    false
}

/// Which folder `path` leads to.
pub(crate) fn folder_id(path: &Path, _found: &Metadata) -> io::Result<FolderId> {
    resolved(path)
}

/// The one path of what is there; as it is spelled on a volume that has no letter of the system's own, as some RAM disks
/// and encrypted ones have not.
pub(super) fn resolved(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() != io::ErrorKind::NotFound => std::path::absolute(path),
        answer => answer,
    }
}

/// Whether opening such a file would wait: pipes have names of their own here.
pub(crate) fn is_pipe(_kind: FileType) -> bool {
    false
}

/// The path for libraries that open files by themselves: std gives the system a long path in the form `\\?\C:\…`, which
/// has no limit; others give it what they got.
pub(crate) fn for_libraries(path: &Path) -> PathBuf {
    if path.as_os_str().len() < LONGEST_PLAIN {
        return path.to_owned();
    }
    // The file itself may not be there yet.
    match (path.parent().map(resolved), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// Whether another program's hold on the file explains the error. Access denied is also what Windows answers between
/// the deletion of a file and the end of its last handle, and between Excel's deletion and its renaming.
pub(crate) fn is_held_by_another(error: &io::Error) -> bool {
    let codes = [ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION, ERROR_ACCESS_DENIED];
    error.raw_os_error().and_then(|code| u32::try_from(code).ok()).is_some_and(|code| codes.contains(&code))
}

/// Renames `from` to `to`, in one step for whoever looks. Waits, for half a second at most, for programs that hold the
/// old file without sharing it.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    for _ in 1..REPLACE_ATTEMPTS {
        match fs::rename(from, to) {
            Err(error) if is_held_by_another(&error) => {
                after(REPLACE_PAUSE).recv().ok(); // fires once
            }
            answer => return answer,
        }
    }
    fs::rename(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wine gives 33 to nobody and 5 to few, so the codes are made here; tests/windows/excel.rs provokes them.
    #[test]
    fn sharing_and_lock_violations_and_access_denied_are_holds_and_nothing_else_is() {
        for code in [5, 32, 33] {
            assert!(is_held_by_another(&io::Error::from_raw_os_error(code)), "error {code}");
        }
        for code in [2, 3, 21, 53] {
            assert!(!is_held_by_another(&io::Error::from_raw_os_error(code)), "error {code}");
        }
    }

    #[test]
    fn a_file_is_told_from_the_one_that_took_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stack.log");
        let old = File::create(&path).unwrap();
        assert!(is_same(&old, &path).unwrap());
        fs::rename(&path, folder.path().join("stack.log.1")).unwrap();
        fs::write(&path, "").unwrap();
        assert!(!is_same(&old, &path).unwrap());
    }
}
