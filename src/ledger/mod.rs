//! The ledger: what must survive the process. Sessions and their grades, missed captures, extremes, VWAP minutes,
//! crashes and gaps.

mod capture;
mod crash;
mod error;
mod extremes;
mod gap;
mod grading;
mod import;
mod intraday;
mod sessions;
mod sqlite;
mod tally;

pub use capture::{Capture, CaptureOutcome, MissedCapture, MissedOutcome};
pub use crash::{CRASHES_KEPT, Crash, CrashKind, RecordFilter, StoredCrash};
pub use error::LedgerError;
pub use extremes::{DayRange, ExtremesState, KnownExtremes, Seed};
pub use gap::{Alive, GAPS_KEPT, Gap, GapReason, Standing};
pub use grading::{PendingRow, Revision};
pub use import::{Conflict, ImportReport, ImportRow};
pub use intraday::{FutureMinute, MarketLook, MarketUpdate};
pub use sessions::{Cursor, RowId, SessionFilter, StoredSession};
pub use sqlite::SqliteLedger;
pub use tally::Tally;

use crate::rules::extremes::DailyRange;
use crate::rules::grading::Decision;
use crate::rules::vwap::Minute;
use crate::supervise::Generation;
use jiff::Timestamp;
use jiff::civil::Date;
use std::path::Path;

/// The store of everything that must survive the process.
///
/// # The contract
/// - **All or nothing**: each call that writes is one transaction. After an error, a crash, or a loss of power the
///   ledger holds all of it or none of it; what an earlier call returned `Ok` for stays.
/// - **Durable**: when a writing call returns `Ok`, the data is on disk (as far as the disk tells the truth).
/// - **Exact**: a price or percentage comes back as it went in; one that could not is refused
///   ([`LedgerError::TooPrecise`]), never rounded.
/// - **Once**: a market has one capture a local date, and a date that was recorded as missed has none; a row's
///   outcome goes from `PENDING` to a final one and stays. The store itself enforces both, whoever writes to it.
/// - **Fenced**: a revoked generation writes nothing; it is checked last, just before the commit.
/// - **Bounded**: every call waits a bounded time for other writers ([`LedgerError::Locked`]) and runs no code of
///   its caller while it holds a lock, except that a capture reads the clock.
/// - **Shared**: other processes read and write the same ledger meanwhile; a reader sees whole transactions only.
/// - A call with nothing to write writes nothing and succeeds.
pub trait Ledger: Send + Sync {
    /// Stores a market's open: numbers the rows and writes them all. A second capture of the same market and date
    /// changes nothing, and is no error.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing was stored then.
    fn capture(&self, generation: &Generation, capture: &Capture) -> Result<CaptureOutcome, LedgerError>;

    /// The session number of `market`'s capture of `date`, if there is one.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn captured(&self, market: &str, date: Date) -> Result<Option<i64>, LedgerError>;

