//! The ledger in one SQLite file.

mod backup;
mod capture;
mod columns;
mod crashes;
mod extremes;
mod failure;
mod gaps;
mod grading;
mod history;
mod import;
mod intraday;
mod open;
mod schema;
mod sessions;

use super::{
    Alive, Capture, CaptureOutcome, Crash, Cursor, DayRange, ExtremesState, Gap, ImportReport, ImportRow,
    Ledger, LedgerError, MarketLook, MissedCapture, MissedOutcome, PendingRow, RecordFilter, Revision, RowId,
    Seed, SessionFilter, Standing, StoredCrash, StoredSession, Tally,
};
use crate::fault::edge;
use crate::rules::extremes::DailyRange;
use crate::rules::grading::Decision;
use crate::rules::vwap::Minute;
use crate::supervise::{Clock, Generation};
use failure::Failure;
use jiff::Timestamp;
use jiff::civil::Date;
use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a call waits for another writer, in this process or another. A ten-row write takes milliseconds; only an
/// import or a stuck disk takes longer, and then the worker is better off trying again.
const PATIENCE: Duration = Duration::from_secs(2);

/// The ledger in one SQLite file, or in memory for replays and tests.
///
/// One connection, one lock: every call but an import takes milliseconds, and a second connection's page cache would
/// be memory for nothing. Other processes have their own connection; WAL lets them read while this one writes.
pub struct SqliteLedger {
    path: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    connection: Mutex<Connection>,
    /// How often rows may have been added through this connection.
    additions: AtomicU64,
}

impl SqliteLedger {
    /// The ledger in `path`; created with its folder if there is none, and brought up to the schema of this program.
    ///
    /// # Errors
    /// [`LedgerError`], by what is wrong with the file; it is as it was then.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<SqliteLedger, LedgerError> {
        let connection = open::writable(path).map_err(|failure| failure.of(Some(path)))?;
        Ok(SqliteLedger {
            path: Some(path.into()),
            clock,
            connection: Mutex::new(connection),
            additions: AtomicU64::new(0),
        })
    }

    /// The ledger in `path`, for reading alone: nothing is created, no schema is changed, writes are refused. A file
    /// of an older schema answers what it has; what came later is empty.
    ///
    /// # Errors
    /// [`LedgerError::Missing`] when there is none, else as [`SqliteLedger::open`].
    pub fn open_read_only(path: &Path, clock: Arc<dyn Clock>) -> Result<SqliteLedger, LedgerError> {
        let connection = open::read_only(path).map_err(|failure| failure.of(Some(path)))?;
        Ok(SqliteLedger {
            path: Some(path.into()),
            clock,
            connection: Mutex::new(connection),
            additions: AtomicU64::new(0),
        })
    }

    /// An empty ledger that is gone when it is dropped.
    ///
    /// # Errors
    /// [`LedgerError`] when there is no memory for it.
    pub fn in_memory(clock: Arc<dyn Clock>) -> Result<SqliteLedger, LedgerError> {
        let connection = open::in_memory().map_err(|failure| failure.of(None))?;
        Ok(SqliteLedger {
            path: None,
            clock,
            connection: Mutex::new(connection),
            additions: AtomicU64::new(0),
        })
    }

    /// The latest `limit` of the rows that `filter` names, in the order of [`Ledger::sessions`].
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn latest_sessions(
        &self,
        filter: &SessionFilter,
        limit: usize,
    ) -> Result<Vec<StoredSession>, LedgerError> {
        self.read(|ledger| sessions::latest(ledger, filter, limit))
    }

    fn lock(&self) -> Result<MutexGuard<'_, Connection>, Failure> {
        self.connection.try_lock_for(PATIENCE).ok_or(Failure::Locked)
    }

    /// What `work` reads, all of it at one moment.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, LedgerError> {
        let read = || {
            let mut connection = self.lock()?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            edge!("ledger.read.before", Failure::from);
            work(&transaction)
        };
        read().map_err(|failure| failure.of(self.path.as_deref()))
    }

    /// What `work` writes in one transaction, if `generation` still may when it is done.
    fn write<T>(
        &self,
        generation: &Generation,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        let write = || commit(&mut *self.lock()?, generation, work);
        write().map_err(|failure: Failure| failure.of(self.path.as_deref()))
    }

    /// The same without waiting for the disk: it survives the process, and the next synced write makes it durable.
    fn write_unsynced<T>(
        &self,
        generation: &Generation,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        let write = || {
            let mut connection = self.lock()?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            let written = commit(&mut connection, generation, work);
            connection.pragma_update(None, "synchronous", "FULL")?;
            written
        };
        write().map_err(|failure: Failure| failure.of(self.path.as_deref()))
    }
}

