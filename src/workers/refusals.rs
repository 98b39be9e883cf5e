//! What the ledger refused a worker that keeps what it has and brings it again.

use crate::ledger::LedgerError;
use crate::supervise::WorkerError;
use serde_json::{Value, json};

/// How often the ledger refused since the worker was built, and how it stands.
#[derive(Debug)]
pub(super) struct Refusals {
    /// What is kept meanwhile: `grades`.
    kept: &'static str,
    pub(super) count: u64,
    last_error: Option<String>,
    failing: bool,
}

impl Refusals {
    pub(super) fn of(kept: &'static str) -> Refusals {
        Refusals { kept, count: 0, last_error: None, failing: false }
    }

    /// Counts the refusal, and says it when it is news; only a worker that was replaced ends by it.
    pub(super) fn note(&mut self, name: &str, error: &LedgerError) -> Result<(), WorkerError> {
        if matches!(error, LedgerError::Revoked(_)) {
            return Err(WorkerError::from_error(error));
        }
        let message = error.to_string();
        if !self.failing || self.last_error.as_ref() != Some(&message) {
            log::error!("{name}: {message}; keeping the {}, and trying again", self.kept);
        }
        self.count += 1;
        self.failing = true;
        self.last_error = Some(message);
        Ok(())
    }

    pub(super) fn went_well(&mut self, name: &str) {
        if std::mem::take(&mut self.failing) {
            log::info!("{name}: the ledger takes {} again", self.kept);
        }
    }

    /// `detail` of the worker's status with how the ledger fares.
    pub(super) fn added_to(&self, mut detail: Value) -> Value {
        detail["failures"] = json!(self.count);
        detail["failing"] = json!(self.failing);
        detail["last_error"] = json!(self.last_error);
        detail
    }
}