    /// Records that an open was missed. The first record of a market and date stays; a captured one is not missed.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn record_missed(
        &self,
        generation: &Generation,
        missed: &MissedCapture,
    ) -> Result<MissedOutcome, LedgerError>;

    /// The missed captures by date, of the filter's market and dates; its other fields do not apply.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn missed(&self, filter: &SessionFilter) -> Result<Vec<MissedCapture>, LedgerError>;

    /// Since when opens are watched for this ledger: `now` at the first call of all, by whatever process, and again where
    /// that is still to come, for then a clock was ahead.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn watched_since(&self, generation: &Generation, now: Timestamp) -> Result<Timestamp, LedgerError>;

    /// Until when the rows of open markets were followed, by whatever process; `None`: never.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn followed_until(&self) -> Result<Option<Timestamp>, LedgerError>;

    /// The rows that wait for a grade, all or those that came after the row `after`, by market and future.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn pending(&self, after: Option<RowId>) -> Result<Vec<PendingRow>, LedgerError>;

    /// Equal answers: meanwhile no row came to wait for a grade, and none was graded through another handle of the
    /// store. Much cheaper than [`Ledger::pending`], which need not be asked again then.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn revision(&self) -> Result<Revision, LedgerError>;

    /// Grades rows and returns how many of them were pending until now; the others keep what they have.
    ///
    /// # Errors
    /// [`LedgerError`]; no row was graded then.
    fn decide(&self, generation: &Generation, decisions: &[(RowId, Decision)]) -> Result<usize, LedgerError>;

    /// For each of `futures`, in that order, how `market`'s rows captured before `before` did, by signal.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn tallies(&self, market: &str, futures: &[&str], before: Timestamp) -> Result<Vec<Tally>, LedgerError>;

    /// How all rows of a market, a future, both or neither did, by signal.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn stats(&self, market: Option<&str>, future: Option<&str>) -> Result<Tally, LedgerError>;

    /// At most `limit` of the rows that `filter` names, by session date, session number and order of capture, from
    /// `after` on (see [`StoredSession::cursor`]).
    ///
    /// # Errors
    /// [`LedgerError`].
    fn sessions(
        &self,
        filter: &SessionFilter,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<StoredSession>, LedgerError>;

    /// The rows of session `number`; empty when there is none.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn session(&self, number: i64) -> Result<Vec<StoredSession>, LedgerError>;

    /// Stores what one look at open markets brought, all of it or nothing, and returns how many rows were updated. Of a
    /// minute the later record replaces the earlier.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing of it is stored then.
    fn record_look(&self, generation: &Generation, look: &MarketLook<'_>) -> Result<usize, LedgerError>;

    /// The rows of `market` with a `market_open` and without a `market_close`, from the session date `since` on.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn unclosed(&self, market: &str, since: Date) -> Result<Vec<StoredSession>, LedgerError>;

    /// `future`'s minutes that start in `from..to`, in order, and before them the last one earlier than `from`, which
    /// the first volume is counted from.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn minutes(&self, future: &str, from: Timestamp, to: Timestamp) -> Result<Vec<Minute>, LedgerError>;

    /// Deletes the minutes that start before `before`, and returns how many.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn prune_minutes(&self, generation: &Generation, before: Timestamp) -> Result<usize, LedgerError>;

    /// Merges daily highs and lows into those stored (the higher high, the lower low), and replaces the computed
    /// state of each future that `states` names.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing was stored then.
    fn record_extremes(
        &self,
        generation: &Generation,
        days: &[DayRange],
        states: &[ExtremesState],
    ) -> Result<(), LedgerError>;

    /// The daily highs and lows of `future` from the New York date `since` on, by day. Days are kept for ever.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn days(&self, future: &str, since: Date) -> Result<Vec<DailyRange>, LedgerError>;

    /// The first day that is stored of each future: since when its extremes are covered.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn coverage(&self) -> Result<Vec<(String, Date)>, LedgerError>;

    /// The computed state of every future, by name.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn extremes(&self) -> Result<Vec<ExtremesState>, LedgerError>;

    /// Stores the user's seeds; a future's later seed replaces its earlier one.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing was stored then.
    fn seed_extremes(&self, generation: &Generation, seeds: &[Seed]) -> Result<(), LedgerError>;

    /// The seeds, by future.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn seeds(&self) -> Result<Vec<Seed>, LedgerError>;

    /// Adds rows made elsewhere, all of them or none: where any conflicts with what is there, or is refused, nothing
    /// is stored and every such line is reported. Rows that are there already, the same, are no conflict.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing was stored then.
    fn import(&self, generation: &Generation, rows: &[ImportRow]) -> Result<ImportReport, LedgerError>;

    /// Stores failures of workers. One that is known (see [`Crash`]) is counted there. The newest [`CRASHES_KEPT`] are
    /// kept.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing was stored then.
    fn record_crashes(&self, generation: &Generation, crashes: &[Crash]) -> Result<(), LedgerError>;

    /// At most `limit` of the crashes that `filter` names, the newest first.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn crashes(&self, filter: &RecordFilter, limit: usize) -> Result<Vec<StoredCrash>, LedgerError>;

    /// The crash of this number; `None`: there is none, or it was one of the oldest.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn crash(&self, number: i64) -> Result<Option<StoredCrash>, LedgerError>;

    /// Stores outages. One that is known and open (the same supervisor, reason and start) becomes as it is now; one
    /// that has ended stays. Where another one of its kind is open, that ends where this one begins. The newest
    /// [`GAPS_KEPT`] are kept.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing was stored then.
    fn record_gaps(&self, generation: &Generation, gaps: &[Gap]) -> Result<(), LedgerError>;

    /// At most `limit` of the gaps that `filter` names, by start, the newest first.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn gaps(&self, filter: &RecordFilter, limit: usize) -> Result<Vec<Gap>, LedgerError>;

    /// Adds to what rows say was missing (`data_gap`), and returns how many rows that was news to. What a row says
    /// already is not said twice; a gap without an end gets it.
    ///
    /// # Errors
    /// [`LedgerError`]; no row was changed then.
    fn note_gaps(&self, generation: &Generation, notes: &[(RowId, String)]) -> Result<usize, LedgerError>;

    /// Leaves a sign of life in place of the last one, and with it since when quotes stand still, each in place of what
    /// was known of its symbol. The one call that is not durable in a loss of power, only in the end of a process: it
    /// comes every minute, and at a stop, which it is not to hold up.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing was stored then.
    fn mark_alive(
        &self,
        generation: &Generation,
        alive: &Alive,
        standing: &[Standing],
    ) -> Result<(), LedgerError>;

    /// The last sign of life of a stack on this ledger; `None`: there never was one.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn alive(&self) -> Result<Option<Alive>, LedgerError>;

    /// Since when quotes stand still, by symbol.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn standing(&self) -> Result<Vec<Standing>, LedgerError>;

    /// Reads the whole store and reports damage.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] with the first problem found.
    fn verify(&self) -> Result<(), LedgerError>;

    /// Writes a consistent copy of the ledger, as of one moment, to the file `to`, and returns its size in bytes. An
    /// existing file is replaced only by a complete copy.
    ///
    /// # Errors
    /// [`LedgerError`]; `to` is as it was then.
    fn backup(&self, to: &Path) -> Result<u64, LedgerError>;
}