fn commit<T>(
    connection: &mut Connection,
    generation: &Generation,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&transaction)?;
    edge!("ledger.commit.before", Failure::from);
    generation.check()?;
    transaction.commit()?;
    edge!("ledger.commit.after", Failure::from);
    Ok(value)
}

impl Ledger for SqliteLedger {
    fn capture(&self, generation: &Generation, capture: &Capture) -> Result<CaptureOutcome, LedgerError> {
        let captured = self.write(generation, |ledger| capture::store(ledger, capture, || self.clock.now()));
        self.additions.fetch_add(1, Ordering::Release);
        captured
    }

    fn captured(&self, market: &str, date: Date) -> Result<Option<i64>, LedgerError> {
        self.read(|ledger| capture::number(ledger, market, date))
    }

    fn record_missed(
        &self,
        generation: &Generation,
        missed: &MissedCapture,
    ) -> Result<MissedOutcome, LedgerError> {
        self.write(generation, |ledger| capture::store_missed(ledger, missed))
    }

    fn missed(&self, filter: &SessionFilter) -> Result<Vec<MissedCapture>, LedgerError> {
        self.read(|ledger| sessions::missed(ledger, filter))
    }

    fn watched_since(&self, generation: &Generation, now: Timestamp) -> Result<Timestamp, LedgerError> {
        match self.read(capture::watched_since)? {
            Some(since) if since <= now => Ok(since),
            _ => self.write(generation, |ledger| capture::watch_from(ledger, now)),
        }
    }

    fn followed_until(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.read(intraday::followed_until)
    }

    fn pending(&self, after: Option<RowId>) -> Result<Vec<PendingRow>, LedgerError> {
        self.read(|ledger| grading::pending(ledger, after))
    }

    fn revision(&self) -> Result<Revision, LedgerError> {
        let here = self.additions.load(Ordering::Acquire);
        let elsewhere = || Ok(self.lock()?.query_row("PRAGMA data_version", [], |row| row.get(0))?);
        let elsewhere = elsewhere().map_err(|failure: Failure| failure.of(self.path.as_deref()))?;
        Ok(Revision { here, elsewhere })
    }

    fn decide(&self, generation: &Generation, decisions: &[(RowId, Decision)]) -> Result<usize, LedgerError> {
        if decisions.is_empty() {
            return Ok(0);
        }
        self.write(generation, |ledger| grading::decide(ledger, decisions))
    }

    fn tallies(&self, market: &str, futures: &[&str], before: Timestamp) -> Result<Vec<Tally>, LedgerError> {
        self.read(|ledger| futures.iter().map(|it| history::tally(ledger, market, it, before)).collect())
    }

    fn stats(&self, market: Option<&str>, future: Option<&str>) -> Result<Tally, LedgerError> {
        self.read(|ledger| history::stats(ledger, market, future))
    }

