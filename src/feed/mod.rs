//! The feed: quotes from the workbook that Excel keeps saving.
//!
//! Excel's RTD function updates the workbook in memory; the file changes when Excel saves. So the file is the source:
//! no COM, no busy Excel, no open handle in the way of a save. A [`WorkbookReader`] looks at it and says whether it
//! was saved, and whether that changed anything; a [`FolderWatch`] hints when to look.
//!
//! # Invariants
//! - Nothing is published from bytes whose checksums were not verified.
//! - A sheet is read as a whole or not at all; a cell that cannot be read is absent and reported, never guessed.
//! - Memory is bounded before anything is unpacked or parsed.

mod address;
mod biff;
mod binary;
mod bounds;
mod cell;
mod compound;
mod error;
mod file;
mod fingerprint;
mod format;
mod grid;
mod header;
mod layout;
mod number;
mod ods;
mod package;
mod reader;
mod row;
mod rows;
mod sheet;
mod stat;
mod table;
mod thirty_seconds;
mod watch;
mod xlsb;
mod xlsx;
mod xml;

pub use bounds::{MAX_FILE_BYTES, MAX_GRID_CELLS, MAX_GRID_TEXT, MAX_PART_BYTES};
pub use error::{FeedError, Problem};
pub use reader::{Look, WorkbookReader};
pub use watch::{FolderWatch, WatchError};
