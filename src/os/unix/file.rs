//! Files: who may read them, which one a path leads to, how one takes another's place.

use std::fs::{self, DirBuilder, File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Tells folders apart whatever path leads to them: device and inode.
pub(crate) type FolderId = (u64, u64);

/// Whether a file can be renamed while another program has it open, however that opened it.
pub(crate) const RENAMES_WHAT_IS_OPEN: bool = true;

/// Whether a watched folder that goes away is always told.
pub(crate) const WATCHES_TELL_THEIR_END: bool = true;

/// Opens a file for reading; nobody is kept from writing, renaming or removing it.
pub(crate) fn open_shared(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// A new or emptied file that this user alone may read (mode 0600).
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Makes a folder, and those above it, for this user alone (mode 0700).
pub(crate) fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Whether somebody besides its user may write a file: everybody, or an owner who is neither this user nor root. Groups
/// are not looked at: where each user has one of their own, files are made writable for it.
pub(crate) fn others_may_write(metadata: &Metadata) -> bool {
    let owner = metadata.uid();
    metadata.mode() & 0o002 != 0 || (owner != 0 && owner != nix::unistd::geteuid().as_raw())
}

/// Whether a folder lets others than its owner look into it or make files in it. Groups count: what is made in it by the
/// umask may be read by them.
pub(crate) fn others_may_enter(metadata: &Metadata) -> bool {
    metadata.mode() & 0o077 != 0
}

/// Whether a folder belongs to another user, who may always do so.
pub(crate) fn is_anothers(metadata: &Metadata) -> bool {
    metadata.uid() != nix::unistd::geteuid().as_raw()
}

/// Nothing.
pub(crate) struct Alone;

/// A file that nobody else can have: not needed here, where a lock of the file itself is enough.
pub(crate) fn hold_alone(_path: &Path) -> io::Result<Alone> {
    Ok(Alone)
}

/// Tells a file from the one that replaces it: device and inode.
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Whether `path` leads to the file that is open.
pub(crate) fn is_same(file: &File, path: &Path) -> io::Result<bool> {
    Ok(identity(&file.metadata()?) == identity(&fs::metadata(path)?))
}

/// Which folder `path` leads to.
pub(crate) fn folder_id(_path: &Path, found: &Metadata) -> io::Result<FolderId> {
    Ok(identity(found))
}

/// Whether opening such a file would wait until somebody writes to it.
pub(crate) fn is_pipe(kind: FileType) -> bool {
    kind.is_fifo()
}

/// The path for libraries that open files by themselves: as it is.
pub(crate) fn for_libraries(path: &Path) -> PathBuf {
    path.to_owned()
}

/// Whether another program's hold on the file explains the error: never, as locks are advice.
pub(crate) fn is_held_by_another(_error: &io::Error) -> bool {
    false
}

/// Renames `from` to `to`, in one step for whoever looks.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}
