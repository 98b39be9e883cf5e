//! Why a workbook could not be read.

use super::bounds::{MAX_FILE_BYTES, MAX_GRID_CELLS, MAX_GRID_TEXT, MAX_PART_BYTES};
use crate::os::file;
use std::io;
use std::path::PathBuf;

/// One look at the workbook failed; nothing of it was taken over.
#[derive(Debug, thiserror::Error)]
#[error("reading {}: {problem}", workbook.display())]
pub struct FeedError {
    /// The workbook that was to be read.
    pub workbook: PathBuf,
    /// What is wrong, and what to do.
    pub problem: Problem,
}

impl FeedError {
    pub(crate) fn new(workbook: PathBuf, problem: Problem) -> FeedError {
        FeedError { workbook, problem: problem.bounded() }
    }

    /// Whether a save in progress explains it: normal for some milliseconds, worth a word only when it lasts.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.problem.is_transient()
    }
}

/// What is wrong with a workbook. Texts name the thing and the next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is no such file. Excel deletes and renames while it saves, so this is transient.
    #[error("no such file; save the workbook there, or set workbook.path")]
    NotFound,
    /// The folder that should hold the workbook is not there.
    #[error("the folder {} does not exist; create it, or set workbook.path", .0.display())]
    NoFolder(PathBuf),
    /// Another program holds the file without sharing it (Windows errors 32, 33 and 5): a save in progress.
    #[error("another program holds the file: {}; if it lasts, close that program{}", .0, or_permit(.0))]
    Locked(io::Error),
    /// The file is empty, ends early, or changed while it was read: a save in progress.
    #[error(
        "the file is incomplete ({0}): a save in progress, or a damaged file; if it lasts, save the workbook again"
    )]
    Incomplete(String),
    /// The system refuses this user the file.
    #[error("no permission to read it ({0}); give this user read permission for the file and its folder")]
    Denied(io::Error),
    /// The path is a folder, a device or a pipe.
    #[error("it is {0}, not a file; set workbook.path to the workbook itself")]
    NotAFile(&'static str),
    /// The system failed to read the file.
    #[error("{0}; check the disk or the network share")]
    Io(io::Error),
    /// The content is of no workbook format.
    #[error("not a workbook ({0}); save it from Excel as .xlsx, .xlsm, .xlsb or .xls, or as .ods")]
    NotAWorkbook(String),
    /// The workbook is encrypted.
    #[error(
        "the workbook is password-protected; remove its password in Excel (File, Info, Protect Workbook)"
    )]
    PasswordProtected,
    /// The file is larger than [`MAX_FILE_BYTES`].
    #[error(
        "the file has {0} bytes, more than the limit of {MAX_FILE_BYTES}; keep quotes in a workbook of their own"
    )]
    FileTooLarge(u64),
    /// A part of the workbook is larger than [`MAX_PART_BYTES`] when unpacked.
    #[error(
        "its part {part} unpacks to {size} bytes, more than the limit of {MAX_PART_BYTES}; keep quotes in a workbook of their own"
    )]
    PartTooLarge {
        /// The part's name inside the workbook.
        part: String,
        /// Its size, unpacked.
        size: u64,
    },
    /// The parts that are read are larger than [`MAX_PART_BYTES`] together when unpacked.
    #[error(
        "its parts unpack to {0} bytes together, more than the limit of {MAX_PART_BYTES}; keep quotes in a workbook of their own"
    )]
    PartsTooLarge(u64),
    /// The sheets of an .xls or .ods span more than [`MAX_GRID_CELLS`] cells.
    #[error(
        "its sheets span more than {MAX_GRID_CELLS} cells; delete what stands far from the quotes, or save it from Excel as .xlsx"
    )]
    TooManyCells,
    /// The cells of an .xls, .xlsb or .ods have more than [`MAX_GRID_TEXT`] bytes of text.
    #[error("its cells could have more than {MAX_GRID_TEXT} bytes of text; save it from Excel as .xlsx")]
    TooMuchText,
    /// A checksum or a structure does not hold.
    #[error("the workbook is damaged: {0}; save it again from Excel")]
    Damaged(String),
    /// The workbook has no such sheet.
    #[error("no sheet {sheet:?}; found: {found}; set workbook.sheet")]
    NoSheet {
        /// The sheet that was asked for.
        sheet: String,
        /// The sheets that there are, quoted.
        found: String,
    },
    /// The range has no header row.
    #[error(
        "sheet {sheet:?}, range {range}: no header row with Symbol and a price; found: {found}; set workbook.range so that it begins with the headers"
    )]
    NoHeader {
        /// The sheet.
        sheet: String,
        /// The range, as Excel writes it.
        range: String,
        /// The first row that has content.
        found: String,
    },
    /// The header row lacks a column without which there are no quotes.
    #[error("sheet {sheet:?}: no column {column}; found: {found}; name the column so, or set workbook.range")]
    NoColumn {
        /// The sheet.
        sheet: String,
        /// The column that is needed.
        column: String,
        /// The headers that there are.
        found: String,
    },
    /// The sheet's content breaks the rules of its format.
    #[error("sheet {sheet:?} cannot be read: {reason}; save the workbook again from Excel")]
    BadSheet {
        /// The sheet.
        sheet: String,
        /// What the parser says.
        reason: String,
    },
}

/// The other next step: access denied is what Windows says of a file that is held and of one that this user may not read.
fn or_permit(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => ", or give this user the right to read it",
        _ => "",
    }
}

/// How long what a workbook says of itself gets in an error, bytes: its sheets' names can be as long as a part.
const LONGEST: usize = 1_000;

impl Problem {
    /// The same with what comes from the workbook cut where it is too long to be shown.
    fn bounded(mut self) -> Problem {
        let (Problem::Incomplete(text)
        | Problem::NotAWorkbook(text)
        | Problem::Damaged(text)
        | Problem::PartTooLarge { part: text, .. }
        | Problem::NoSheet { found: text, .. }
        | Problem::NoHeader { found: text, .. }
        | Problem::NoColumn { found: text, .. }
        | Problem::BadSheet { reason: text, .. }) = &mut self
        else {
            return self;
        };
        if text.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(end);
            text.push('…');
        }
        self
    }

    /// Whether a save in progress explains it.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Problem::NotFound | Problem::Locked(_) | Problem::Incomplete(_))
    }

    /// Whether looking again some milliseconds later can help: what is transient, and what a program that saves in
    /// place leaves for a moment.
    pub(crate) fn may_pass(&self) -> bool {
        self.is_transient() || matches!(self, Problem::Damaged(_))
    }

    pub(crate) fn of_io(error: io::Error) -> Problem {
        match error.kind() {
            io::ErrorKind::NotFound => Problem::NotFound,
            _ if file::is_held_by_another(&error) => Problem::Locked(error),
            io::ErrorKind::PermissionDenied => Problem::Denied(error),
            _ => Problem::Io(error),
        }
    }
}