    fn sessions(
        &self,
        filter: &SessionFilter,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<StoredSession>, LedgerError> {
        self.read(|ledger| sessions::page(ledger, filter, after, limit))
    }

    fn session(&self, number: i64) -> Result<Vec<StoredSession>, LedgerError> {
        self.read(|ledger| sessions::of_number(ledger, number))
    }

    fn record_look(&self, generation: &Generation, look: &MarketLook<'_>) -> Result<usize, LedgerError> {
        let MarketLook { minutes, updates, until } = look;
        if minutes.is_empty() && updates.is_empty() && until.is_none() {
            return Ok(0);
        }
        self.write(generation, |ledger| {
            intraday::store_minutes(ledger, minutes)?;
            let updated = intraday::update(ledger, updates)?;
            until.map_or(Ok(()), |until| intraday::follow_until(ledger, until))?;
            Ok(updated)
        })
    }

    fn unclosed(&self, market: &str, since: Date) -> Result<Vec<StoredSession>, LedgerError> {
        self.read(|ledger| sessions::unclosed(ledger, market, since))
    }

    fn minutes(&self, future: &str, from: Timestamp, to: Timestamp) -> Result<Vec<Minute>, LedgerError> {
        self.read(|ledger| intraday::minutes(ledger, future, from, to))
    }

    fn prune_minutes(&self, generation: &Generation, before: Timestamp) -> Result<usize, LedgerError> {
        self.write(generation, |ledger| intraday::prune_minutes(ledger, before))
    }

    fn record_extremes(
        &self,
        generation: &Generation,
        days: &[DayRange],
        states: &[ExtremesState],
    ) -> Result<(), LedgerError> {
        if days.is_empty() && states.is_empty() {
            return Ok(());
        }
        self.write(generation, |ledger| {
            extremes::store_days(ledger, days)?;
            extremes::store_states(ledger, states)
        })
    }

    fn days(&self, future: &str, since: Date) -> Result<Vec<DailyRange>, LedgerError> {
        self.read(|ledger| extremes::days(ledger, future, since))
    }

    fn coverage(&self) -> Result<Vec<(String, Date)>, LedgerError> {
        self.read(extremes::coverage)
    }

    fn extremes(&self) -> Result<Vec<ExtremesState>, LedgerError> {
        self.read(extremes::states)
    }

    fn seed_extremes(&self, generation: &Generation, seeds: &[Seed]) -> Result<(), LedgerError> {
        if seeds.is_empty() {
            return Ok(());
        }
        self.write(generation, |ledger| extremes::store_seeds(ledger, seeds))
    }

    fn seeds(&self) -> Result<Vec<Seed>, LedgerError> {
        self.read(extremes::seeds)
    }

    fn import(&self, generation: &Generation, rows: &[ImportRow]) -> Result<ImportReport, LedgerError> {
        if rows.is_empty() {
            return Ok(ImportReport::default());
        }
        let imported = self.write(generation, |ledger| import::store(ledger, rows));
        self.additions.fetch_add(1, Ordering::Release);
        imported
    }

    fn record_crashes(&self, generation: &Generation, crashes: &[Crash]) -> Result<(), LedgerError> {
        if crashes.is_empty() {
            return Ok(());
        }
        self.write_unsynced(generation, |ledger| crashes::store(ledger, crashes))
    }

    fn crashes(&self, filter: &RecordFilter, limit: usize) -> Result<Vec<StoredCrash>, LedgerError> {
        self.read(|ledger| crashes::list(ledger, filter, limit))
    }

    fn crash(&self, number: i64) -> Result<Option<StoredCrash>, LedgerError> {
        self.read(|ledger| crashes::of_number(ledger, number))
    }

    fn record_gaps(&self, generation: &Generation, gaps: &[Gap]) -> Result<(), LedgerError> {
        if gaps.is_empty() {
            return Ok(());
        }
        self.write_unsynced(generation, |ledger| gaps::store(ledger, gaps))
    }

    fn gaps(&self, filter: &RecordFilter, limit: usize) -> Result<Vec<Gap>, LedgerError> {
        self.read(|ledger| gaps::list(ledger, filter, limit))
    }

    fn note_gaps(&self, generation: &Generation, notes: &[(RowId, String)]) -> Result<usize, LedgerError> {
        if notes.is_empty() {
            return Ok(0);
        }
        self.write_unsynced(generation, |ledger| gaps::note(ledger, notes))
    }

    fn mark_alive(
        &self,
        generation: &Generation,
        alive: &Alive,
        standing: &[Standing],
    ) -> Result<(), LedgerError> {
        self.write_unsynced(generation, |ledger| {
            gaps::store_standing(ledger, standing)?;
            gaps::mark_alive(ledger, alive)
        })
    }

    fn alive(&self) -> Result<Option<Alive>, LedgerError> {
        self.read(gaps::alive)
    }

    fn standing(&self) -> Result<Vec<Standing>, LedgerError> {
        self.read(gaps::standing)
    }

    fn verify(&self) -> Result<(), LedgerError> {
        self.read(open::verify)
    }

    fn backup(&self, to: &Path) -> Result<u64, LedgerError> {
        let Some(path) = &self.path else {
            return self.lock().and_then(|from| backup::copy(&from, to)).map_err(|it| it.of(Some(to)));
        };
        // Its own connection, so that a copy of a large ledger delays no worker.
        let from = backup::source(path, to).map_err(|failure| failure.of(Some(path)))?;
        backup::copy(&from, to).map_err(|failure| {
            let file = failure.copied(path, to);
            failure.of(Some(file))
        })
    }
}
