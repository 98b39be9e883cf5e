//! Where a driver's saves come from.

use crate::value::Sheet;
use jiff::Timestamp;
use std::error::Error;

/// Verified saves by time: recorded ones, or those of a simulator.
pub trait Saves {
    /// When the stack sees the next save; `None`: there is none any more.
    ///
    /// # Errors
    /// The source cannot go on.
    fn next_at(&mut self) -> Result<Option<Timestamp>, Box<dyn Error + Send + Sync>>;

    /// The next save, seen at `now`, its [`Saves::next_at`].
    ///
    /// # Errors
    /// The source cannot go on.
    fn take(&mut self, now: Timestamp) -> Result<Save, Box<dyn Error + Send + Sync>>;
}

/// One save.
#[derive(Debug)]
pub enum Save {
    /// It says what the one before it said.
    Confirmed {
        /// When it was saved.
        saved_at: Timestamp,
    },
    /// It says something else.
    Changed(Sheet),
    /// It repeats a save that was taken already, so it is none.
    Repeated,
}
