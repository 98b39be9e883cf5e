//! The configured ledger, opened for what a command does with it.

use std::sync::Arc;
use thor_stack::config::Config;
use thor_stack::ledger::{LedgerError, SqliteLedger};
use thor_stack::supervise::SystemClock;

/// The ledger for reading, beside a stack that writes to it; `None` when nothing has been stored yet.
///
/// # Errors
/// The file is there and cannot be read.
pub(crate) fn for_reading(config: &Config) -> anyhow::Result<Option<SqliteLedger>> {
    match SqliteLedger::open_read_only(&config.ledger_path(), Arc::new(SystemClock::new())) {
        Ok(ledger) => Ok(Some(ledger)),
        Err(LedgerError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The ledger for writing; created if there is none.
///
/// # Errors
/// It cannot be opened or created.
pub(crate) fn for_writing(config: &Config) -> anyhow::Result<SqliteLedger> {
    Ok(SqliteLedger::open(&config.ledger_path(), Arc::new(SystemClock::new()))?)
}
