//! Excel as a saver: its share modes, its owner file, its temporary files, its ways to put the new file in place.

// Excel's own calls: std's have other share modes and other ways to delete.
#![allow(unsafe_code)]

use crate::support::workbooks::WorkbookWriter;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::windows::ffi::OsStrExt;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::AsRawHandle;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use windows_sys::Win32::Storage::FileSystem::{
    DeleteFileW, FILE_DISPOSITION_INFO, FILE_SHARE_READ, FileDispositionInfo, MoveFileExW,
    REPLACEFILE_IGNORE_MERGE_ERRORS, ReplaceFileW, SetFileInformationByHandle,
};

/// How the new file takes the old one's place; Excel has done each, by version and file system.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// Delete the old file, rename the new one.
    DeleteAndRename,
    /// Rename the old file aside, rename the new one, delete the old one.
    RenameTwice,
    /// The system's own exchange, with the old file kept aside, then deleted.
    Replace,
}

/// How long a deleted file's name may stay taken by a reader.
const PATIENCE: Duration = Duration::from_secs(5);

/// A user's Excel with one workbook open.
pub(super) struct Excel {
    path: PathBuf,
    open: Option<File>,
    _owner: File,
    saves: u32,
    /// How often a rename had to be tried again.
    pub(super) waits: u32,
}

impl Excel {
    /// Opens the workbook as Excel does: for reading and writing, sharing reading alone, with `~$NAME` beside it.
    pub(super) fn open(path: &Path) -> Excel {
        let mut name = std::ffi::OsString::from("~$");
        name.push(path.file_name().unwrap());
        let owner = path.with_file_name(name);
        let mut owner =
            OpenOptions::new().write(true).create(true).share_mode(FILE_SHARE_READ).open(owner).unwrap();
        owner.write_all(b"\x03Ana").unwrap();
        Excel { path: path.to_owned(), open: Some(hold(path).unwrap()), _owner: owner, saves: 0, waits: 0 }
    }

    /// Saves; every step must succeed, and at its first attempt but where the system keeps a deleted file's name.
    pub(super) fn save(&mut self, workbook: &WorkbookWriter, way: Way) -> io::Result<()> {
        self.saves += 1;
        let fresh = self.path.with_file_name(format!("{:08X}", 0xA1B2_0000 + self.saves));
        let old = self.path.with_file_name(format!("{:08X}.tmp", 0xB1B2_0000 + self.saves));
        self.write(&fresh, workbook).map_err(|error| step("writing the temporary file", error))?;
        self.open = None; // its own hold ends just before the exchange
        match way {
            Way::DeleteAndRename => {
                delete(&self.path).map_err(|error| step("deleting the old file", error))?;
                self.rename_when_free(&fresh).map_err(|error| step("renaming the new file", error))?;
            }
            Way::RenameTwice => {
                rename(&self.path, &old).map_err(|error| step("renaming the old file", error))?;
                rename(&fresh, &self.path).map_err(|error| step("renaming the new file", error))?;
                delete(&old).map_err(|error| step("deleting the old file", error))?;
            }
            Way::Replace => {
                replace(&self.path, &fresh, &old).map_err(|error| step("replacing", error))?;
                delete(&old).map_err(|error| step("deleting the old file", error))?;
            }
        }
        self.open = Some(hold(&self.path).map_err(|error| step("opening the new file", error))?);
        Ok(())
    }

    /// Windows before 10 (1809), shares and Wine keep the name of a deleted file until its last reader has closed it,
    /// whoever that is; Excel tries again.
    fn rename_when_free(&mut self, fresh: &Path) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match rename(fresh, &self.path) {
                Err(error) if matches!(error.raw_os_error(), Some(5 | 183)) && Instant::now() < deadline => {
                    self.waits += 1;
                    std::thread::yield_now();
                }
                answer => return answer,
            }
        }
    }

    /// The temporary file belongs to Excel alone while it is written.
    fn write(&self, fresh: &Path, workbook: &WorkbookWriter) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).share_mode(0).open(fresh)?;
        let bytes = workbook.bytes();
        let (first, rest) = bytes.split_at(bytes.len() / 2);
        file.write_all(first)?;
        file.write_all(rest)
    }
}

/// Excel's hold on its workbook: others may read.
pub(super) fn hold(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).share_mode(FILE_SHARE_READ).open(path)
}

fn step(what: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

fn wide(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}

fn delete(path: &Path) -> io::Result<()> {
    // Safe: the name ends with a NUL and lives through the call.
    told(unsafe { DeleteFileW(wide(path).as_ptr()) })
}

/// Deletes the file of `handle` as of now; its name stays until the last handle is closed.
pub(super) fn delete_when_closed(handle: &File) -> io::Result<()> {
    let delete = FILE_DISPOSITION_INFO { DeleteFile: true };
    let size = u32::try_from(size_of_val(&delete)).unwrap();
    // Safe: the handle is open, and the order lives through the call.
    told(unsafe {
        SetFileInformationByHandle(
            handle.as_raw_handle(),
            FileDispositionInfo,
            (&raw const delete).cast(),
            size,
        )
    })
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    // Safe: as above.
    told(unsafe { MoveFileExW(wide(from).as_ptr(), wide(to).as_ptr(), 0) })
}

fn replace(path: &Path, fresh: &Path, old: &Path) -> io::Result<()> {
    let (path, fresh, old) = (wide(path), wide(fresh), wide(old));
    let none = std::ptr::null();
    // Safe: as above.
    told(unsafe {
        ReplaceFileW(path.as_ptr(), fresh.as_ptr(), old.as_ptr(), REPLACEFILE_IGNORE_MERGE_ERRORS, none, none)
    })
}

fn told(answer: i32) -> io::Result<()> {
    if answer == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
