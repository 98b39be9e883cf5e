//! Journals: every verified save that the stack saw, a line of JSON each, for replay.
//!
//! A line holds what changed (`{"at", "saved_at", "quotes", "gone"}`), a file's first line all there is; symbols that a
//! line does not name are confirmed as they were. Files are JSON Lines, plain or zstd. What is written is written for
//! good: a file is never opened again to add to it, so damage ends with its file.

mod batch;
mod file;
mod files;
mod reader;
mod tape;

pub use batch::Batch;
pub use files::Journal;
pub use reader::{Damage, JournalError, JournalReader};
pub use tape::Tape;
